"""Warm-up, stable, decay, with decays branched off (Hägele et al. 2024): which steps are taken, at which learning rate.

One trunk holds the learning rate. At (1 − decay_share)·mark tokens a branch leaves it, decays over the rows that
follow and ends at the mark; then the trunk goes on from where the branch left. The last branch is the trunk's own end.
"""

from dataclasses import dataclass

from skillscale.models.rung import Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Steps `start` … `stop − 1`, in the trunk or (with a `mark`, in tokens) in the branch that decays to it."""

    start: int
    stop: int
    mark: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The segments in the order in which they are trained. A step is one batch; step i takes the i-th batch of rows."""

    segments: tuple[Segment, ...]
    warmup_steps: int
    peak: float

    @property
    def n_steps_total(self) -> int:
        return sum(segment.stop - segment.start for segment in self.segments)

    def steps_before(self, index: int) -> int:
        """Steps taken before the segment `index`, those of earlier branches included."""
        return sum(segment.stop - segment.start for segment in self.segments[:index])

    def learning_rate(self, index: int, step: int) -> float:
        """Of `step` in the segment `index`: linear warm-up, the peak, and in a branch linear decay that ends above 0."""
        segment = self.segments[index]
        warm = min(1.0, (step + 1) / self.warmup_steps) if self.warmup_steps else 1.0
        if segment.mark is None:
            return self.peak * warm
        return self.peak * warm * (segment.stop - step) / (segment.stop - segment.start + 1)


def schedule_of(rung: Rung, *, tokens_per_row: float) -> Schedule:
    """`tokens_per_row` is the corpus's mean of predicted tokens: it turns token counts into steps, the same for all rungs.

    A mark is met to within half a batch.
    """
    per_step = rung.batch_rows * tokens_per_row
    segments: list[Segment] = []
    at = 0
    for mark in rung.marks:
        stop = max(1, round(mark / per_step))
        fork = min(max(at, round((1 - rung.decay_share) * mark / per_step)), stop - 1)
        if fork > at:
            segments.append(Segment(start=at, stop=fork))
        segments.append(Segment(start=fork, stop=stop, mark=mark))
        at = fork
    return Schedule(
        segments=tuple(segments), warmup_steps=round(rung.warmup_tokens / per_step), peak=rung.learning_rate
    )
