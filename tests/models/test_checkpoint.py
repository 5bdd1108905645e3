"""A checkpoint is a Hugging Face folder: same logits, same tokens."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.models.checkpoint import CHECKPOINT_FILES, write_checkpoint
from skillscale.models.llama import llama_of
from skillscale.models.optimizer import FlatAdamW
from skillscale.models.rung import Rung, rung_of_width
from tests.tiny_corpus import write_tiny_corpus


def tiny_rung() -> Rung:
    return rung_of_width(8, vocab_size=22, context=16, n_tokens=20_000, seed=3, pad_id=0, eos_id=1)


@pytest.fixture
def corpus(tmp_path: Path) -> PackedCorpus:
    return write_tiny_corpus(tmp_path / "corpus")


def test_transformers_gives_the_same_logits(corpus: PackedCorpus, tmp_path: Path) -> None:
    model = llama_of(tiny_rung())
    FlatAdamW(model, weight_decay=0.1)  # the weights are views of one flat tensor, as in training
    write_checkpoint(tmp_path / "checkpoint", model, tiny_rung(), corpus, n_tokens=5_000)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "checkpoint")
    tokens = torch.randint(0, 22, (3, 16))
    assert loaded.dtype == torch.float32
    assert torch.equal(loaded(tokens).logits, model(tokens).logits)
    assert {path.name for path in (tmp_path / "checkpoint").iterdir()} >= set(CHECKPOINT_FILES)
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_the_card_says_how_it_was_trained(corpus: PackedCorpus, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "checkpoint", llama_of(tiny_rung()), tiny_rung(), corpus, n_tokens=5_000)
    card = (tmp_path / "checkpoint" / "README.md").read_text()
    assert f"| parameters (non-embedding) | {tiny_rung().n_params:,} |" in card
    assert "| training tokens | 5,000 (896 of them different) |" in card
    assert "license: apache-2.0" in card


def test_word_tokens_come_back_exactly(corpus: PackedCorpus, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "checkpoint", llama_of(tiny_rung()), tiny_rung(), corpus, n_tokens=5_000)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")
    for document in corpus.held_out:
        assert tokenizer(document.text).input_ids == list(document.tokens)
        assert tokenizer.decode(document.tokens) == document.text
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 0)


def test_byte_level_tokens_come_back_exactly(corpus: PackedCorpus, tmp_path: Path) -> None:
    texts = ["Naïve café: 12 % of it , don 't !", "  two  spaces\n\nand lines\t", "日本 🙂", "plain words"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts * 5, trainer)
    tokenizer.save(str(corpus.folder / "tokenizer.json"))
    again = PackedCorpus(corpus.folder)
    write_checkpoint(tmp_path / "checkpoint", llama_of(tiny_rung()), tiny_rung(), again, n_tokens=5_000)
    loaded = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")
    for text in texts:
        assert loaded(text).input_ids == tokenizer.encode(text).ids
        assert loaded.decode(loaded(text).input_ids) == text


def test_a_disk_that_refuses_is_said_and_leaves_nothing_half_done(corpus: PackedCorpus, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SkillscaleError, match="could not be written"):
        write_checkpoint(tmp_path / "file" / "inside", llama_of(tiny_rung()), tiny_rung(), corpus, n_tokens=1)
