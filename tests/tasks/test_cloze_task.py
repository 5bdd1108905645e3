"""ClozeTask: which clozes become items, and what is judged right."""

from pathlib import Path

import numpy as np
import pytest

from skillscale.corpora.document import Cloze
from skillscale.corpora.packed import PackedCorpus, write_packed_corpus
from skillscale.tasks import ClozeTask, Item
from tests.tiny_corpus import tiny_tokenizer, write_tiny_corpus

TASK = ClozeTask(name="colours", about="Which colour.")


def corpus_of(folder: Path, clozes: list[Cloze]) -> PackedCorpus:
    card = write_tiny_corpus(folder).card
    return write_packed_corpus(folder, card, tiny_tokenizer(20), [], clozes)


def cloze(number: int, stratum: str, task: str = "colours") -> Cloze:
    return Cloze(
        task=task, stratum=stratum, prefix=f"w{number}", answer=" red", distractors=(" blue", " green", " red")
    )


def item(answer: str) -> Item:
    return Item(item_id="i", task="colours", stratum="all", prefix="p", answer=answer)


def test_a_sample_of_each_stratum_and_nothing_of_other_tasks(tmp_path: Path) -> None:
    clozes = [cloze(i, "easy") for i in range(30)] + [cloze(i, "hard") for i in range(3)] + [cloze(0, "easy", "shapes")]
    items = TASK.items(corpus_of(tmp_path, clozes), limit_per_stratum=10, seed=0)
    assert [sum(made.stratum == stratum for made in items) for stratum in ("easy", "hard")] == [10, 3]
    assert len({made.item_id for made in items}) == 13
    assert all(made.task == "colours" and set(made.choices) == {" red", " blue", " green"} for made in items)


def test_the_seed_decides_and_other_strata_do_not(tmp_path: Path) -> None:
    easy = [cloze(i, "easy") for i in range(30)]
    alone = corpus_of(tmp_path / "a", easy)
    mixed = corpus_of(tmp_path / "b", easy + [cloze(i, "hard") for i in range(9)])
    first = TASK.items(alone, limit_per_stratum=5, seed=1)
    assert TASK.items(alone, limit_per_stratum=5, seed=1) == first
    assert TASK.items(mixed, limit_per_stratum=5, seed=1)[:5] == first
    assert TASK.items(alone, limit_per_stratum=5, seed=2) != first


def test_the_answer_stands_at_no_preferred_place(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, [cloze(i, "easy") for i in range(300)])
    items = TASK.items(corpus, limit_per_stratum=300, seed=0)
    places = np.bincount([made.choices.index(made.answer) for made in items], minlength=3)
    assert np.all(abs(places - 100) < 35)  # four standard deviations


def test_a_cloze_without_wrong_answers_has_no_choices(tmp_path: Path) -> None:
    free = Cloze(task="colours", stratum="all", prefix="w1", answer=" red", max_new_tokens=9, k=2)
    [made] = TASK.items(corpus_of(tmp_path, [free]), limit_per_stratum=5, seed=0)
    assert (made.choices, made.max_new_tokens, made.k) == ((), 9, 2)


@pytest.mark.parametrize(
    ("answer", "said", "right"),
    [
        (" red", "red", True),
        (" red", "  red \n", True),
        (" red", " red and blue", True),  # judged up to the answer's length
        (" red", " reddish", False),
        (" red", " blue red", False),
        (" red", "", False),
        (" 1 2 3", " 1  2 3", True),
        (" 1 2 3", " 1 2", False),
        (" ,", ", and", True),
        (" ", "anything", False),
    ],
)
def test_words_count_and_spaces_do_not(answer: str, said: str, right: bool) -> None:
    assert TASK.judge(item(answer), said) is right
