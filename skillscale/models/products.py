"""Differentiable pieces of a Llama block, each one pass forward and one pass back.

Weights stay in float32; `dtype` is what the matrix products are computed in. Where autograd would keep a tensor for
each elementwise step, these keep what their gradient needs and nothing else.
"""

# n rows (batch × position), d width, o outputs, f inputs of a projection

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

NORM_EPS = 1e-6


class NormLinear(Function):
    """RMS norm of `x_nd`, then one product for each weight: `(x·rsqrt(mean x² + eps)·scale_d) W_odᵀ`."""

    @staticmethod
    def forward(ctx: Any, x_nd: Tensor, scale_d: Tensor, dtype: torch.dtype, *weights_od: Tensor) -> tuple[Tensor, ...]:
        scaled_od = [(weight * scale_d).to(dtype) for weight in weights_od]
        inverse_n1, y_nd = _normalised(x_nd)
        y_nd = y_nd.to(dtype)
        ctx.save_for_backward(y_nd, inverse_n1, scale_d, *weights_od, *scaled_od)
        return tuple(y_nd @ weight.t() for weight in scaled_od)

    @staticmethod
    def backward(ctx: Any, *grads_no: Tensor) -> tuple[Tensor | None, ...]:
        y_nd, inverse_n1, scale_d, *weights = ctx.saved_tensors
        weights_od, scaled_od = weights[: len(grads_no)], weights[len(grads_no) :]
        dy_nd = grads_no[0] @ scaled_od[0]
        for grad_no, weight in zip(grads_no[1:], scaled_od[1:], strict=True):
            dy_nd.addmm_(grad_no, weight)
        dscaled_od = [(grad_no.t() @ y_nd).to(scale_d.dtype) for grad_no in grads_no]
        dscale_d = torch.stack([(d * w).sum(0) for d, w in zip(dscaled_od, weights_od, strict=True)]).sum(0)
        dx_nd = _normalised_backward(dy_nd.to(scale_d.dtype), y_nd, inverse_n1)
        return dx_nd, dscale_d, None, *(d.mul_(scale_d) for d in dscaled_od)


class AddLinear(Function):
    """`x_nd + y_nf W_dfᵀ`: a projection back onto the residual stream, which stays in float32."""

    @staticmethod
    def forward(ctx: Any, x_nd: Tensor, y_nf: Tensor, weight_df: Tensor) -> Tensor:
        cast_df = weight_df.to(y_nf.dtype)
        ctx.save_for_backward(y_nf, cast_df)
        if y_nf.dtype == x_nd.dtype:
            return torch.addmm(x_nd, y_nf, cast_df.t())
        return x_nd + y_nf @ cast_df.t()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (grad_nd,) = grads
        y_nf, cast_df = ctx.saved_tensors
        cast_nd = grad_nd.to(y_nf.dtype)
        return grad_nd, cast_nd @ cast_df, (cast_nd.t() @ y_nf).to(grad_nd.dtype)


class SwiGlu(Function):
    """`silu(gate) · up`."""

    @staticmethod
    def forward(ctx: Any, gate_nf: Tensor, up_nf: Tensor) -> Tensor:
        ctx.save_for_backward(gate_nf, up_nf)
        return functional.silu(gate_nf).mul_(up_nf)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (grad_nf,) = grads
        gate_nf, up_nf = ctx.saved_tensors
        dgate_nf = torch.ops.aten.silu_backward(grad_nf * up_nf, gate_nf)
        return dgate_nf, functional.silu(gate_nf).mul_(grad_nf)


class Rotate(Function):
    """Rotary position embedding of `x_bthe` by the angles of `cos_t1e` and `sin_t1e`.

    The halves of a head are exchanged by a product with the signed permutation `swap_ee`: exact, and several times
    quicker on a CPU than moving pieces of 4–8 numbers.
    """

    @staticmethod
    def forward(ctx: Any, x_bthe: Tensor, cos_t1e: Tensor, sin_t1e: Tensor, swap_ee: Tensor) -> Tensor:
        ctx.save_for_backward(cos_t1e, sin_t1e, swap_ee)
        return (x_bthe * cos_t1e).addcmul_(x_bthe @ swap_ee, sin_t1e)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        # sin is equal in both halves of a head, so the swap may come before it is applied; and swapᵀ = −swap
        (grad_bthe,) = grads
        cos_t1e, sin_t1e, swap_ee = ctx.saved_tensors
        return (grad_bthe * cos_t1e).addcmul_(grad_bthe @ swap_ee, sin_t1e, value=-1), None, None, None


def _normalised(x_nd: Tensor) -> tuple[Tensor, Tensor]:
    """The inverse root mean square of each row, (n, 1), and the rows multiplied by it."""
    square_n1 = torch.linalg.vector_norm(x_nd, dim=-1, keepdim=True).square_()
    inverse_n1 = square_n1.div_(x_nd.shape[-1]).add_(NORM_EPS).rsqrt_()
    return inverse_n1, x_nd * inverse_n1


def _normalised_backward(dy_nd: Tensor, y_nd: Tensor, inverse_n1: Tensor) -> Tensor:
    along_n1 = (dy_nd * y_nd).sum(-1, keepdim=True).div_(-y_nd.shape[-1])
    return torch.addcmul(dy_nd, along_n1, y_nd).mul_(inverse_n1)
