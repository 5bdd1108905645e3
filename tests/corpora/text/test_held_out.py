import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.corpora.text.held_out import held_out_documents
from skillscale.corpora.text.survey import StrandPassage
from skillscale.corpora.text.tokenizer import train_tokenizer
from tests.corpora.text.writing import paragraphs

TOKENIZER = train_tokenizer([paragraphs(20_000, seed=0)], 400)


@pytest.mark.parametrize("ends", [True, False])
def test_documents_cover_the_passage_evenly_and_begin_with_a_word(ends: bool):
    text = paragraphs(5_000, seed=3)
    documents = held_out_documents((StrandPassage(strand="s", text=text, ends=ends),), TOKENIZER, 64)
    assert "".join(document.text for document in documents) == text
    assert all(TOKENIZER.decode(list(document.tokens)) == document.text for document in documents)
    assert all(40 < len(document.tokens) <= 62 for document in documents)
    assert all(document.text[0].isspace() for document in documents[1:])
    assert [document.ends for document in documents] == [False] * (len(documents) - 1) + [ends]


@given(st.text(alphabet="aé漢😀 \n", min_size=1, max_size=300))
def test_no_character_is_cut_in_two(text: str):
    documents = held_out_documents((StrandPassage(strand="s", text=text, ends=True),), TOKENIZER, 16)
    assert "".join(document.text for document in documents) == text
    assert all(TOKENIZER.decode(list(document.tokens)) == document.text for document in documents)
    assert all(len(document.tokens) <= 14 for document in documents)
