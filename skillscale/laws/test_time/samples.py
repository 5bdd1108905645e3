"""n samples of each of several items: which answer each gave, whether it is right, and what a verifier scored it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.errors import SkillscaleError

Array = np.ndarray

# i item, s sample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """`answer_is` numbers the answers of an item from 0, equal answers alike; where `readable_is` is False it says nothing.

    `right_is` is False for what cannot be read. `score_is` is the verifier's score, NaN where it gave none; None without a verifier.
    """

    answer_is: Array
    readable_is: Array
    right_is: Array
    score_is: Array | None = None

    def __post_init__(self) -> None:
        shapes = {
            part.shape for part in (self.answer_is, self.readable_is, self.right_is, self.score_is) if part is not None
        }
        if len(shapes) != 1 or self.answer_is.ndim != 2 or 0 in self.answer_is.shape:
            raise SkillscaleError(
                f"Samples were given as tables of the shapes {sorted(shapes)}; give tables of one shape, items by samples, that are not empty."
            )
        if self.answer_is.min() < 0 or self.answer_is.max() >= max(self.n_samples, 2):
            raise SkillscaleError(
                f"Answers are numbered {self.answer_is.min()} to {self.answer_is.max()} among {self.n_samples} samples; number those of each item from 0."
            )
        if np.any(self.right_is & ~self.readable_is):
            raise SkillscaleError(
                "A sample is marked right whose answer could not be read; mark it wrong, or give its answer."
            )
        self._refuse_two_verdicts()

    def _refuse_two_verdicts(self) -> None:
        """An answer is right or wrong, whichever sample gave it: selectors choose answers."""
        n_classes = int(self.answer_is.max()) + 1
        flat = (np.arange(len(self.answer_is))[:, None] * n_classes + self.answer_is)[self.readable_is]
        right = np.bincount(flat, self.right_is[self.readable_is], len(self.answer_is) * n_classes)
        count = np.bincount(flat, minlength=len(right))
        if np.any((right > 0) & (right < count)):
            item = int(np.flatnonzero((right > 0) & (right < count))[0]) // n_classes
            raise SkillscaleError(
                f"Item {item} has samples with the same answer, one right and one wrong; judge answers, not samples."
            )

    @property
    def n_items(self) -> int:
        return self.answer_is.shape[0]

    @property
    def n_samples(self) -> int:
        return self.answer_is.shape[1]

    @property
    def n_correct_i(self) -> Array:
        """How many samples of each item are right, (i,)."""
        return self.right_is.sum(1)


def gather_samples(
    answers: Sequence[Sequence[str | None]],
    right: Sequence[Sequence[bool]],
    scores: Sequence[Sequence[float | None]] | None = None,
) -> Samples:
    """Samples from what was said: a row for each item, as many samples in each; None for an answer that could not be read.

    Raises SkillscaleError for rows of different lengths: n samples of some items and fewer of others have no common curve.
    """
    for name, rows in (
        ("answers", answers),
        ("verdicts", right),
        ("scores", scores if scores is not None else answers),
    ):
        lengths = {len(row) for row in rows}
        if len(rows) != len(answers) or len(lengths) != 1 or lengths != {len(answers[0])}:
            raise SkillscaleError(
                f"The {name} of {len(rows)} items have {sorted(lengths)} samples each; give the same items with equally many samples everywhere."
            )
    answer_is = np.zeros((len(answers), len(answers[0])), dtype=np.int64)
    for i, row in enumerate(answers):
        numbers: dict[str, int] = {}
        answer_is[i] = [0 if said is None else numbers.setdefault(said, len(numbers)) for said in row]
    score_is = None
    if scores is not None:
        score_is = np.array([[np.nan if score is None else score for score in row] for row in scores], dtype=float)
    return Samples(
        answer_is=answer_is,
        readable_is=np.array([[said is not None for said in row] for row in answers], dtype=bool),
        right_is=np.asarray(right, dtype=bool),
        score_is=score_is,
    )
