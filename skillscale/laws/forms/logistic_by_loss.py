"""A share of right answers that rises from chance to a ceiling as the loss falls."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skillscale.laws.forms.by_loss import ByLoss
from skillscale.laws.forms.law import Array, Parameter, columns, parts
from skillscale.laws.forms.logistic import rise
from skillscale.laws.forms.objective import WEIGHTED_SQUARES, Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticByLoss(ByLoss):
    """P(L) = chance + c · (1 − chance) / (1 + e^(k · (L − L_mid)))

    Half way up where the loss is L_mid. c ≤ 1 is the share of the way from chance to always right that it ends at. The
    loss is that of the task (Bhagia et al. 2024, second step) or of the language model (Du et al. 2024).
    """

    axes: tuple[str, ...] = ("answer_nll",)
    objective: Objective = WEIGHTED_SQUARES

    name: ClassVar[str] = "logistic-by-loss"
    also: ClassVar[tuple[str, ...]] = ("chance",)
    signed: ClassVar[bool] = True
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="c", low=0.0, high=1.0, linear=True),
        Parameter(name="L_mid", low=-1e3, high=1e3, along=0),
        Parameter(name="k", low=1e-3, high=1e3, positive=True, starts=(0.5, 2.0, 8.0, 30.0)),  # nats, bits, by byte
    )

    def predict(self, theta: Array, x: Array) -> Array:
        c, L_mid, k = parts(theta)
        chance = x[..., 1]
        return chance + c * (1 - chance) * rise(k * (L_mid - x[..., 0]))

    def gradient(self, theta: Array, x: Array) -> Array:
        c, L_mid, k = parts(theta)
        room = 1 - x[..., 1]
        below = L_mid - x[..., 0]
        risen = rise(k * below)
        steep = c * room * risen * (1 - risen)
        return columns(room * risen, steep * k, steep * below)

    def guessed(self, theta: Array, known: Array, x: Array) -> Array:
        """As of the logistic along a scale: all that it rises below the smallest known loss, where that is not half way up."""
        smallest = known[:, 0].argmin()
        if theta[1] >= known[smallest, 0]:
            return np.zeros(len(x))
        return np.abs(self.predict(theta, x) - self.predict(theta, known[[smallest]]))

    def slope(self, theta: Array, x: Array) -> Array:
        return -self.gradient(theta, x)[..., 1]  # the curve depends on L_mid − L alone
