from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from skillscale.corpora.text.tokenizer import (
    eos_id,
    pad_id,
    read_tokenizer,
    train_tokenizer,
    vocab_size_for,
)
from skillscale.errors import SkillscaleError
from tests.corpora.text.writing import paragraphs

TRAINED = train_tokenizer([paragraphs(20_000, seed=0)], 400)


@given(st.text(max_size=200))
def test_every_text_comes_back(text: str):
    ids = TRAINED.encode(text, add_special_tokens=False).ids
    assert TRAINED.decode(ids, skip_special_tokens=False) == text


def test_a_text_that_spells_an_end_token_stays_text():
    ids = TRAINED.encode("a <|eos|> b<|pad|>", add_special_tokens=False).ids
    assert not {0, 1} & set(ids)


def test_specials_have_their_places_and_training_repeats():
    assert (pad_id(TRAINED), eos_id(TRAINED), TRAINED.get_vocab_size()) == (0, 1, 400)
    assert train_tokenizer([paragraphs(20_000, seed=0)], 400).to_str() == TRAINED.to_str()


def test_the_vocabulary_follows_the_size_of_the_text():
    assert [vocab_size_for(n) for n in (1, 100_000, 3_500_000, 10**10, 10**13)] == [512, 640, 2_048, 29_056, 32_768]


def test_a_vocabulary_that_cannot_hold_all_bytes_is_refused():
    with pytest.raises(SkillscaleError, match="258"):
        train_tokenizer(["text"], 200)


def test_a_given_tokenizer_gets_the_specials_it_lacks(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    bare = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate("abĠ")}, merges=[]))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = TRAINED.decoder
    bare.save(str(path))
    given = read_tokenizer(path, ["ab ba"])
    assert (pad_id(given), eos_id(given), given.get_vocab_size()) == (3, 4, 5)
    with pytest.raises(SkillscaleError, match="does not give this text back"):
        read_tokenizer(path, ["abc"])


def test_a_given_tokenizer_keeps_its_own_end_token(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(str(path))
    path.write_text(path.read_text().replace("<|eos|>", "<|endoftext|>"))
    assert eos_id(read_tokenizer(path, ["text"])) == 1


def test_an_unreadable_tokenizer_is_refused(tmp_path: Path):
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(SkillscaleError, match="no readable tokenizer"):
        read_tokenizer(tmp_path / "t.json", [])
