"""A hosted solver of puzzles and a checker for tests, decided by hashes of what they are asked, and what scores follow from that.

The scores are computed here a second time, from the puzzles alone: by enumeration, without the package's prompts, parsing or statistics.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np

from skillscale.models.hosted.provider import seed_of
from skillscale.tasks.puzzles import puzzle_kind
from tests.hosted_server import Answer, Request, share


@dataclass(slots=True)
class Solver:
    """Knows the puzzles of a run by heart; is right with probability `skill` (less at higher difficulty), else says one of two wrong answers.

    `silent`: how often it says no answer; `cut`: how often its message is cut off within the answer.
    """

    task: str
    n_problems: int
    difficulties: tuple[int, ...]
    skill: float = 0.6
    silent: float = 0.0
    cut: float = 0.0
    seed: int = 0
    puzzles: list[Any] = field(init=False)
    stated: list[str] = field(init=False)

    def __post_init__(self) -> None:
        kind = puzzle_kind(self.task)
        self.puzzles = [
            kind.make(np.random.default_rng([self.seed, i]), self.difficulties[i % len(self.difficulties)])
            for i in range(self.n_problems)
        ]
        self.stated = [kind.state(one) for one in self.puzzles]

    def right(self, i: int) -> str:
        answer = puzzle_kind(self.task).solve(self.puzzles[i]).answer
        assert answer is not None
        return answer

    def wrong(self, i: int, which: int) -> str:
        return f"{1000 + which}.5"  # of the task comparison: one decimal number, and neither of the two

    def says(self, i: int, seed: int) -> str | None:
        """Its answer to problem i in a call with that seed; None where it says none."""
        if share(i, seed, "silent") < self.silent:
            return None
        if share(i, seed, "skill") < self.skill * (0.5 + share(i, "easy")):
            return self.right(i)
        return self.wrong(i, int(2 * share(i, seed, "which")))

    def is_cut(self, i: int, seed: int) -> bool:
        return share(i, seed, "cut") < self.cut

    def score(self, i: int, answer: str) -> int:
        """What its checker says, in percent: often higher for right answers."""
        return int(100 * (0.3 * (answer == self.right(i)) + 0.7 * share(i, answer, "score")))

    def answer(self, request: Request) -> Answer:
        """What the server says."""
        text = "\n".join(one["content"] for one in request["messages"])
        i = max((at, i) for i, stated in enumerate(self.stated) if (at := text.rfind(stated)) >= 0)[1]
        if "checker" in request["model"]:
            quoted = re.search(r"^<text-\w+>\n(.*)\n</text-", text, re.MULTILINE)
            assert quoted is not None
            return Answer(text=f"I looked at it.\nAnswer: {self.score(i, json.loads(quoted[1]))}")
        said = self.says(i, request["seed"])
        if said is None:
            return Answer(text="Hm, let me see. First this, then that.\n\nI do not know.")
        return Answer(text=f"Let me think.\n\nAnswer: {said}", cut=self.is_cut(i, request["seed"]))

    def answers(self, way: str, n: int) -> list[list[str | None]]:
        """By problem, the answers of its n samples in a way of one call; None where there is none."""
        found: list[list[str | None]] = []
        for i in range(self.n_problems):
            seeds = [seed_of(f"s{self.seed}/p{i:03}/{way}/t0#{sample}") for sample in range(n)]
            found.append([None if self.is_cut(i, seed) else self.says(i, seed) for seed in seeds])
        return found

    def expected(self, answers: Sequence[Sequence[str | None]], k: int) -> dict[str, float]:
        """pass@k and each selector at k, in expectation over all subsets of k samples, by enumeration."""
        rows = [self._of_problem(i, row, k) for i, row in enumerate(answers)]
        return {name: fmean(row[name] for row in rows) for name in rows[0]}

    def _of_problem(self, i: int, row: Sequence[str | None], k: int) -> dict[str, float]:
        right = self.right(i)
        subsets = list(combinations(row, k))
        return {
            "pass_at_k": fmean(right in subset for subset in subsets),
            "majority": fmean(self._voted(i, subset, weighted=False) for subset in subsets),
            "weighted": fmean(self._voted(i, subset, weighted=True) for subset in subsets),
            "best_of_n": fmean(self._best(i, subset) for subset in subsets),
        }

    def _voted(self, i: int, subset: Sequence[str | None], *, weighted: bool) -> float:
        votes: dict[str, float] = {}
        for one in subset:
            if one is not None:
                votes[one] = votes.get(one, 0) + (self.score(i, one) / 100 if weighted else 1)
        tied = [one for one, of in votes.items() if of >= max(votes.values()) - 1e-9]
        return sum(one == self.right(i) for one in tied) / len(tied) if tied else 0.0

    def _best(self, i: int, subset: Sequence[str | None]) -> float:
        known = [one for one in subset if one is not None]
        most = max((self.score(i, one) for one in known), default=0)
        tied = [one for one in known if self.score(i, one) == most]
        return sum(one == self.right(i) for one in tied) / len(tied) if tied else 0.0
