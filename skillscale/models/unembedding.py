"""Unembedding and cross-entropy in one pass: no logits are kept, and the gradients come with the loss.

At width 8–64 with a thousand words this is where training spends its time. Rows are taken in chunks whose logits stay
in the cache: product, softmax, and at once the two products of the gradient. Measured on one core at width 8,
4096 rows, 850 words: 5 ms against 12.6 ms for `functional.cross_entropy` and its backward pass.
"""

# n rows, d width, v vocabulary, c rows of a chunk

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

CHUNK_BYTES = 2**20  # of logits; the second-level cache of a core of today
CHUNK_BYTES_CUDA = 2**28


class UnembeddingLoss(Function):
    """Mean of −ln softmax(x_nd W_vdᵀ)[target] in nats, over n ≥ 1 rows; `dtype` is that of the products."""

    @staticmethod
    def forward(ctx: Any, x_nd: Tensor, weight_vd: Tensor, target_n: Tensor, dtype: torch.dtype) -> Tensor:
        cast_vd = weight_vd.to(dtype)
        dx_nd = torch.empty_like(x_nd)
        dweight_dv = torch.zeros_like(weight_vd.t(), memory_format=torch.contiguous_format)
        total = torch.zeros((), device=x_nd.device)
        chunk = chunk_rows(weight_vd.shape[0], x_nd.device.type)
        for start in range(0, x_nd.shape[0], chunk):
            stop = start + chunk
            total += _chunk(x_nd[start:stop], cast_vd, target_n[start:stop], dx_nd[start:stop], dweight_dv)
        ctx.save_for_backward(dx_nd.div_(x_nd.shape[0]), dweight_dv.div_(x_nd.shape[0]))
        return total / x_nd.shape[0]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        dx_nd, dweight_dv = ctx.saved_tensors
        return dx_nd * grads[0], dweight_dv.t() * grads[0], None, None


def chunk_rows(vocab_size: int, device: str) -> int:
    """Rows whose float32 logits fill CHUNK_BYTES, at least 16."""
    budget = CHUNK_BYTES_CUDA if device == "cuda" else CHUNK_BYTES
    return max(16, budget // (4 * vocab_size))


def _chunk(x_cd: Tensor, weight_vd: Tensor, target_c: Tensor, dx_cd: Tensor, dweight_dv: Tensor) -> Tensor:
    """Summed loss of some rows; writes their gradient to `dx_cd` and adds that of the weight to `dweight_dv`."""
    cast_cd = x_cd.to(weight_vd.dtype)
    p_cv = torch.softmax(cast_cd @ weight_vd.t(), dim=1, dtype=torch.float32)
    at_target = torch.arange(target_c.shape[0], device=target_c.device) * p_cv.shape[1] + target_c
    p_c = p_cv.view(-1)[at_target]
    p_cv.view(-1)[at_target] = p_c - 1  # from here on p_cv is the gradient of the logits
    dlogits_cv = p_cv.to(weight_vd.dtype)
    # The outputs are transposed where that is quicker: a product with 8 columns is 3 times slower than one with 8 rows.
    dx_cd.copy_((weight_vd.t() @ dlogits_cv.t()).t())
    if weight_vd.dtype == torch.float32:
        dweight_dv.addmm_(cast_cd.t(), dlogits_cv)
    else:
        dweight_dv.add_(cast_cd.t() @ dlogits_cv)
    return -p_c.clamp_min(torch.finfo(torch.float32).tiny).log().sum()
