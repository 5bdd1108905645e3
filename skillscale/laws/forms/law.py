"""The seam: a law is an equation with named, bounded parameters, and the columns of the table it requires."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skillscale.errors import SkillscaleError
from skillscale.laws.forms.objective import Objective

Array = NDArray[np.float64]

AXES = ("inference_flops", "k", "n_params", "n_params_total", "n_tokens", "train_flops", "unique_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One unknown of a law, searched between `low` and `high`.

    `positive`: searched by its logarithm. `linear`: the law is linear in it while the others stay fixed, so a
    start needs no guess for it (variable projection). The others say where the search sets out: at `starts`, for a
    number without a unit (an exponent), or `along` the values of an axis, for one that is itself a scale. `guessed`:
    the law's `guess` finds it from the rows, given those.
    """

    name: str
    low: float
    high: float
    positive: bool = False
    linear: bool = False
    starts: tuple[float, ...] = ()
    along: int | None = None  # which of the law's axes
    guessed: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.positive and self.low <= 0):
            raise SkillscaleError(
                f"Parameter {self.name} is to lie between {self.low} and {self.high}; give bounds that leave room."
            )
        if self.linear + bool(self.starts) + (self.along is not None) + self.guessed != 1:
            raise SkillscaleError(f"Parameter {self.name}: give one of linear=True, starts, along, guessed=True.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law(ABC):
    """An equation. Its docstring's first line is the equation, with θ in the order of `parameters`.

    Shapes: n rows, p parameters, and any leading dimensions of θ (many starts or resamples are worked on at once).
    `axes` are the columns it runs along (of the table, or the names of other metrics of the same models), and
    `objective` is how a distance from a measurement counts. Each is a choice:
    `Chinchilla(axes=("n_params_total", "n_tokens"))`, `replace(CHINCHILLA, objective=LEAST_SQUARES)`.
    """

    axes: tuple[str, ...]
    objective: Objective

    name: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    also: ClassVar[tuple[str, ...]] = ()  # columns it needs that are not scales, e.g. the chance level
    signed: ClassVar[bool] = False  # whether its axes may hold any number; otherwise only positive ones

    def __post_init__(self) -> None:
        usual: object = next(f.default for f in fields(self) if f.name == "axes")
        n_axes = len(usual) if isinstance(usual, tuple) else 0
        if len(self.axes) != n_axes or len(set(self.axes)) != n_axes:
            raise SkillscaleError(
                f"{self.name} was asked to run along {', '.join(self.axes) or 'nothing'}. Give {n_axes} different"
                f" column{'s' * (n_axes > 1)}, such as {', '.join(AXES[2:])}."
            )

    @property
    def requires(self) -> tuple[str, ...]:
        """Columns a row must have for this law to use it; the columns of `x`, in order."""
        return (*self.axes, *self.also)

    @property
    def equation(self) -> str:
        return (type(self).__doc__ or "").strip().splitlines()[0]

    @property
    def steps(self) -> tuple["Law", ...]:
        """The laws that are fitted one after the other, each to its own measurement; most laws are one step."""
        return (self,)

    def guess(self, theta: Array, x: Array, y: Array) -> Array:
        """θ (b, p) with its `guessed` parameters found from the rows (n, columns), (n,); nothing is guessed by default."""
        return theta

    @abstractmethod
    def predict(self, theta: Array, x: Array) -> Array:
        """(…, p), (n, columns of `requires`) -> (…, n), in the metric's unit."""

    @abstractmethod
    def gradient(self, theta: Array, x: Array) -> Array:
        """∂ predict / ∂ θ: (…, p), (n, columns) -> (…, n, p)."""

    def guessed(self, theta: Array, known: Array, x: Array) -> Array:
        """How much of each prediction, (n,) in the metric's unit, the `known` rows (m, columns) bear out nothing of: for most laws 0."""
        del theta, known
        return np.zeros(len(x))


def parts(theta: Array) -> list[Array]:
    """The parameters one by one, each (…, 1) so that it broadcasts against n rows."""
    return [theta[..., i, None] for i in range(theta.shape[-1])]


def columns(*values: Array) -> Array:
    """Derivatives by one parameter each, (…, n), stacked into (…, n, p).

    In memory the rows of one parameter stand together, which the fitter's matrix products read twice as fast.
    """
    stacked = np.empty((*np.broadcast_shapes(*(v.shape[:-1] for v in values)), len(values), values[-1].shape[-1]))
    for i, value in enumerate(values):
        stacked[..., i, :] = value
    return np.moveaxis(stacked, -2, -1)
