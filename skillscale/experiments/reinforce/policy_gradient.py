"""The policy gradient: leave-one-out baseline, constant token normaliser, no clipping and no divergence penalty.

Samples are of the very policy that is updated, once, so the ratio of new to old probability is 1 and clipping would do nothing.
Source: Ahmadian et al. 2024 (RLOO); Liu et al. 2025 (Dr. GRPO) for the normaliser that does not favour short or long answers.
"""

# r rows (samples that count), t position, d width, v vocabulary, s spoken tokens of all rows

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedModel

from skillscale.models.decoder import is_lean
from skillscale.models.forward import TrainingForward

Logits = Callable[[Tensor, Tensor], Tensor]  # (tokens (r, t), positions in the flattened rows (s,)) -> logits (s, v)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One sample that counts: what was read, what was said (the end token with it), and its advantage."""

    context: Sequence[int]
    said: Sequence[int]
    advantage: float


def advantages(reward_pg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each reward (prompts, samples) less the mean of the other samples of its prompt. Needs at least two samples."""
    n = reward_pg.shape[1]
    return (reward_pg - reward_pg.mean(1, keepdims=True)) * (n / (n - 1))


def logits_of(model: PreTrainedModel) -> Logits:
    """Logits at chosen positions, differentiable in the model's own parameters; quicker where it is one of our rungs."""
    if _is_rung(model):
        forward = TrainingForward(cast(LlamaForCausalLM, model), pad_id=0, dtype=torch.float32)
        return lambda token_rt, at_s: forward.hidden(token_rt)[at_s] @ forward.unembedding.t()
    return lambda token_rt, at_s: model(input_ids=token_rt, use_cache=False).logits.flatten(0, 1)[at_s].float()


def _is_rung(model: PreTrainedModel) -> bool:
    """What TrainingForward asks of a module: `models/llama.py` makes no others."""
    if not isinstance(model, LlamaForCausalLM) or not is_lean(model):
        return False
    config = model.config
    theta = (config.rope_parameters or {}).get("rope_theta", 10_000.0)
    return (
        config.num_key_value_heads == config.num_attention_heads
        and (config.head_dim or 0) * config.num_attention_heads == config.hidden_size
        and not config.tie_word_embeddings
        and config.rms_norm_eps == 1e-6
        and theta == 10_000.0
    )


def add_gradient(logits: Logits, spoken: Sequence[Spoken], *, normaliser: float, device: str) -> None:
    """Add the gradient of −Σ advantage · ln p(said) / `normaliser` to the parameters.

    Rows are padded on the right, which no token before sees. At least one row must have said something.
    """
    length = max(len(row.context) + len(row.said) for row in spoken)
    token_rt = torch.zeros((len(spoken), length), dtype=torch.long)
    for r, row in enumerate(spoken):
        token_rt[r, : len(row.context) + len(row.said)] = torch.tensor([*row.context, *row.said])
    lengths = np.array([len(row.said) for row in spoken])
    row_s = np.repeat(np.arange(len(spoken)), lengths)
    first_s = np.repeat(np.array([len(row.context) for row in spoken]), lengths)
    at_s = first_s + np.arange(len(row_s)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    said_s = token_rt[row_s, at_s].to(device)
    before_s = torch.from_numpy(row_s * (length - 1) + at_s - 1).to(device)
    advantage_s = torch.tensor([row.advantage for row in spoken], dtype=torch.float32)[row_s].to(device)
    logp_sv = logits(token_rt[:, :-1].to(device), before_s).log_softmax(-1)
    logp_s = logp_sv.gather(1, said_s[:, None])[:, 0]
    loss = -(advantage_s * logp_s).sum() / normaliser
    loss.backward()
