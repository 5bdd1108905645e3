"""Floating-point operations of answering, counted from a transformer's shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceShape:
    """What a forward pass costs. N non-embedding parameters, L layers, A = heads × head width, d width, V vocabulary.

    Reading T tokens, then M more from the cache, with P logit vectors:

        2·N·(T + M)  +  4·L·A·(T·(T + 1)/2 + M·T)  +  2·d·V·P

    A multiply-add is 2 operations. Attention takes 4·A per layer for each pair of a token and one before it; tokens from
    the cache are counted as if they saw the T tokens of the context only. Norms, softmax and rotations are left out.
    """

    n_params: int
    n_layers: int
    attention_width: int
    width: int
    vocab_size: int

    def flops(self, *, n_read: int, n_later: int = 0, n_logits: int = 1) -> float:
        products = 2 * self.n_params * (n_read + n_later)
        pairs = n_read * (n_read + 1) // 2 + n_later * n_read
        attention = 4 * self.n_layers * self.attention_width * pairs
        return float(products + attention + 2 * self.width * self.vocab_size * n_logits)


def sampling_flops(shape: InferenceShape, *, n_context: int, n_later: Sequence[int]) -> tuple[float, ...]:
    """What each of n samples of one prompt costs: its share of reading `n_context` tokens once, and its own `n_later` steps.

    A step sees the context and all that the sample said before it, so their sum is what n samples cost together.
    """
    reading = shape.flops(n_read=n_context) / max(1, len(n_later))
    per_pair = 4 * shape.n_layers * shape.attention_width
    per_step = 2 * shape.n_params + 2 * shape.width * shape.vocab_size
    return tuple(reading + n * per_step + per_pair * (n * n_context + n * (n + 1) // 2) for n in n_later)


def inference_shape(config: Any, n_params: int) -> InferenceShape | None:
    """From a Hugging Face config; None where it does not describe a transformer by the usual names."""
    names = ("num_hidden_layers", "num_attention_heads", "hidden_size", "vocab_size")
    n_layers, n_heads, width, vocab_size = (getattr(config, name, None) for name in names)
    if n_layers is None or n_heads is None or width is None or vocab_size is None:
        return None
    return InferenceShape(
        n_params=n_params,
        n_layers=n_layers,
        attention_width=n_heads * (getattr(config, "head_dim", None) or width // n_heads),
        width=width,
        vocab_size=vocab_size,
    )
