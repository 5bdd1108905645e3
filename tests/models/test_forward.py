"""The lean forward pass is the module's own: same loss, same gradients."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from transformers import LlamaForCausalLM

from skillscale.models import unembedding
from skillscale.models.forward import TrainingForward
from skillscale.models.llama import llama_of
from skillscale.models.rung import rung_of_width


def model_and_rows(width: int, *, pads: bool) -> tuple[LlamaForCausalLM, Tensor]:
    rung = rung_of_width(width, vocab_size=37, context=24, n_tokens=10_000, seed=1, pad_id=0, eos_id=1)
    rows = torch.randint(1, 37, (5, 24), generator=torch.Generator().manual_seed(2))
    if pads:
        rows[0, 15:] = 0
        rows[3, 2:] = 0
    return llama_of(rung), rows


def gradients(model: LlamaForCausalLM, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def own_loss(model: LlamaForCausalLM, rows: Tensor) -> Tensor:
    logits = model(rows[:, :-1]).logits
    return functional.cross_entropy(logits.reshape(-1, 37), rows[:, 1:].reshape(-1), ignore_index=0)


@pytest.mark.parametrize("width", [8, 24, 128])
@pytest.mark.parametrize("pads", [False, True])
def test_loss_and_gradients_are_those_of_the_module(width: int, pads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unembedding, "CHUNK_BYTES", 16 * 37 * 4)  # several chunks, the last one shorter
    model, rows = model_and_rows(width, pads=pads)
    with torch.no_grad():
        model.model.norm.weight.mul_(1.5)  # so that no norm's scale is trivial
        model.model.layers[0].input_layernorm.weight.mul_(torch.linspace(0.5, 2, width))
    expected_loss = own_loss(model, rows)
    expected = gradients(model, expected_loss)
    loss = TrainingForward(model, pad_id=0, dtype=torch.float32).loss(rows)
    found = gradients(model, loss)
    assert loss.item() == pytest.approx(expected_loss.item(), abs=2e-6)
    assert found.keys() == dict(model.named_parameters()).keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=2e-6 * expected[name].abs().max().item())


def test_bf16_products_change_the_gradient_by_rounding_only() -> None:
    model, rows = model_and_rows(128, pads=True)
    exact = gradients(model, TrainingForward(model, pad_id=0, dtype=torch.float32).loss(rows))
    rounded = gradients(model, TrainingForward(model, pad_id=0, dtype=torch.bfloat16).loss(rows))
    for name, gradient in rounded.items():
        assert gradient.dtype == torch.float32
        cosine = functional.cosine_similarity(gradient.flatten(), exact[name].flatten(), dim=0)
        assert 0.999 < cosine < 1.001


def test_a_certain_wrong_answer_is_a_large_finite_loss() -> None:
    hidden = torch.tensor([[1000.0, 0.0]], requires_grad=True)
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    loss = unembedding.UnembeddingLoss.apply(hidden, weight, torch.tensor([1]), torch.float32)
    assert 80 < loss.item() < 90  # float32 has no smaller probability
    loss.backward()
    assert weight.grad is not None
    assert weight.grad[:, 0].tolist() == [1000.0, -1000.0]
