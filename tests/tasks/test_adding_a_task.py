"""docs/adding-a-task.md does what it says: its file and its line make a task that is measured."""

import importlib.util
import re
from pathlib import Path

import pytest

from skillscale.experiments.evaluate_checkpoint import evaluate_checkpoint
from skillscale.tasks import TASKS
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import write_tiny_corpus

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-task.md"


def test_the_page_adds_a_task_that_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, line = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert len(file.splitlines()) + len(line.splitlines()) <= 40
    path = tmp_path / "copying.py"
    path.write_text(file)
    spec = importlib.util.spec_from_file_location("copying", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert line.strip() == '"copying": Copying(),'
    monkeypatch.setitem(TASKS, "copying", module.Copying())

    corpus = write_tiny_corpus(tmp_path / "corpus")
    checkpoint = write_tiny_checkpoint(tmp_path / "checkpoint", corpus.tokenizer)
    observations = evaluate_checkpoint(checkpoint, corpus, tasks=["copying"], limit_per_stratum=5)

    assert {(o.stratum, o.metric) for o in observations} == {
        (stratum, metric)
        for stratum in ("all", "2 words", "4 words")
        for metric in ("accuracy", "answer_nll", "brier", "exact")
    }
    assert all(o.task == "copying" and o.value is not None and (o.n_items or 0) >= 4 for o in observations)
