"""Whether a grader favours models of its own family: a difference in differences, over texts that several families graded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate, interval_of
from skillscale.laws.skill_mix.pairing import pairs_of
from skillscale.tasks.skill_mix.grading import Grading

Text = tuple[str, str]  # model, combination

# Services that serve models of many makers: the maker is the next part of the name.
SERVICES = frozenset(
    "azureai bedrock fireworks groq hf hf-inference-providers huggingface ollama openai-api openrouter sglang together vertex vllm".split()
)
FEWEST = 5  # combinations; fewer make no interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyBias:
    """How much more of the points `grader` grants than graders of other families do, to its own family less to the others.

    In shares of points; `own` and `other` are the two differences. `bias.n` counts combinations, one that is the same at several k once.
    """

    grader: str
    family: str
    own: float
    other: float
    bias: Estimate

    @property
    def significant(self) -> bool:
        return self.bias.low is not None and self.bias.low > 0


def family_of(name: str, given: str | None = None) -> str | None:
    """The family a model belongs to: as given, or the maker in its name, `openai` for openai/gpt-4o; None where neither says it."""
    if given is not None:
        return given.casefold()
    parts = [part for part in name.casefold().split("/") if part]
    while len(parts) > 1 and parts[0] in SERVICES:
        parts = parts[1:]
    return parts[0] if len(parts) > 1 else None


def family_biases(gradings: Sequence[Grading], *, level: float = LEVEL, seed: int = 0) -> list[FamilyBias]:
    """For every grader whose family made one of the models, and other families made and graded others."""
    family = {one.model: family_of(one.model, one.model_family) for one in gradings}
    of_grader = {one.grader: family_of(one.grader, one.grader_family) for one in gradings}
    granted, pairs = _granted(gradings), pairs_of(gradings)
    found: list[FamilyBias] = []
    for grader, own in sorted(of_grader.items()):
        others = [name for name, theirs in of_grader.items() if None not in (own, theirs) and theirs != own]
        gaps = {
            text: by_grader[grader] - float(np.mean([by_grader[name] for name in others if name in by_grader]))
            for text, by_grader in granted.items()
            if grader in by_grader and any(name in by_grader for name in others) and family[text[0]] is not None
        }
        to_own = {text: gap for text, gap in gaps.items() if family[text[0]] == own}
        to_other = {text: gap for text, gap in gaps.items() if family[text[0]] != own}
        if own is not None and to_own and to_other:
            found.append(_bias(grader, own, to_own, to_other, pairs, level, seed))
    return found


def _granted(gradings: Sequence[Grading]) -> dict[Text, dict[str, float]]:
    """(model, combination) → grader → the share of points that it granted, over all readable gradings."""
    points: dict[Text, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in gradings:
        points[one.model, one.combination][one.grader] += [point for point in one.judged if point is not None]
    return {
        text: {grader: float(np.mean(said)) for grader, said in by_grader.items() if said}
        for text, by_grader in sorted(points.items())
    }


def _bias(
    grader: str,
    family: str,
    to_own: dict[Text, float],
    to_other: dict[Text, float],
    pairs: Mapping[str, str],
    level: float,
    seed: int,
) -> FamilyBias:
    """Combinations are drawn whole, with the texts of all models on them, at every k."""
    names = sorted({pairs[combination] for _, combination in (*to_own, *to_other)})
    own, other = float(np.mean(list(to_own.values()))), float(np.mean(list(to_other.values())))
    bias = Estimate(value=own - other, low=None, high=None, n=len(names))
    if min(len({pairs[name] for _, name in texts}) for texts in (to_own, to_other)) >= FEWEST:
        weight_dc = np.random.default_rng(seed).standard_exponential((N_DRAWS, len(names)))
        draws = _weighted(to_own, pairs, names, weight_dc) - _weighted(to_other, pairs, names, weight_dc)
        bias = interval_of(own - other, draws, level, len(names))
    return FamilyBias(grader=grader, family=family, own=own, other=other, bias=bias)


def _weighted(gaps: dict[Text, float], pairs: Mapping[str, str], names: list[str], weight_dc: Array) -> Array:
    place = {name: i for i, name in enumerate(names)}
    total_c, n_c = np.zeros((2, len(names)))
    for (_, combination), gap in gaps.items():
        total_c[place[pairs[combination]]] += gap
        n_c[place[pairs[combination]]] += 1
    return (weight_dc @ total_c) / (weight_dc @ n_c)
