"""`skillscale mix run` as a process: killed and gone on with, stopped by its limit on cost, and without keys in what it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError
from skillscale.observations import Lab
from skillscale.tasks.skill_mix.asked import asked_of
from skillscale.tasks.skill_mix.draw import draw
from skillscale.tasks.skill_mix.library import read_library
from tests.hosted_server import HostedServer, hosted
from tests.skill_mix_models import Behaviour, expected, held_against

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    # a call that is given up leaves its connection to the client library, which closes it when it is collected
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]
BEHAVIOUR = Behaviour(silent=0.03, broken=0.1)
SECRET = "sk-a-very-secret-key-0123456789"
SMALL = ("-k", "2-3", "--combinations", "6", "--generations", "1", "--gradings", "3")
PRICES = "models: {openai/student: {input: 1, output: 10}, openai/grader: {input: 1, output: 10}}"


def command(server: HostedServer, folder: Path, *more: str) -> list[str]:
    asked = ["mix", "run", "--model", "openai/student", "--grader", "openai/grader", "--base-url", server.base_url]
    return [*asked, "--dir", str(folder), "--json", *more]


def started(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    environ = {**os.environ, "OPENAI_API_KEY": SECRET}
    code = "from skillscale.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    )


def done(arguments: Sequence[str], code: int = 0) -> dict[str, Any]:
    """What the command prints, run in this process."""
    found = run(*arguments[2:])
    assert found.exit_code == code and (found.exception is None or code), found.exception
    return json.loads(found.stdout)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(commands, ["mix", "run", *arguments], standalone_mode=False)


def wrong(found: dict[str, Any], *, combinations: int, generations: int, gradings: int, seed: int = 0) -> list[str]:
    """What differs from the scores that the behaviour implies."""
    library = read_library()
    asked = asked_of(draw(library, seed=seed, ks=found["k"], combinations=combinations), library, public=True)
    differences: list[str] = []
    for row in found["scores"]:
        own = [one for one in asked if one.k == row["k"]]
        wanted = expected(BEHAVIOUR, own, student="openai/student", generations=generations, gradings=gradings)
        differences += held_against(row, wanted)
    return differences


def test_killed_several_times_it_goes_on_and_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    asked = ("-k", "2-3", "--combinations", "12", "--generations", "2", "--gradings", "3", "--concurrency", "2")
    with hosted(BEHAVIOUR.answer, latency_s=0.01) as server:
        arguments = command(server, tmp_path / "lab", *asked)
        for n in (60, 150):
            process = started(arguments)
            while len(server.requests) < n and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert process.returncode == -signal.SIGKILL
        found = done(arguments)
        seen = Counter(json.dumps(one, sort_keys=True) for one in server.requests)
        n_requests = len(server.requests)
    assert wrong(found, combinations=12, generations=2, gradings=3) == []
    repeated = n_requests - len(seen)
    assert n_requests > 200 and repeated <= 0.02 * n_requests, (repeated, n_requests)
    assert found["calls"] == len(seen) and found["calls_made"] <= len(seen) - 150 + 4


def test_the_limit_on_cost_stops_it_cleanly_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    with hosted(BEHAVIOUR.answer) as server:
        arguments = command(
            server, tmp_path / "lab", *SMALL, "--max-tokens", "500", "--prices", str(tmp_path / "prices.yaml")
        )
        stopped = done([*arguments, "--max-cost", "0.02"], code=3)
        n = len(server.requests)
        assert 0 < n < 60 and stopped["calls_left"] == 60 - n and stopped["scores"] is None
        assert 0 < stopped["cost_usd"] <= 0.02 and "larger --max-cost goes on" in stopped["stopped"]
        assert Lab(tmp_path / "lab").observations().is_empty()
        found = done([*arguments, "--max-cost", "5"])
    assert wrong(found, combinations=6, generations=1, gradings=3) == []
    assert found["stopped"] is None and 0.02 < found["cost_usd"] < 5 and found["calls_made"] == found["calls"] - n
    assert sum(row["cost_usd"] for row in found["scores"]) == pytest.approx(found["cost_usd"])
    assert sum(row["calls"] for row in found["scores"]) == found["calls"] == len(server.requests)


def test_what_it_leaves_holds_no_key_and_inspect_reads_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tells(request: dict[str, Any]) -> Any:
        return "".join(
            (BEHAVIOUR.answer(request).text, f" My key is {SECRET}." if "student" in request["model"] else "")
        )

    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with hosted(tells) as server:
        found = run(*command(server, tmp_path / "lab", *SMALL)[2:])
    assert found.exit_code == 0 and server.headers[0]["Authorization"] == f"Bearer {SECRET}"
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {"run.json", "calls.db", "generations.jsonl", "gradings.jsonl", "lab.db"} <= {one.name for one in files}
    for one in (found.stdout, found.stderr, *(file.read_bytes().decode("latin1") for file in files)):
        assert SECRET not in one and "very-secret" not in one

    from inspect_ai.log import list_eval_logs, read_eval_log

    (info,) = list_eval_logs(str(next(tmp_path.rglob("logs"))))
    log = read_eval_log(info)
    assert log.status == "success" and log.samples is not None and len(log.samples) == 12
    sample = next(one for one in log.samples if one.output.completion)
    assert [one.role for one in sample.messages] == ["user", "assistant", "user", "assistant"]
    assert "[key]" in sample.messages[-1].text and sample.scores is not None and "openai/grader" in sample.scores
    assert log.stats.model_usage["openai/grader"].input_tokens > 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "openai/m"), "No grader was given"),
        (("--model", "openai/m", "--grader", "openai/m"), "graded by itself"),
        (("--model", "openai/m", "--grader", "openai/g", "--base-url", "http://me:pw@h/v1"), "user, a password"),
        (("--model", "openai/m", "--grader", "openai/g", "--base-url", "http://h/v1", "--max-cost", "1"), "no price of openai/g and openai/m"),
        (("--model", "openai/m", "--grader", "openai/g", "--max-cost", "0"), "more than 0"),
        (("--model", "openai/m", "--grader", "openai/g", "--timeout", "nan"), "give seconds"),
        (("--model", "acme/m", "--grader", "openai/g"), "no provider of that name"),
        (("--model", "openai/m", "--grader", "anthropic/g", "--grader-base-url", "http://h/v1"), "write openai/anthropic/g"),
        (("--model", "google/m", "--grader", "openai/g", "--base-url", "http://h/v1"), "write openai/google/m"),
        (("--model", "openai/m", "--grader", "openai/g", "--combinations", "0"), "give from 1"),
        (("--model", "openai/m", "--grader", "openai/g", "-k", "x"), "write 3, 2-5"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    found = run(*arguments, "--dir", str(tmp_path / "lab"))
    assert isinstance(found.exception, SkillscaleError) and says in str(found.exception), found.exception
    assert not (tmp_path / "lab").exists()


def test_mix_without_a_command_is_run() -> None:
    found = CliRunner().invoke(commands, ["mix", "--model", "openai/m", "-k", "2-3"], standalone_mode=False)
    assert isinstance(found.exception, SkillscaleError) and "No grader was given" in str(found.exception)
