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

CHUNK_BYTES = 2**21  # of float32 logits: 1–4 MB measured alike, .25 MB 10–25 % slower
CHUNK_BYTES_CUDA = 2**28


class UnembeddingLoss(Function):
    """Mean of −ln softmax(x_nd W_vdᵀ)[target] in nats, over n ≥ 1 rows; `dtype` is that of the products."""

    @staticmethod
    def forward(ctx: Any, x_nd: Tensor, weight_vd: Tensor, target_n: Tensor, dtype: torch.dtype) -> Tensor:
        n_rows, chunk = x_nd.shape[0], chunk_rows(weight_vd.shape[0], x_nd.device.type)
        cast_vd = weight_vd.to(dtype)
        buffer_cv = torch.empty(min(chunk, n_rows), weight_vd.shape[0], dtype=dtype, device=x_nd.device)
        dx_nd = torch.empty_like(x_nd)
        dweight_dv = torch.zeros_like(weight_vd.t(), memory_format=torch.contiguous_format)
        losses = [
            _chunk(x_nd[part], cast_vd, target_n[part], buffer_cv, dx_nd[part], dweight_dv)
            for part in (slice(start, start + chunk) for start in range(0, n_rows, chunk))
        ]
        ctx.save_for_backward(dx_nd.div_(n_rows), dweight_dv.div_(n_rows))
        return torch.stack(losses).sum() / n_rows

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        dx_nd, dweight_dv = ctx.saved_tensors
        return dx_nd * grads[0], dweight_dv.t() * grads[0], None, None


def chunk_rows(vocab_size: int, device: str) -> int:
    """Rows whose float32 logits fill CHUNK_BYTES, at least 16."""
    budget = CHUNK_BYTES_CUDA if device == "cuda" else CHUNK_BYTES
    return max(16, budget // (4 * vocab_size))


def _chunk(
    x_cd: Tensor, weight_vd: Tensor, target_c: Tensor, buffer_cv: Tensor, dx_cd: Tensor, dweight_dv: Tensor
) -> Tensor:
    """Summed loss of some rows; writes their gradient to `dx_cd` and adds that of the weight to `dweight_dv`."""
    cast_cd = x_cd.to(weight_vd.dtype)
    logits_cv = torch.mm(cast_cd, weight_vd.t(), out=buffer_cv[: x_cd.shape[0]])
    if weight_vd.dtype == torch.float32:
        p_cv = torch.softmax(logits_cv, dim=1, out=logits_cv)
    else:
        p_cv = torch.softmax(logits_cv, dim=1, dtype=torch.float32)
    at_target = torch.arange(target_c.shape[0], device=target_c.device) * p_cv.shape[1] + target_c
    p_c = p_cv.view(-1)[at_target]
    p_cv.view(-1)[at_target] = p_c - 1  # from here on p_cv is the gradient of the logits
    dlogits_cv = p_cv.to(weight_vd.dtype)
    # Transposed outputs: on a CPU a product with 8 columns takes 3 times as long as one with 8 rows.
    dx_cd.copy_((weight_vd.t() @ dlogits_cv.t()).t())
    if weight_vd.dtype == torch.float32:
        dweight_dv.addmm_(cast_cd.t(), dlogits_cv)
    else:
        dweight_dv.add_(cast_cd.t() @ dlogits_cv)
    return -p_c.clamp_min(torch.finfo(torch.float32).tiny).log().sum()
