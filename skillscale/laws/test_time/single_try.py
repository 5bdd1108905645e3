"""How likely one try solves a problem, over problems: families of distributions, and what counts of successes say of them.

Every family is held as the shares that it puts on bins of p, narrow in log odds, so that a likelihood, pass@k and a posterior are sums
over bins, whatever the family. Each stands with and without a point mass at p = 0, problems that no number of tries solves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import betainc, expit, ndtr

from skillscale.laws.intervals import Array

# f point of a family's grid, b bin of p, o outcome (how many of n samples were right), z mass at 0, d draw

_ODDS = np.arange(-26.0, 10.01, 0.1)  # log odds between bins: 5e-12 to .99995
_EDGES = np.r_[0.0, expit(_ODDS), 1.0]
_LOW, _HIGH = _EDGES[:-1], _EDGES[1:]
_LEAST = 1e-300
_N_GRID, _N_ZERO = 20, 21
_MOST_ZERO = 0.98
_NEAR = 9.0  # nats below the best at which the grid is cut: exp(−9) of its height
_N_ZOOMS = 3

P_ZERO = 0.25  # how likely a mass at 0 is thought before any sample; see docs/test-time.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A distribution of p with two parameters, of which `bounds` are the ranges; `below(x, y)` is P(p ≤ edge) at all edges, (f, b + 1)."""

    name: str
    bounds: tuple[tuple[float, float], tuple[float, float]]
    below: Callable[[Array, Array], Array]


def _beta(x: Array, y: Array) -> Array:
    return betainc(np.exp(x)[:, None], np.exp(y)[:, None], _EDGES)


def _kumaraswamy(x: Array, y: Array) -> Array:
    with np.errstate(divide="ignore"):
        return -np.expm1(np.exp(y)[:, None] * np.log1p(-np.minimum(_EDGES ** np.exp(x)[:, None], 1.0)))


def _logit_normal(x: Array, y: Array) -> Array:
    return ndtr((np.r_[-np.inf, _ODDS, np.inf] - x[:, None]) / np.exp(y)[:, None])


