"""Ways to ask a language model of the pocket world for the result of a chain, each with what it costs.

direct                two babo keto rose = fern
worked                two babo keto rose : lamp fern = fern
few-shot …            the same after other chains of as many customs, with their answers
least-to-most         one babo rose = lamp, then one keto lamp = fern: each a question of its own
forced                the worked chain, broken off after some of its own steps: `=` is forced
revised               worked again, after reading the own attempt
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.corpora.world.lexicon import COUNTS
from skillscale.experiments.thinking.problems import ChainProblem
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Sample
from skillscale.tasks.worked_chain import first_line, result_of

N_EXAMPLES = 2
N_REVISIONS = 2
MORE_TOKENS = 3  # beyond the steps of a chain: `=`, the result, the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Problem number `problem`, and what the model reads: earlier documents, each closed by its end token, and the beginning of one."""

    number: int
    problem: ChainProblem
    reading: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One answer to problem `problem`. `n_read` tokens were read and `n_later` more from the cache, over all questions it took.

    `right` is None where nothing could be asked, and `missing` says why. `sample` numbers the tries of one way: draws, revisions,
    or how many steps were allowed. `logprob` (nats) is of what was said last.
    """

    problem: int
    way: str
    sample: int
    said: str | None
    right: bool | None
    steps_right: bool | None
    logprob: float | None
    n_read: int
    n_later: int
    missing: str | None = None


def direct(model: LocalModel, problems: Sequence[ChainProblem]) -> list[Try]:
    """The answer at once: one token, greedily."""
    return _answers(model, "direct", _plainly(problems, [(one.direct,) for one in problems]))


def worked(model: LocalModel, problems: Sequence[ChainProblem]) -> list[Try]:
    """Every step, then the answer: greedily."""
    return _chains(model, "worked", _plainly(problems, [(one.worked,) for one in problems]))


def few_shot(
    model: LocalModel, problems: Sequence[ChainProblem], examples: Sequence[ChainProblem], seed: int
) -> list[Try]:
    """The answer at once, and every step, each after the same other chains with theirs."""
    pairs = list(zip(problems, _examples(problems, examples, seed), strict=True))
    direct = [(*(other.direct_document for other in some), one.direct) for one, some in pairs]
    worked = [(*(other.worked_document for other in some), one.worked) for one, some in pairs]
    return [
        *_answers(model, "few-shot direct", _plainly(problems, direct)),
        *_chains(model, "few-shot worked", _plainly(problems, worked)),
    ]


def sampled(model: LocalModel, problems: Sequence[ChainProblem], *, n: int, temperature: float, seed: int) -> list[Try]:
    """n worked chains of each problem, drawn at random."""
    asked = _plainly(problems, [(one.worked,) for one in problems])
    drawn = _said(model, asked, n=n, temperature=temperature, seed=seed)
    return [
        _chain(one, "sampled", j, sample)
        for one, samples in zip(asked, drawn, strict=True)
        for j, sample in enumerate(samples)
    ]


def revised(model: LocalModel, problems: Sequence[ChainProblem]) -> list[Try]:
    """Worked again and again, each time after the own attempts before."""
    attempts: list[tuple[str, ...]] = [() for _ in problems]
    tries: list[Try] = []
    for revision in range(1 + N_REVISIONS):
        readings = [(*before, one.worked) for before, one in zip(attempts, problems, strict=True)]
        found = _chains(model, "revised", _plainly(problems, readings), sample=revision)
        attempts = [
            (*before, f"{one.worked} {first_line(again.said or '')}".strip())
            for before, again, one in zip(attempts, found, problems, strict=True)
        ]
        tries += found
    return tries


def forced(model: LocalModel, problems: Sequence[ChainProblem], chains: Sequence[Try]) -> list[Try]:
    """The model's own worked chain (`chains`, one of each problem) broken off after 0, 1 … steps, and the answer asked for."""
    tries: list[Try] = []
    for allowed in range(max((one.k for one in problems), default=0)):
        asked: list[Asked] = []
        for i, (problem, chain) in enumerate(zip(problems, chains, strict=True)):
            if allowed < problem.k and chain.said is not None:
                steps = first_line(chain.said).partition("=")[0].split()[:allowed]
                asked.append(Asked(number=i, problem=problem, reading=(" ".join((problem.worked, *steps, "=")),)))
        tries += _answers(model, "forced", asked, sample=allowed)
    return tries


