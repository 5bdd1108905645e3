"""Inference compute, counted by hand for a small shape."""

import pytest
from transformers import LlamaConfig

from skillscale.models.inference_flops import InferenceShape, inference_shape, sampling_flops

SHAPE = InferenceShape(n_params=1000, n_layers=2, attention_width=8, width=8, vocab_size=50)


def test_one_token() -> None:
    assert SHAPE.flops(n_read=1) == 2 * 1000 + 4 * 2 * 8 * 1 + 2 * 8 * 50


def test_reading_and_going_on_from_the_cache() -> None:
    products, attention, heads = 2 * 1000 * (3 + 2), 4 * 2 * 8 * (1 + 2 + 3 + 3 + 3), 3 * 2 * 8 * 50
    assert SHAPE.flops(n_read=3, n_later=2, n_logits=3) == products + attention + heads


def test_samples_share_the_reading_of_their_prompt_and_pay_for_their_own_steps() -> None:
    none, two = sampling_flops(SHAPE, n_context=3, n_later=[0, 2])
    assert none == SHAPE.flops(n_read=3) / 2
    attention = 4 * 2 * 8 * ((3 + 1) + (3 + 2))  # the first step sees the context and itself
    assert two == none + 2 * (2 * 1000 + 2 * 8 * 50) + attention


def test_one_sample_costs_what_reading_it_whole_costs() -> None:
    """But for the logits at positions of the context, of which only the last is wanted."""
    [one] = sampling_flops(SHAPE, n_context=5, n_later=[4])
    assert one == SHAPE.flops(n_read=9, n_logits=5)
    assert sampling_flops(SHAPE, n_context=5, n_later=[]) == ()


def test_a_wide_model_costs_two_operations_a_parameter_and_token() -> None:
    wide = InferenceShape(n_params=10**9, n_layers=24, attention_width=2048, width=2048, vocab_size=32_000)
    assert wide.flops(n_read=100) == pytest.approx(2 * 1e9 * 100, rel=0.02)


def test_the_shape_is_read_from_a_config_and_unknown_ones_say_nothing() -> None:
    config = LlamaConfig(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, head_dim=16, vocab_size=99)
    assert inference_shape(config, 7) == InferenceShape(
        n_params=7, n_layers=3, attention_width=64, width=48, vocab_size=99
    )
    assert inference_shape(object(), 7) is None
