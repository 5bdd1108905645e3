"""A lab is a folder that is made once, opened by many and trained by one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import skillscale
from skillscale.errors import SkillscaleError
from skillscale.observations.lab import Lab
from tests.observations.conftest import Make

HOLD = """
import sys, time
from skillscale import Lab
with Lab(sys.argv[1]).training():
    print("held", flush=True)
    time.sleep(60)
"""


def test_what_is_recorded_in_a_lab_is_read_from_it(tmp_path: Path, observed: Make) -> None:
    lab = Lab.create(tmp_path / "deep" / "lab")
    assert lab.record([observed(), observed(k=2)]) == 2
    again = skillscale.Lab(str(tmp_path / "deep" / "lab"))
    assert again.observations()["k"].to_list() == [None, 2]
    assert Lab.create(lab.folder).observations().height == 2  # making it again keeps what is there
    assert (lab.corpus, lab.runs) == (lab.folder / "corpus", lab.folder / "runs")


def test_a_folder_without_a_table_is_no_lab(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="has no lab"):
        Lab(tmp_path)
    with pytest.raises(SkillscaleError, match="is no folder"):
        Lab(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_lab_is_not_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("a file")
    with pytest.raises(SkillscaleError, match="No lab can be made"):
        Lab.create(tmp_path / "lab")


def test_one_process_trains_and_its_death_frees_the_lab(tmp_path: Path) -> None:
    lab = Lab.create(tmp_path / "lab")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(lab.folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(SkillscaleError, match=rf"pid {holder.pid}\)\. Wait for it"), lab.training():
        pass
    assert lab.observations().is_empty()  # reading needs no lock
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with lab.training():
        assert (lab.folder / "lock").read_text() == str(os.getpid())
    with lab.training():  # and again, after the first was let go
        pass
