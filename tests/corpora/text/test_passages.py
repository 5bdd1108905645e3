from hypothesis import given
from hypothesis import strategies as st

from skillscale.corpora.text.passages import LONG, LONGEST, PAGE, passages_of_lines, passages_of_record


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def test_headings_start_articles_that_stay_whole():
    article = " \n" + " A long paragraph . " * 400 + "\n \n"
    text = f" \n = One = \n{article} = = Section = = \n{article} = Two = \n{article}"
    passages = list(passages_of_lines(lines_of(text)))
    assert [p.text.splitlines()[0] for p in passages] == [" = One = ", " = Two = "]
    assert " = = Section = = " in passages[0].text
    assert all(p.ends for p in passages)


def test_a_formula_in_a_paragraph_is_no_heading():
    passages = list(passages_of_lines(["some text\n", " = x = \n", "more\n"]))
    assert len(passages) == 1


def test_paragraphs_are_gathered_into_pages_cut_between_paragraphs():
    text = "".join(f"{'word ' * 100}{i}\n\n" for i in range(20))
    passages = list(passages_of_lines(lines_of(text)))
    assert "".join(p.text for p in passages) == text
    assert all(PAGE <= len(p.text) < PAGE + 600 for p in passages[:-1])
    assert all(p.text.endswith("\n\n") for p in passages)
    assert [p.ends for p in passages] == [False] * (len(passages) - 1) + [True]


def test_a_text_without_blank_lines_is_cut_at_line_ends():
    passages = list(passages_of_lines(["a line of text\n"] * 2_000))
    assert len(passages) > 2
    assert all(p.text.endswith("\n") and len(p.text) < LONG + 20 for p in passages)


@given(st.lists(st.sampled_from(["word\n", "\n", " = Title = \n", "x" * 3_000 + "\n", "part "]), max_size=60))
def test_passages_are_the_whole_text_in_order_but_for_blank_ones(lines: list[str]):
    passages = list(passages_of_lines(lines))
    assert "".join("".join(p.text for p in passages).split()) == "".join("".join(lines).split())
    assert all(p.text.strip() for p in passages)
    assert all(len(p.text) <= LONGEST for p in passages)


def test_a_long_record_is_cut_at_a_space_and_ends_once():
    text = "word " * 30_000
    passages = list(passages_of_record(text))
    assert "".join(p.text for p in passages) == text
    assert all(p.text.endswith(" ") and len(p.text) <= LONGEST for p in passages)
    assert [p.ends for p in passages] == [False, False, True]


def test_a_record_without_any_space_is_cut_anyway():
    assert [len(p.text) for p in passages_of_record("x" * (LONGEST + 5))] == [LONGEST, 5]


def test_a_blank_record_gives_nothing():
    assert list(passages_of_record(" \n")) == []
