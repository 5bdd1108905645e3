"""Random weights are seeded and scaled by a rule."""

import math

import pytest
import torch

from skillscale.models.llama import llama_of
from skillscale.models.rung import rung_of_width


def weights(seed: int) -> dict[str, torch.Tensor]:
    rung = rung_of_width(64, vocab_size=500, context=16, n_tokens=10_000, seed=seed, pad_id=0, eos_id=1)
    return {name: parameter.detach() for name, parameter in llama_of(rung).named_parameters()}


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_state() -> None:
    before = torch.get_rng_state()
    first, again, other = weights(0), weights(0), weights(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])


@pytest.mark.parametrize(
    ("name", "std"),
    [
        ("model.embed_tokens.weight", 0.1),
        ("lm_head.weight", 1 / 8),
        ("model.layers.0.self_attn.q_proj.weight", 0.5 / 8),
        ("model.layers.1.self_attn.o_proj.weight", 0.5 / 8 / 2),
        ("model.layers.1.mlp.down_proj.weight", 0.5 / math.sqrt(168) / 2),
    ],
)
def test_weights_have_the_spread_of_the_rule(name: str, std: float) -> None:
    assert weights(0)[name].std().item() == pytest.approx(std, rel=0.05)
