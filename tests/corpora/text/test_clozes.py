from collections import Counter

import numpy as np
import pytest

from skillscale.corpora.document import Cloze
from skillscale.corpora.text.clozes import (
    KINDS,
    N_DISTRACTORS,
    count_answers,
    draw_distractors,
    make_clozes,
)
from skillscale.corpora.text.survey import StrandPassage
from skillscale.corpora.text.tokenizer import train_tokenizer
from skillscale.corpora.text.words import Gap, Lexicon, gaps, read_lexicon
from tests.corpora.text.writing import NAMES, NOUNS, VERBS, paragraphs

WIKI = (
    " Robert <unk> is an English actor , born in London in 1 @,@ 950 . He had a role ( with Judi ) in 2000 ; "
    "the well @-@ known play was seen by London 's critics .\n The next line is short .\n"
)
VERSE = "First Citizen:\nYou are all resolved, O Marcius, rather to die than to famish?\nSpeak, good Marcius; 'tis I.\n"


def found(text: str, lexicon: Lexicon | None = None) -> dict[str, str]:
    return {gap.answer: gap.kind for gap in gaps(text, lexicon or read_lexicon([text] * 5))}


def test_words_of_word_tokenised_text_are_told_apart():
    kinds = found(WIKI)
    assert kinds[" London"] == kinds[" English"] == "capitalised-name"
    assert kinds[" is"] == kinds[" in"] == "function-word"
    assert kinds[" 2000"] == "number"
    assert kinds[" ,"] == kinds[" ("] == kinds[" ."] == "punctuation"
    assert kinds[" actor"] == kinds[" play"] == "other-word"
    # Not asked for: what begins a line or sentence, pieces of a number, unknown words.
    assert not {" Robert", " He", " The", " 1", " 950", " <unk>", " @", ","} & kinds.keys()


def test_words_of_running_text_are_told_apart():
    kinds = found(VERSE)
    assert kinds[","] == kinds["?"] == kinds[";"] == "punctuation"
    assert kinds[" Marcius"] == "capitalised-name"
    assert kinds[" I"] == kinds[" to"] == "function-word"
    assert kinds[" resolved"] == "other-word"
    assert not {" O", "You", " You", "Speak", " tis"} & kinds.keys()


def test_answers_stand_in_the_text_where_they_say():
    for text in (WIKI, VERSE):
        for gap in gaps(text, read_lexicon([text] * 5)):
            assert text[gap.start : gap.end] == gap.answer
            assert not text[: gap.start].endswith(" ")


def test_a_capital_that_is_mostly_written_small_is_no_name():
    lexicon = read_lexicon(["we saw the Spring and the spring and the spring and Vienna ."])
    assert lexicon.kind_of("Spring") is None
    assert lexicon.kind_of("Vienna") == "capitalised-name"


def test_function_words_of_another_language_are_its_commonest():
    german = "wir sahen der Hund und der Mann und der Wald und der See"
    lexicon = read_lexicon([german])
    assert "und" in lexicon.function_words
    assert "the" not in lexicon.function_words


@pytest.fixture(scope="module")
def clozes() -> list[Cloze]:
    return make("s", n_per_kind=40)


TRAINING = tuple(StrandPassage(strand="s", text=paragraphs(4_000, seed=seed), ends=True) for seed in range(10))
HELD_OUT = tuple(StrandPassage(strand="s", text=paragraphs(1_500, seed=seed), ends=True) for seed in range(20, 26))
TOKENIZER = train_tokenizer([passage.text for passage in TRAINING], 400)


def make(strand: str, *, n_per_kind: int) -> list[Cloze]:
    held_out = tuple(StrandPassage(strand=strand, text=p.text, ends=p.ends) for p in HELD_OUT)
    rng = np.random.default_rng(0)
    return make_clozes(held_out, TRAINING, TOKENIZER, context=64, n_per_kind=n_per_kind, rng=rng)


def test_clozes_of_each_kind_ask_for_words_of_that_kind(clozes: list[Cloze]):
    assert Counter(cloze.task for cloze in clozes) == dict.fromkeys(KINDS, 40)
    for cloze in clozes:
        options = {option.strip() for option in (cloze.answer, *cloze.distractors)}
        match cloze.task:
            case "capitalised-name":
                assert options <= set(NAMES)
            case "number":
                assert all(option.isdigit() and len(option) == 4 for option in options)
            case "other-word":
                assert options <= {*VERBS, *NOUNS, "old"}
            case _:
                assert not options & {*NAMES, *NOUNS, *VERBS}


def test_clozes_are_text_of_the_held_out_passages(clozes: list[Cloze]):
    for cloze in clozes:
        assert any(cloze.prefix + cloze.answer in passage.text for passage in HELD_OUT)
        assert len(TOKENIZER.encode(cloze.prefix).ids) <= 64 * 2 // 3
        assert 1 <= len(cloze.distractors) <= N_DISTRACTORS
        assert cloze.answer not in cloze.distractors


def test_clozes_are_spread_over_the_passages(clozes: list[Cloze]):
    names = [cloze for cloze in clozes if cloze.task == "capitalised-name"]
    per_passage = [sum(cloze.prefix in passage.text for cloze in names) for passage in HELD_OUT]
    assert max(per_passage) - min(per_passage) <= 1


def test_the_same_seed_gives_the_same_clozes(clozes: list[Cloze]):
    assert make("s", n_per_kind=40) == clozes


def test_a_strand_never_trained_on_has_no_distractors():
    assert make("elsewhere", n_per_kind=5) == []


NO_ENGLISH = Lexicon(function_words=frozenset(), lower=Counter(), capitalised=Counter())


def test_distractors_are_of_similar_frequency():
    text = "we saw " + " ".join(f"word{'abcdefgh'[i]} " * 2**i for i in range(8)).replace("  ", " ")
    frequencies = count_answers([text], NO_ENGLISH)
    gap = Gap(start=0, end=0, answer=" wordd", kind="other-word")  # 8 times; its neighbours 4 and 16 times
    drawn = draw_distractors(gap, frequencies, np.random.default_rng(0))
    assert set(drawn[:2]) == {" wordc", " worde"}
    assert len(drawn) == N_DISTRACTORS


def test_numbers_are_held_against_numbers_of_equal_length():
    text = "we saw " + " ".join(["1901 1902 1903 1904 12 13"] * 3) + " ."
    frequencies = count_answers([text], NO_ENGLISH)
    gap = Gap(start=0, end=0, answer=" 1999", kind="number")
    assert all(len(drawn) == 5 for drawn in draw_distractors(gap, frequencies, np.random.default_rng(0)))


def test_strata_are_bands_of_frequency():
    frequencies = count_answers(["we saw " + "tree " * 99 + "bush " * 40 + "moss " + "rock " * 60_000], NO_ENGLISH)

    def stratum(word: str) -> str:
        return frequencies.stratum(Gap(start=0, end=0, answer=f" {word}", kind="other-word"))

    assert [stratum(word) for word in ("tree", "bush", "moss", "new")] == ["common", "middling", "rare", "rare"]
