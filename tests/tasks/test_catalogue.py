"""The tasks there are, and those that a corpus brings along."""

from pathlib import Path

from skillscale.corpora.document import Cloze
from skillscale.corpora.packed import write_packed_corpus
from skillscale.tasks import TASKS, tasks_for
from tests.tiny_corpus import write_tiny_corpus


def test_every_task_stands_under_its_own_name_in_order() -> None:
    assert list(TASKS) == sorted(TASKS)
    assert all(task.name == name for name, task in TASKS.items())
    assert all(task.about.endswith(".") and len(task.about.split()) > 4 for task in TASKS.values())


def test_a_task_of_the_users_own_file_is_found(tmp_path: Path) -> None:
    tiny = write_tiny_corpus(tmp_path)
    clozes = [
        Cloze(task=task, stratum="all", prefix="w1", answer=" w2", distractors=(" w3",))
        for task in ("colours", "grammar")
    ]
    corpus = write_packed_corpus(tmp_path, tiny.card, tiny.tokenizer, [], clozes)
    found = tasks_for(corpus)
    assert found.keys() == TASKS.keys() | {"colours"}
    assert found["grammar"] is TASKS["grammar"]
    assert len(found["colours"].items(corpus, limit_per_stratum=9, seed=0)) == 1
