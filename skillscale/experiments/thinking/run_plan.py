"""What a run of `skillscale think run` asks, of whom: everything that its results follow from, and the name that this gives it."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Literal

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.experiments.thinking.english_ways import ENGLISH
from skillscale.experiments.thinking.pocket_ways import POCKET
from skillscale.experiments.thinking.prompting import prompt_version
from skillscale.experiments.thinking.talking import Limits, Problem, Way
from skillscale.models.hosted.address import refuse_keys_in
from skillscale.models.hosted.calling import MOST_TOKENS
from skillscale.tasks.puzzles import PuzzleKind

N_EXAMPLES = 3
MOST_SAMPLES, MOST_PROBLEMS = 10_000, 100_000
MOST_TRIES = 1_000_000  # of a run, in all its ways; they are held in memory
PREFILLING = ("sagemaker", "sglang", "vllm")  # Inspect's providers that go on with a message of the model's own

Language = Literal["English", "pocket"]
LANGUAGES: dict[Language, dict[str, Way]] = {"English": ENGLISH, "pocket": POCKET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model that is asked: a hosted one by name, at `base_url` where it is a server's; or a checkpoint, named by its fingerprint.

    `name` is what it is called in tables.
    """

    name: str
    local: bool
    base_url: str | None = None
    fingerprint: str | None = None

    @property
    def called(self) -> str:
        """What calls name it: a checkpoint stays the same wherever its folder lies."""
        return self.name if self.fingerprint is None else f"checkpoint {self.fingerprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkPlan:
    """A run before it is made. `difficulties` share the `n_problems` evenly; `prefills`: the model goes on with a message of its own."""

    model: Asked
    kind: PuzzleKind[Any]
    language: Language
    ways: tuple[str, ...]
    difficulties: tuple[int, ...]
    n_problems: int = 50
    n_samples: int = 16
    seed: int = 0
    temperature: float = 0.7
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    verifier: Asked | None = None
    prefills: bool = False

    def __post_init__(self) -> None:
        self._refuse_ways()
        for name, value, most in (
            ("samples", self.n_samples, MOST_SAMPLES),
            ("problems", self.n_problems, MOST_PROBLEMS),
            ("tokens", self.limits.max_tokens, MOST_TOKENS),
        ):
            if not 1 <= value <= most:
                raise SkillscaleError(f"{value:,} {name} were asked for; give from 1 to {most:,}.")
        n_tries = self.n_problems * self.n_samples * len(self.ways)
        if n_tries > MOST_TRIES:
            raise SkillscaleError(
                f"{n_tries:,} tries were asked for, samples of problems in all ways; a run has at most {MOST_TRIES:,}, so ask for fewer."
            )
        if not 0 <= self.temperature <= 2:
            raise SkillscaleError(f"A temperature of {self.temperature:g} was asked for; give one from 0 to 2.")
        if self.seed < 0:
            raise SkillscaleError(f"The seed was given as {self.seed}; give a whole number from 0 on.")
        budgets = self.limits.budgets
        if not budgets or list(budgets) != sorted(set(budgets)) or not 1 <= budgets[0] <= budgets[-1] <= MOST_TOKENS:
            raise SkillscaleError(f"Budgets of {list(budgets)} tokens were asked for; give rising ones from 1 on.")
        for url in (self.model.base_url, None if self.verifier is None else self.verifier.base_url):
            if url is not None:
                refuse_keys_in(url)

    def _refuse_ways(self) -> None:
        known = LANGUAGES[self.language]
        unknown = [way for way in self.ways if way not in known]
        if unknown:
            hint = " Self-consistency is the majority of `worked`." if "self-consistency" in unknown else ""
            raise SkillscaleError(
                f"No way of asking in {self.language} words is called {unknown[0]!r}; there are {', '.join(known)}.{hint}"
            )
        if not self.ways or len(set(self.ways)) < len(self.ways):
            raise SkillscaleError(f"The ways {list(self.ways)} were asked for; give at least one, each once.")

    @property
    def labels(self) -> tuple[str, ...]:
        """The curves of the run: a way, or each part of one that has parts."""
        parts = {
            "budget": [f"budget {tokens}" for tokens in self.limits.budgets],
            "revise": [f"revise {n}" for n in range(self.limits.revisions + 1)],
        }
        return tuple(label for way in self.ways for label in parts.get(way, [way]))

    def problems(self) -> list[Problem]:
        """The puzzles, each from a seed of its own, so that more problems go on from fewer."""
        with_examples = "few-shot" in self.ways
        problems: list[Problem] = []
        for number in range(self.n_problems):
            difficulty = self.difficulties[number % len(self.difficulties)]
            puzzle = self.kind.make(np.random.default_rng([self.seed, number]), difficulty)
            examples = self._examples(number, difficulty, puzzle) if with_examples else ()
            problems.append(Problem(number=number, difficulty=difficulty, puzzle=puzzle, examples=examples))
        return problems

    def _examples(self, number: int, difficulty: int, puzzle: Any) -> tuple[tuple[Any, str], ...]:
        """Others of the same difficulty, with the answers of their solver."""
        found: list[tuple[Any, str]] = []
        for tried in count():
            other = self.kind.make(np.random.default_rng([self.seed, number, 1 + tried]), difficulty)
            # Of a few puzzles there are hardly any others; the same one twice is better than none.
            alike = other == puzzle or (tried < 100 and any(other == one for one, _ in found))
            answer = None if alike and tried < 1000 else self.kind.solve(other).answer
            if answer is not None:
                found.append((other, answer))
            if len(found) == N_EXAMPLES:
                break
        return tuple(found)

    @property
    def n_calls(self) -> int:
        """About how many calls of the model it takes: ways that ask again where they need to count with their usual number."""
        return self.n_problems * self.n_samples * sum(self.usual_calls(way) for way in self.ways)

    @property
    def n_checks(self) -> int:
        """At most how many calls of a hosted verifier: one for each different answer."""
        hosted = self.verifier is not None and not self.verifier.local
        return self.n_problems * self.n_samples * len(self.labels) if hosted else 0

    def usual_calls(self, way: str) -> int:
        """Of one try."""
        usual = {"budget": 2 * len(self.limits.budgets), "calculator": 3, "revise": self.limits.revisions + 1}
        return usual.get(way, 1) if way != "least-to-most" else 6

    @property
    def record(self) -> dict[str, Any]:
        """All settings, as they stand in `run.json`; no key stands there, for keys are in the environment only."""
        return {
            "task": self.kind.name,
            "model": asdict(self.model),
            "language": self.language,
            "ways": list(self.ways),
            "difficulties": list(self.difficulties),
            "problems": self.n_problems,
            "samples": self.n_samples,
            "seed": self.seed,
            "temperature": self.temperature,
            **asdict(self.limits),
            "verifier": None if self.verifier is None else asdict(self.verifier),
            "prefills": self.prefills,
            "prompts": prompt_version(),
        }

    @property
    def key(self) -> str:
        """The run's name: the model's, the task's, and a hash of all settings. The same settings go on with the same run."""
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", self.model.name).strip("-.")[-48:]
        digest = hashlib.blake2b(json.dumps(self.record, sort_keys=True).encode(), digest_size=5).hexdigest()
        return f"{slug}-{self.kind.name}-{digest}"


def difficulties_of(kind: PuzzleKind[Any], asked: Sequence[int]) -> tuple[int, ...]:
    """Those asked for, else those that tables of the kind are made of. Raises SkillscaleError for one outside of the dial."""
    for difficulty in asked:
        kind.make(np.random.default_rng(0), difficulty)
    return tuple(sorted(set(asked))) or kind.difficulties
