"""A share of right answers that rises from chance to a ceiling."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skillscale.laws.forms.law import Array, Law, Parameter, columns, parts
from skillscale.laws.forms.objective import WEIGHTED_SQUARES, Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic(Law):
    """P(x) = chance + c · (1 − chance) / (1 + (x_mid / x)^k)

    A logistic curve in ln x of steepness k, half way up at x_mid. c ≤ 1 is the share of the way from chance to
    always right that it ends at. The chance level is each row's own. Ruan et al. 2024, eq. 3, along compute.
    """

    axes: tuple[str, ...] = ("n_params",)
    objective: Objective = WEIGHTED_SQUARES

    name: ClassVar[str] = "logistic"
    also: ClassVar[tuple[str, ...]] = ("chance",)
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="c", low=0.0, high=1.0, linear=True),
        Parameter(name="x_mid", low=1e-6, high=1e40, positive=True, along=0),
        Parameter(name="k", low=0.05, high=20.0, positive=True, starts=(0.3, 0.7, 1.5, 3.0, 6.0)),
    )

    def predict(self, theta: Array, x: Array) -> Array:
        c, x_mid, k = parts(theta)
        chance = x[:, 1]
        return chance + c * (1 - chance) * rise(k * np.log(x[:, 0] / x_mid))

    def gradient(self, theta: Array, x: Array) -> Array:
        c, x_mid, k = parts(theta)
        room = 1 - x[:, 1]
        log_ratio = np.log(x[:, 0] / x_mid)
        risen = rise(k * log_ratio)
        steep = c * room * risen * (1 - risen)
        return columns(room * risen, -steep * k / x_mid, steep * log_ratio)

    def guessed(self, theta: Array, known: Array, x: Array) -> Array:
        """All that it rises beyond the known rows, where these do not reach half way up: its ceiling and steepness are not seen yet."""
        largest = known[:, 0].argmax()
        if theta[1] <= known[largest, 0]:
            return np.zeros(len(x))
        return np.abs(self.predict(theta, x) - self.predict(theta, known[[largest]]))


def rise(z: Array) -> Array:
    """1 / (1 + e^−z), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))
