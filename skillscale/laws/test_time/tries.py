"""What is known of problems that were tried: how many of n samples of each are right, or only pass@k at several k."""

from dataclasses import dataclass

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import Array
from skillscale.laws.test_time.coverage import pass_at_k

LEAST_PROBLEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tries:
    """`n_correct_i` of `n_samples_i` samples of each problem are right, both (i,) whole numbers."""

    n_samples_i: Array
    n_correct_i: Array

    def __post_init__(self) -> None:
        n, c = self.n_samples_i, self.n_correct_i
        if len(n) < LEAST_PROBLEMS:
            raise SkillscaleError(
                f"A forecast of coverage was asked of {len(n)} problems; give at least {LEAST_PROBLEMS}: it rests on how they differ."
            )
        if (
            len(n) != len(c)
            or np.any(n < 1)
            or np.any(c < 0)
            or np.any(c > n)
            or np.any(c != np.floor(c))
            or np.any(n != np.floor(n))
        ):
            raise SkillscaleError(
                "Counts of samples were given that are not whole numbers with 0 ≤ correct ≤ n and n ≥ 1; give those."
            )

    @property
    def n_problems(self) -> int:
        return len(self.n_samples_i)

    def only(self, most: int, rng: np.random.Generator) -> "Tries":
        """At most `most` samples of each problem, drawn without replacement: what no more than these would have said."""
        n = np.minimum(self.n_samples_i, most)
        right = rng.hypergeometric(self.n_correct_i, self.n_samples_i - self.n_correct_i, n)
        return Tries(n_samples_i=n, n_correct_i=np.asarray(right))

    def curve(self) -> "PassCurve":
        """pass@k at up to 30 k between 1 and the least number of samples, evenly in logarithm."""
        ks = np.unique(np.geomspace(1, self.n_samples_i.min(), 30).round().astype(int))
        values_ki = np.array([pass_at_k(self.n_samples_i, self.n_correct_i, int(k)) for k in ks])
        return PassCurve(
            k_k=ks.astype(float), pass_k=values_ki.mean(1), n_problems=self.n_problems, values_ki=values_ki
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassCurve:
    """pass@k, (k,), at rising k, a mean over `n_problems` (None where not known); `values_ki` by problem where they are known."""

    k_k: Array
    pass_k: Array
    n_problems: int | None = None
    values_ki: Array | None = None

    def __post_init__(self) -> None:
        k, share = self.k_k, self.pass_k
        if len(k) == 0 or len(k) != len(share) or np.any(np.diff(k) <= 0) or np.any(k < 1) or np.any(k != np.floor(k)):
            raise SkillscaleError(
                "A curve of pass@k needs whole numbers k from 1 on, each once, and a share for each; give those."
            )
        if not np.all((share >= 0) & (share <= 1)):
            raise SkillscaleError(
                "A curve of pass@k has values that are no shares between 0 and 1; give shares, not percent."
            )
        if np.any(np.diff(share) < -1e-6):
            raise SkillscaleError(
                "A curve of pass@k falls with k, which more samples of the same problems cannot do; give one series of one model and task."
            )

    def upto(self, most: float) -> "PassCurve":
        """Only k ≤ `most`. Raises SkillscaleError where that leaves fewer than two."""
        keep = self.k_k <= most
        if keep.sum() < 2:
            raise SkillscaleError(
                f"A forecast from k ≤ {most:g} was asked for and the curve has {int(keep.sum())} such k; give at least two, or raise --fit-below."
            )
        values = None if self.values_ki is None else self.values_ki[keep]
        return PassCurve(k_k=self.k_k[keep], pass_k=self.pass_k[keep], n_problems=self.n_problems, values_ki=values)
