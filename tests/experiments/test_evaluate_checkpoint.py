"""Any checkpoint on any corpus: what is measured, and what is refused in a sentence."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.evaluate_checkpoint import evaluate_checkpoint
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import tiny_tokenizer, write_tiny_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return write_tiny_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def checkpoint(corpus: PackedCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"), corpus.tokenizer)


def test_everything_the_corpus_asks_is_measured(checkpoint: Path, corpus: PackedCorpus) -> None:
    observations = evaluate_checkpoint(checkpoint, corpus)
    assert {(o.task, o.metric) for o in observations} == {
        *(("language", metric) for metric in ("loss_nats", "excess_nats", "bits_per_byte")),
        *(("successor", metric) for metric in ("accuracy", "exact", "answer_nll", "brier")),
    }
    assert all(
        o.family == "tiny" and o.n_params == 5200 and o.n_params_total == 5200 + 2 * 22 * 16 for o in observations
    )


def test_only_the_tasks_asked_for(checkpoint: Path, corpus: PackedCorpus) -> None:
    assert {o.task for o in evaluate_checkpoint(checkpoint, corpus, tasks=["successor"])} == {"successor"}
    assert {o.task for o in evaluate_checkpoint(checkpoint, corpus, tasks=["language"])} == {"language"}


@pytest.mark.parametrize(
    ("task", "message"), [("sudoku", "No task is called sudoku"), ("grammar", "no items of grammar")]
)
def test_a_task_that_is_not_there_is_refused(checkpoint: Path, corpus: PackedCorpus, task: str, message: str) -> None:
    with pytest.raises(SkillscaleError, match=message):
        evaluate_checkpoint(checkpoint, corpus, tasks=[task])


def test_a_model_of_other_words_is_refused(corpus: PackedCorpus, tmp_path: Path) -> None:
    words = {"<pad>": 0, "<eos>": 1, "the": 2, "king": 3}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    with pytest.raises(SkillscaleError, match="does not know 100% of the words"):
        evaluate_checkpoint(write_tiny_checkpoint(tmp_path, tokenizer), corpus)


def test_a_model_with_another_tokenizer_reads_the_text_in_its_own_tokens(corpus: PackedCorpus, tmp_path: Path) -> None:
    """Bytes are the same for both, so bits per byte of an uninformed model are about log2 of its vocabulary a byte."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=258,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([], trainer)
    foreign = write_tiny_checkpoint(tmp_path, tokenizer, context=64, spread=1e-3)
    observations = evaluate_checkpoint(foreign, corpus)
    assert "excess_nats" not in {o.metric for o in observations}
    [bits] = [o.value for o in observations if o.metric == "bits_per_byte" and o.stratum == "all"]
    n_bytes, n_ends = corpus.card.held_out_bytes, len(corpus.held_out)
    assert bits == pytest.approx(8.01 * (n_bytes + n_ends) / n_bytes, rel=0.01)  # log2(258) = 8.01


def test_a_missing_checkpoint_is_named(corpus: PackedCorpus, tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="no checkpoint"):
        evaluate_checkpoint(tmp_path / "nowhere", corpus)


def test_a_tokenizer_larger_than_the_model_is_refused(corpus: PackedCorpus, tmp_path: Path) -> None:
    folder = write_tiny_checkpoint(tmp_path, tiny_tokenizer(20))
    tiny_tokenizer(30).save(str(folder / "tokenizer.json"))
    with pytest.raises(SkillscaleError, match="32 tokens but its model only 22"):
        evaluate_checkpoint(folder, corpus)
