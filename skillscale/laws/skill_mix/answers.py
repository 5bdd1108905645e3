"""Gradings put together: the verdict on each text of one model, by one grader, at one k."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.skill_mix.pairing import pairs_of
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.metrics import METRICS, Array, majority, strict
from skillscale.tasks.skill_mix.names import mentioned_skills

# c combination, g generation, r grading, p point (k skills, topic, sense, length), s skill


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What one grader said of one model's texts on combinations of k skills: the majority of each point.

    `pairs` names each combination the same at every k. `points_cgp` and `mentioned_cgs` hold 1, 0, or NaN where missing; a skill's mention is missing where no text was given.
    `missing` counts gradings with a missing point by their reason; a generation without any grading is missing too.
    """

    model: str
    grader: str
    k: int
    combinations: tuple[str, ...]
    pairs: tuple[str, ...]
    skills: tuple[tuple[str, ...], ...]
    public: tuple[bool | None, ...]
    generations: tuple[int, ...]
    points_cgp: Array
    mentioned_cgs: Array
    n_gradings: int
    missing: Mapping[str, int]

    def values(self, metric: str, *, stricter: bool = False) -> Array:
        """A metric of each text, (c, g), NaN where missing. `stricter`: skills that the text names are lost."""
        points = strict(self.points_cgp, self.mentioned_cgs) if stricter else self.points_cgp
        return METRICS[metric](points)

    def without(self, skills: frozenset[str]) -> "Answers":
        """Only combinations that have none of `skills`."""
        keep = np.array([skills.isdisjoint(own) for own in self.skills], dtype=bool)
        return self.only(keep)

    def only(self, keep_c: Array) -> "Answers":
        """Only the combinations that are marked."""
        kept = np.flatnonzero(keep_c)
        return Answers(
            model=self.model,
            grader=self.grader,
            k=self.k,
            combinations=tuple(self.combinations[i] for i in kept),
            pairs=tuple(self.pairs[i] for i in kept),
            skills=tuple(self.skills[i] for i in kept),
            public=tuple(self.public[i] for i in kept),
            generations=self.generations,
            points_cgp=self.points_cgp[kept],
            mentioned_cgs=self.mentioned_cgs[kept],
            n_gradings=self.n_gradings,
            missing=self.missing,
        )


def mean_of_one(values_cg: Array) -> Array:
    """The mean over the known generations of each combination, (c,), NaN where none is known."""
    known = ~np.isnan(values_cg)
    total, n = np.where(known, values_cg, 0.0).sum(1), known.sum(1)
    return np.divide(total, n, out=np.full(len(values_cg), np.nan), where=n > 0)


def best_of_n(values_cg: Array) -> Array:
    """The best generation of each combination, (c,), NaN where one is missing: the best of fewer is another, lower score."""
    if values_cg.shape[1] == 0:
        return np.full(len(values_cg), np.nan)
    return np.where(np.isnan(values_cg).any(1), np.nan, np.nan_to_num(values_cg).max(1))


OF = {"mean": mean_of_one, "best": best_of_n}


def gather(gradings: Sequence[Grading], aliases: Mapping[str, Sequence[str]] | None = None) -> list[Answers]:
    """All gradings by model, grader and k, in this order. `aliases` are a skill's other names, for the stricter scores.

    Nothing depends on the order of the gradings.
    """
    groups: dict[tuple[str, str, int], list[Grading]] = defaultdict(list)
    for one in gradings:
        groups[one.model, one.grader, one.k].append(one)
    pairs = pairs_of(gradings)
    return [_answers(groups[key], pairs, aliases or {}) for key in sorted(groups)]


def _answers(own: list[Grading], pairs: Mapping[str, str], aliases: Mapping[str, Sequence[str]]) -> Answers:
    """The verdicts of one group."""
    first = own[0]
    by_name = {one.combination: one for one in own}
    combinations = tuple(sorted(by_name))
    generations = tuple(sorted({one.generation for one in own}))
    ratings = tuple(sorted({one.grading for one in own}))
    place = {name: i for i, name in enumerate(combinations)}
    shape = (len(combinations), len(generations))
    votes_cgpr = np.full((*shape, first.k + 2, len(ratings)), np.nan)
    length_cg1 = np.full((*shape, 1), np.nan)
    mentioned_cgs = np.full((*shape, first.k), np.nan)
    for one in own:
        at = place[one.combination], generations.index(one.generation)
        votes_cgpr[*at, :, ratings.index(one.grading)] = [np.nan if p is None else p for p in one.judged]
        if one.short_enough is not None:
            length_cg1[at] = one.short_enough
        if one.text is not None and np.isnan(mentioned_cgs[at]).all():
            mentioned_cgs[at] = mentioned_skills(one.text, one.skills, aliases)
    return Answers(
        model=first.model,
        grader=first.grader,
        k=first.k,
        combinations=combinations,
        pairs=tuple(pairs[name] for name in combinations),
        skills=tuple(by_name[name].skills for name in combinations),
        public=tuple(by_name[name].public for name in combinations),
        generations=generations,
        points_cgp=np.concatenate([majority(votes_cgpr), length_cg1], axis=-1),
        mentioned_cgs=mentioned_cgs,
        n_gradings=len(own),
        missing=dict(sorted(Counter(one.missing for one in own if one.missing is not None).items())),
    )
