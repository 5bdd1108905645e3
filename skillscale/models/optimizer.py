"""AdamW over all parameters at once: they share one flat tensor, so that a step is a handful of operations."""

from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.95)
EPS = 1e-9
CLIP_NORM = 1.0


class FlatAdamW:
    """Moves the parameters of `model` into flat tensors, of which they become views; matrices decay, norms do not."""

    def __init__(self, model: nn.Module, *, weight_decay: float) -> None:
        parameters = list(model.parameters())
        self.flat = [_flatten([p for p in parameters if p.ndim > 1]), _flatten([p for p in parameters if p.ndim == 1])]
        self.gradients = [flat.grad for flat in self.flat if flat.grad is not None]
        groups = [
            {"params": [flat], "weight_decay": decay}
            for flat, decay in zip(self.flat, (weight_decay, 0.0), strict=True)
        ]
        self.adamw = torch.optim.AdamW(groups, lr=0.0, betas=BETAS, eps=EPS, fused=True)

    def step(self, learning_rate: float) -> None:
        """Clip the gradients to norm 1, move the parameters, and zero the gradients."""
        norm = torch.stack([torch.linalg.vector_norm(gradient) for gradient in self.gradients]).norm()
        scale = (CLIP_NORM / (norm + 1e-6)).clamp_max(1.0)
        for gradient in self.gradients:
            gradient.mul_(scale)
        for group in self.adamw.param_groups:
            group["lr"] = learning_rate
        self.adamw.step()
        for gradient in self.gradients:
            gradient.zero_()

    def state(self) -> dict[str, Any]:
        """A copy of the parameters and of all that the next step depends on."""
        return {
            "flat": [flat.detach().clone() for flat in self.flat],
            "moments": [{name: value.clone() for name, value in self.adamw.state[flat].items()} for flat in self.flat],
        }

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        """Go back to an earlier `state()` of the same shapes."""
        for flat, content, moments in zip(self.flat, state["flat"], state["moments"], strict=True):
            flat.copy_(content)
            self.adamw.state[flat] = {
                name: value.clone() if name == "step" else value.to(flat.device, copy=True)
                for name, value in moments.items()
            }


@torch.no_grad()
def _flatten(parameters: list[Tensor]) -> nn.Parameter:
    flat = nn.Parameter(torch.cat([parameter.detach().reshape(-1) for parameter in parameters]))
    flat.grad = torch.zeros_like(flat)
    at = 0
    for parameter in parameters:
        part = slice(at, at + parameter.numel())
        parameter.data = flat.data[part].view(parameter.shape)
        parameter.grad = flat.grad[part].view(parameter.shape)
        at = part.stop
    return flat
