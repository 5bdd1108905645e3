"""Counted operations are those that torch itself counts in the plain model."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from skillscale.models.flops import forward_flops, six_n_d, train_flops
from skillscale.models.llama import llama_of
from skillscale.models.rung import rung_of_width

RUNG = rung_of_width(32, vocab_size=50, context=17, n_tokens=10_000, seed=0, pad_id=0, eos_id=1)


def test_forward_flops_are_those_of_the_module_less_the_masked_half_of_attention() -> None:
    model = llama_of(RUNG)
    model.set_attn_implementation("eager")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 16, dtype=torch.long))
    masked = RUNG.depth * 2 * 2 * RUNG.width * (16 * 16 - 16 * 17 / 2)
    assert counter.get_total_flops() == forward_flops(RUNG, 16) + masked


def test_training_costs_three_forward_passes_and_padding_costs_too() -> None:
    full = train_flops(RUNG, 1600, tokens_per_row=16)
    assert full == 3 * 100 * forward_flops(RUNG, 16)
    assert train_flops(RUNG, 1600, tokens_per_row=8) == 2 * full


def test_six_n_d_is_approached_as_width_outgrows_vocabulary_and_context() -> None:
    wide = rung_of_width(2048, vocab_size=50, context=17, n_tokens=10_000, seed=0, pad_id=0, eos_id=1)
    assert train_flops(wide, 1600, tokens_per_row=16) == pytest.approx(six_n_d(wide, 1600), rel=0.01)