def least_to_most(model: LocalModel, problems: Sequence[ChainProblem]) -> list[Try]:
    """One question for each custom; each goes on from the answer to the one before."""
    values = [problem.symbol for problem in problems]
    found: list[list[Sample]] = [[] for _ in problems]
    for place in range(max((one.k for one in problems), default=0)):
        able = [i for i, one in enumerate(problems) if place < one.k and not any(part.missing for part in found[i])]
        readings = [(f"{COUNTS[0]} {problems[i].customs[place]} {values[i]} =",) for i in able]
        answers = model.sample(readings, n=1, temperature=0.0, seed=0, max_new_tokens=1)
        for i, (sample,) in zip(able, answers, strict=True):
            found[i].append(sample)
            values[i] = (sample.text or "").strip()
    return [_composed(i, problem, some) for i, (problem, some) in enumerate(zip(problems, found, strict=True))]


def _composed(i: int, problem: ChainProblem, samples: Sequence[Sample]) -> Try:
    missing = next((one.missing for one in samples if one.missing is not None), None)
    said = tuple((one.text or "").strip() for one in samples)
    return Try(
        problem=i,
        way="least-to-most",
        sample=0,
        said=None if missing else " ".join(said),
        right=None if missing else said[-1] == problem.values[-1],
        steps_right=None if missing else said == problem.values,
        logprob=None if missing else sum(one.logprob or 0.0 for one in samples),
        n_read=sum(one.n_context for one in samples),
        n_later=sum(one.n_later for one in samples),
        missing=missing,
    )


def _examples(
    problems: Sequence[ChainProblem], examples: Sequence[ChainProblem], seed: int
) -> list[list[ChainProblem]]:
    """For each problem other chains of as many customs, or of any number where there are too few."""
    shown: list[list[ChainProblem]] = []
    for i, problem in enumerate(problems):
        rng = np.random.default_rng((seed, i))
        alike = [one for one in examples if one.k == problem.k]
        among = alike if len(alike) >= N_EXAMPLES else list(examples)
        shown.append([among[j] for j in rng.choice(len(among), min(N_EXAMPLES, len(among)), replace=False)])
    return shown


def _plainly(problems: Sequence[ChainProblem], readings: Sequence[tuple[str, ...]]) -> list[Asked]:
    pairs = zip(problems, readings, strict=True)
    return [Asked(number=i, problem=problem, reading=reading) for i, (problem, reading) in enumerate(pairs)]


def _answers(model: LocalModel, way: str, asked: Sequence[Asked], sample: int = 0) -> list[Try]:
    """What stands after the `=` that each reading ends with: one word."""
    drawn = model.sample([one.reading for one in asked], n=1, temperature=0.0, seed=0, max_new_tokens=1)
    return [
        Try(
            problem=one.number,
            way=way,
            sample=sample,
            said=heard.text,
            right=None if heard.text is None else heard.text.strip() == one.problem.values[-1],
            steps_right=None,
            logprob=heard.logprob,
            n_read=heard.n_context,
            n_later=heard.n_later,
            missing=heard.missing,
        )
        for one, (heard,) in zip(asked, drawn, strict=True)
    ]


def _chains(model: LocalModel, way: str, asked: Sequence[Asked], sample: int = 0) -> list[Try]:
    drawn = _said(model, asked, n=1, temperature=0.0, seed=0)
    return [_chain(one, way, sample, heard) for one, (heard,) in zip(asked, drawn, strict=True)]


def _said(model: LocalModel, asked: Sequence[Asked], *, n: int, temperature: float, seed: int) -> list[list[Sample]]:
    """Samples in the order of `asked`, each with as many tokens as its worked chain needs."""
    drawn: list[list[Sample]] = [[] for _ in asked]
    for k in sorted({one.problem.k for one in asked}):
        of_k = [i for i, one in enumerate(asked) if one.problem.k == k]
        found = model.sample(
            [asked[i].reading for i in of_k], n=n, temperature=temperature, seed=seed, max_new_tokens=k + MORE_TOKENS
        )
        for i, samples in zip(of_k, found, strict=True):
            drawn[i] = samples
    return drawn


def _chain(asked: Asked, way: str, sample: int, heard: Sample) -> Try:
    """A worked chain is judged by its result; `steps_right` by all of it."""
    said, values = heard.text, asked.problem.values
    return Try(
        problem=asked.number,
        way=way,
        sample=sample,
        said=said,
        right=None if said is None else result_of(said) == (values[-1],),
        steps_right=None if said is None else first_line(said).split() == [*values, "=", values[-1]],
        logprob=heard.logprob,
        n_read=heard.n_context,
        n_later=heard.n_later,
        missing=heard.missing,
    )
