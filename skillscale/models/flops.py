"""How many floating-point operations a model does, counted from its shapes.

Matrix products count two operations for each multiply–add; norms, activations, softmax and the optimizer are left out
(under 1 % of a wide model). Attention is counted causally, as the fused kernels compute it: position t attends to t + 1
positions, so a row of T positions to T(T + 1)/2. The backward pass costs twice the forward pass.
"""

from skillscale.models.rung import Rung


def forward_flops(rung: Rung, n_positions: int) -> float:
    """Of reading one row of `n_positions` tokens from its start, with an unembedding at every position."""
    weights = rung.depth * (4 * rung.width**2 + 3 * rung.width * rung.ffn_width) + rung.vocab_size * rung.width
    pairs = n_positions * (n_positions + 1) / 2
    scores_and_mixing = rung.depth * 2 * rung.width * pairs
    return 2.0 * (n_positions * weights + scores_and_mixing)


def train_flops(rung: Rung, n_tokens: float, *, tokens_per_row: float) -> float:
    """Training compute (C) on `n_tokens` predicted tokens, of rows that hold `tokens_per_row` of them (padding costs too)."""
    n_rows = n_tokens / tokens_per_row
    return 3.0 * n_rows * forward_flops(rung, rung.context - 1)


def six_n_d(rung: Rung, n_tokens: float) -> float:
    """The usual estimate 6·N·D, with N the non-embedding parameters (Kaplan et al. 2020)."""
    return 6.0 * rung.n_params * n_tokens