# a and b in logarithms; mean and logarithm of the standard deviation of the log odds
FAMILIES: Mapping[str, Family] = {
    "beta": Family(name="beta", bounds=((-4, 3), (-3, 12)), below=_beta),
    "kumaraswamy": Family(name="kumaraswamy", bounds=((-4, 3), (-3, 15)), below=_kumaraswamy),
    "logit_normal": Family(name="logit_normal", bounds=((-20, 3), (-1.5, 2.3)), below=_logit_normal),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What was seen of problems: `weight_o` of them had an outcome, whose chance is `chance_ob` in a bin of p and `at_zero_o` at p = 0."""

    weight_o: Array
    chance_ob: Array
    at_zero_o: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """One family, with or without a mass at 0, after the evidence: draws of shares of bins, `share_db`, and of the mass, `zero_d`.

    `log_evidence` is the logarithm of the mean likelihood over the whole grid: how well the family said the data beforehand.
    """

    family: str
    has_zero: bool
    log_evidence: float
    share_db: Array
    zero_d: Array


def solved_by(k: float) -> Array:
    """1 − (1 − p)^k, its mean over each bin, (b,)."""
    # over a bin ∫ (1−p)^k dp = [(1−low)^(k+1) − (1−high)^(k+1)] / (k+1)
    low, high = np.log1p(-_LOW) * (k + 1), np.r_[np.log1p(-_HIGH[:-1]) * (k + 1), -np.inf]
    failed = -np.exp(low) * np.expm1(high - low) / ((k + 1) * (_HIGH - _LOW))
    return np.clip(1 - failed, 0.0, 1.0)


def chance_of_count(n_samples: Array, n_correct: Array) -> Array:
    """P(c of n right) up to a constant of its own, mean over each bin, (o, b): ∫ p^c (1−p)^(n−c) by the incomplete beta function."""
    n, c = n_samples[:, None].astype(float), n_correct[:, None].astype(float)
    below = betainc(c + 1, n - c + 1, _EDGES)
    above = betainc(n - c + 1, c + 1, 1 - _EDGES)  # where `below` is near 1 its differences are lost
    mass = np.where(below[:, 1:] < 0.5, np.diff(below, axis=1), -np.diff(above, axis=1))
    return np.maximum(mass / ((n + 1) * (_HIGH - _LOW)), _LEAST)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    """A family on a box of its parameters: shares of bins `share_fb`, masses at 0 `zero_z`, and the log likelihood `height_fz`."""

    x_f: Array
    y_f: Array
    zero_z: Array
    share_fb: Array
    height_fz: Array

    @property
    def near_fz(self) -> Array:
        return self.height_fz > self.height_fz.max() - _NEAR


def posterior(
    family: Family, evidence: Evidence, *, has_zero: bool, n_draws: int, rng: np.random.Generator
) -> Posterior:
    """Flat over the family's bounds and over the mass at 0; the grid is narrowed until it covers what the evidence leaves possible."""
    whole = np.array([*family.bounds, (0.0, _MOST_ZERO)])
    box = whole
    grid = _grid(family, evidence, box, has_zero)
    for _ in range(_N_ZOOMS):
        if grid.near_fz.mean() > 0.15:
            break
        box = _around(grid, box, whole, has_zero)
        grid = _grid(family, evidence, box, has_zero)
    sides = (box[:, 1] - box[:, 0]) / (whole[:, 1] - whole[:, 0])
    volume = float(np.prod(sides if has_zero else sides[:2]))
    highest = float(grid.height_fz.max())
    likely = np.exp(grid.height_fz - highest).ravel()
    drawn = rng.choice(likely.size, n_draws, p=likely / likely.sum())
    n_zero = len(grid.zero_z)
    return Posterior(
        family=family.name,
        has_zero=has_zero,
        log_evidence=highest + float(np.log(likely.mean() * volume)),
        share_db=grid.share_fb[drawn // n_zero],
        zero_d=grid.zero_z[drawn % n_zero],
    )


def _grid(family: Family, evidence: Evidence, box: Array, has_zero: bool) -> _Grid:
    x, y = (np.linspace(float(low), float(high), _N_GRID) for low, high in box[:2])
    zero_z = np.linspace(float(box[2, 0]), float(box[2, 1]), _N_ZERO) if has_zero else np.zeros(1)
    x_f, y_f = (part.ravel() for part in np.meshgrid(x, y, indexing="ij"))
    shares = _whole_shares(family.name) if np.array_equal(box[:2], np.array(family.bounds)) else None
    share_fb = _shares(family, x_f, y_f) if shares is None else shares
    chance_fo = share_fb @ evidence.chance_ob.T
    mixed_fzo = (1 - zero_z)[:, None] * chance_fo[:, None] + zero_z[:, None] * evidence.at_zero_o
    height_fz = np.log(np.maximum(mixed_fzo, _LEAST)) @ evidence.weight_o
    return _Grid(x_f=x_f, y_f=y_f, zero_z=zero_z, share_fb=share_fb, height_fz=height_fz)


def _shares(family: Family, x_f: Array, y_f: Array) -> Array:
    return np.maximum(np.diff(family.below(x_f, y_f), axis=1), 0.0)


@lru_cache
def _whole_shares(name: str) -> Array:
    """Shares over the whole bounds of a family, with which every forecast begins."""
    x, y = (np.linspace(float(low), float(high), _N_GRID) for low, high in FAMILIES[name].bounds)
    x_f, y_f = (part.ravel() for part in np.meshgrid(x, y, indexing="ij"))
    return _shares(FAMILIES[name], x_f, y_f)


def _around(grid: _Grid, box: Array, whole: Array, has_zero: bool) -> Array:
    """The box that holds what is likely and one step of the grid more on each side, within `whole`."""
    f, z = np.nonzero(grid.near_fz)
    found = box.copy()
    for i, places in enumerate((grid.x_f[f], grid.y_f[f], grid.zero_z[z])[: 3 if has_zero else 2]):
        step = (box[i, 1] - box[i, 0]) / ((_N_GRID, _N_GRID, _N_ZERO)[i] - 1)
        found[i] = max(whole[i, 0], places.min() - step), min(whole[i, 1], places.max() + step)
    return found
