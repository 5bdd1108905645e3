"""The gradient is that of the expected reward."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM, PreTrainedModel

from skillscale.experiments.reinforce.policy_gradient import Spoken, add_gradient, advantages, logits_of
from skillscale.models.llama import llama_of
from skillscale.models.rung import rung_of_width

VOCABULARY = 24


def rung_model() -> LlamaForCausalLM:
    rung = rung_of_width(16, vocab_size=VOCABULARY, context=16, n_tokens=1000, seed=0, pad_id=0, eos_id=1)
    model = llama_of(rung)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    return model


def gradient(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


SPOKEN = [
    Spoken(context=[1, 5, 6], said=[7, 8, 1], advantage=0.5),
    Spoken(context=[1, 5], said=[9], advantage=-0.25),
    Spoken(context=[1, 2, 3, 4], said=[4, 1], advantage=1.0),
]


def brute_force(model: torch.nn.Module, normaliser: float) -> torch.Tensor:
    """One row at a time through transformers' own forward pass."""
    model.zero_grad()
    for row in SPOKEN:
        tokens = torch.tensor([[*row.context, *row.said]])
        logp = model(input_ids=tokens).logits[0].log_softmax(-1)
        at = range(len(row.context), tokens.shape[1])
        (-row.advantage * torch.stack([logp[t - 1, int(tokens[0, t])] for t in at]).sum() / normaliser).backward()
    return gradient(model)


def gpt() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=32)).eval()


@pytest.mark.parametrize("make", [rung_model, gpt], ids=["a rung", "another transformer"])
def test_rows_of_different_lengths_give_what_each_gives_alone(make: Callable[[], PreTrainedModel]) -> None:
    model = make()
    expected = brute_force(model, 8.0)
    model.zero_grad()
    add_gradient(logits_of(model), SPOKEN, normaliser=8.0, device="cpu")
    torch.testing.assert_close(gradient(model), expected, atol=2e-6, rtol=1e-4)
    assert expected.abs().max() > 1e-3


def test_pairs_of_samples_give_the_gradient_of_the_expected_reward() -> None:
    """All pairs of one-token answers, each as often as it would be drawn: with the baseline it is exact, not near."""
    model = rung_model()
    context, reward = [1, 5, 6], torch.linspace(0, 1, VOCABULARY)
    p = model(input_ids=torch.tensor([context])).logits[0, -1].softmax(-1)
    (-(p * reward).sum()).backward()
    expected = gradient(model)
    pairs = [(a, b) for a in range(VOCABULARY) for b in range(VOCABULARY)]
    gains = advantages(np.array([[float(reward[a]), float(reward[b])] for a, b in pairs]))
    share = p.tolist()
    weights = [share[a] * share[b] for a, b in pairs]
    spoken = [
        Spoken(context=context, said=[token], advantage=weight * float(gain))
        for pair, own, weight in zip(pairs, gains, weights, strict=True)
        for token, gain in zip(pair, own, strict=True)
    ]
    model.zero_grad()
    add_gradient(logits_of(model), spoken, normaliser=2.0, device="cpu")
    torch.testing.assert_close(gradient(model), expected, atol=1e-5, rtol=1e-3)


rewards = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(2, 6)), elements=st.floats(-10, 10))


@given(rewards, st.floats(-5, 5))
def test_the_baseline_is_the_mean_of_the_others(reward_pg: np.ndarray, shift: float) -> None:
    found = advantages(reward_pg)
    for row, own in zip(reward_pg, found, strict=True):
        expected = [row[g] - np.delete(row, g).mean() for g in range(len(row))]
        np.testing.assert_allclose(own, expected, atol=1e-9)
    np.testing.assert_allclose(found.sum(1), 0, atol=1e-9)
    np.testing.assert_allclose(advantages(reward_pg + shift), found, atol=1e-9)
