"""Loss on documents: windows, ends, and the ratio estimator."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skillscale.corpora.document import Document
from skillscale.errors import SkillscaleError
from skillscale.experiments.held_out import document_losses
from skillscale.models.local import LocalModel
from skillscale.observations.ratio import ratio_of
from tests.tiny_checkpoint import EOS_ID, write_tiny_checkpoint
from tests.tiny_corpus import tiny_tokenizer

CONTEXT = 8


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder: Path = tmp_path_factory.mktemp("model")
    return LocalModel(write_tiny_checkpoint(folder, tiny_tokenizer(20), context=CONTEXT))


def document(n: int, seed: int = 0) -> Document:
    tokens = tuple(np.random.default_rng(seed).integers(2, 22, n).tolist())
    return Document(text=" ".join(f"w{token - 2}" for token in tokens), tokens=tokens, strand="s")


@pytest.mark.parametrize("n", [0, 1, CONTEXT - 1, CONTEXT, CONTEXT + 1, 5 * CONTEXT + 3])
def test_every_token_is_predicted_once(model: LocalModel, n: int) -> None:
    [loss] = document_losses(model, [document(n)])
    assert loss.tokens == (*document(n).tokens, EOS_ID)
    assert loss.logprobs.shape == (n + 1,)
    assert np.all(loss.logprobs < 0)


def test_a_window_goes_on_from_the_last_token_of_the_one_before(model: LocalModel) -> None:
    text = document(20)
    [loss] = document_losses(model, [text])
    sequence = (EOS_ID, *text.tokens, EOS_ID)
    [second] = model.token_logprobs([sequence[CONTEXT : 2 * CONTEXT + 1]])
    assert loss.logprobs[CONTEXT : 2 * CONTEXT] == pytest.approx(second, abs=1e-5)


def test_nobody_is_asked_to_foresee_a_cut(model: LocalModel) -> None:
    text = document(5)
    whole, cut = document_losses(model, [text, replace(text, ends=False)])
    assert cut.tokens == text.tokens
    assert cut.logprobs == pytest.approx(whole.logprobs[:-1], abs=1e-5)
    assert cut.nats < whole.nats


def test_tokens_of_another_tokenizer_are_refused(model: LocalModel) -> None:
    with pytest.raises(SkillscaleError, match="another tokenizer"):
        document_losses(model, [Document(text="x", tokens=(22,), strand="s")])


def test_the_ratio_estimator_knows_its_own_error() -> None:
    """Over many samples of documents of unequal length, the spread of the ratio is its stated standard error."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 60, (2000, 80))
    nats = lengths * 1.7 + rng.normal(0, 2, lengths.shape) * np.sqrt(lengths)
    ratios = [ratio_of(y.tolist(), x.tolist()) for y, x in zip(nats, lengths, strict=True)]
    spread = np.std([ratio.value for ratio in ratios])
    assert np.mean([ratio.value for ratio in ratios]) == pytest.approx(1.7, abs=0.005)
    assert np.mean([ratio.stderr for ratio in ratios if ratio.stderr]) == pytest.approx(spread, rel=0.05)


def test_a_single_document_has_no_standard_error() -> None:
    assert ratio_of([3.0], [2.0]).value == 1.5
    assert ratio_of([3.0], [2.0]).stderr is None
