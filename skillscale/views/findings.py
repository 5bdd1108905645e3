"""What the laws found, as charts and sentences need it. Views show it; they never fit anything themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.laws import Emergence, Fit, Forecasts, Interval
from skillscale.laws.emergence.classification import EmergenceClass
from skillscale.laws.emergence.decomposition import Decomposition
from skillscale.laws.emergence.loss_threshold import LossThreshold
from skillscale.laws.forecasts.ranking import Ranking
from skillscale.laws.forecasts.saturation import Saturation
from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.laws.theory.on_ladder import TheoryOnLadder
from skillscale.views.reasoning import Reasoning
from skillscale.views.wording import rung_label

Axis = str  # one of laws.forms.law.AXES
# the most telling first
CLASSES: tuple[EmergenceClass, ...] = ("emergent", "smooth", "flat", "inverse", "uncorrelated", "cannot tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A law's value at one place of its axis; `band` is None where the uncertainty is not known."""

    x: float
    value: float
    band: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawCurve:
    """A fitted law drawn along one axis. `group` is the token count, or the width, that is held constant.

    Along `n_params` the group is a token count (`"4000000"`), along `n_tokens` a rung (`"d64"`); None is one curve
    for all points.
    """

    axis: Axis
    points: tuple[CurvePoint, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFinding:
    """One fit of the loss: its equation, what came out, and whether to believe it.

    `floor` names the parameter that is the irreducible loss. `advice` says what is wrong where `converged` is false.
    """

    law: str
    equation: str
    params: Mapping[str, float]
    intervals: Mapping[str, Interval]
    converged: bool
    advice: str = ""
    floor: str | None = None
    curves: tuple[LawCurve, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFinding:
    """What was said of a held-out checkpoint before it was looked at. `measured` is None where it was not measured."""

    task: str
    metric: str
    model: str
    predicted: float
    interval: Interval
    measured: float | None
    stderr: float | None = None

    @property
    def inside(self) -> bool | None:
        return None if self.measured is None else self.measured in self.interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """All that was concluded from one family of the table, or from several. `level` is that of every interval, e.g. .9.

    `fit` is what `laws` and `ahead` are drawn from, where a law was fitted; `problems` says what could not be concluded.
    """

    families: tuple[str, ...]
    level: float = 0.9
    axis: Axis = "n_params"  # along which tasks are drawn
    loss_task: str = "language"
    loss_metric: str = "loss_nats"
    held_out_runs: tuple[str, ...] = ()
    fit: Fit | None = None
    laws: tuple[LawFinding, ...] = ()
    ahead: tuple[Forecasts, ...] = ()  # with every held-out row; `forecasts` has the largest of each
    forecasts: tuple[ForecastFinding, ...] = ()
    classes: tuple[Emergence, ...] = ()
    thresholds: tuple[LossThreshold, ...] = ()  # of the tasks that emerge: the loss at which they leave chance
    decomposition: Decomposition | None = None  # of the overall score between its smallest and largest scale
    ranking: Ranking | None = None  # of several laws of the loss
    saturations: Mapping[str, Saturation] = field(default_factory=dict[str, Saturation])  # by the name of the curve
    problems: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    theory: TheoryOnLadder | None = None  # None where no checkpoint was asked pieces of known skills
    reasoning: Reasoning | None = None
    novelty: NoveltyOnLadder | None = None  # None where no checkpoint was asked pieces of the pocket world
    corpus: Path | None = None  # folder of the packed corpus that the family was trained on; None for imported rows

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise SkillscaleError(f"The level of the intervals is {self.level}; give a share between 0 and 1.")

    @property
    def title(self) -> str:
        return self.families[0] if len(self.families) == 1 else f"{len(self.families)} families"

    @property
    def held_out_rungs(self) -> list[str]:
        """The rungs that the laws were fitted without, each once."""
        return list(dict.fromkeys(rung_label(run) for run in self.held_out_runs))

    def curves(self, axis: Axis) -> list[LawCurve]:
        return [curve for law in self.laws for curve in law.curves if curve.axis == axis]

    def law_along(self, axis: Axis) -> LawFinding | None:
        """The first law that is drawn along `axis`."""
        return next((law for law in self.laws if any(curve.axis == axis for curve in law.curves)), None)

    def class_of(self, task: str, metric: str) -> Emergence | None:
        return next((found for found in self.classes if (found.task, found.metric) == (task, metric)), None)

    def threshold_of(self, task: str) -> LossThreshold | None:
        return next((found for found in self.thresholds if found.task == task), None)

    def loss_forecast(self) -> ForecastFinding | None:
        return next(
            (found for found in self.forecasts if (found.task, found.metric) == (self.loss_task, self.loss_metric)),
            None,
        )
