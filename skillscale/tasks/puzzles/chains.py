"""Chains of customs: functions on symbols, applied one after the other."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.corpora.world import World
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS, custom_names
from skillscale.corpora.world.strands.customs import COMMON, MAX_K, Customs
from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, is_text, refuse_difficulty
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

N_SYMBOLS, N_TABLES = 8, 4  # of an invented puzzle
MOST_SYMBOLS, MOST_TABLES, MOST_STEPS = 64, 64, 32
LONGEST = 1_000  # characters of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`outputs[i][j]` is what custom `names[i]` makes of `symbols[j]`. The customs of `chain` are applied from the left, to `start`.

    `world`: the seed of the pocket world whose customs these are; None for invented ones.
    """

    symbols: tuple[str, ...]
    names: tuple[str, ...]
    outputs: tuple[tuple[str, ...], ...]
    chain: tuple[str, ...]
    start: str
    world: int | None = None

    def __post_init__(self) -> None:
        known, names = {*self.symbols}, {*self.names}
        words = (*self.symbols, *self.names)
        if len(known) + len(names) < len(words) or any(not word.isalpha() for word in words):
            raise SkillscaleError(
                "Symbols and names of customs are words of letters, each listed once; mend the lists."
            )
        for name, outputs in zip(self.names, self.outputs, strict=True):
            if len(outputs) != len(self.symbols) or not {*outputs} <= known:
                raise SkillscaleError(
                    f"The table of {shown(name)} must have one of the symbols for each of the {len(self.symbols)} symbols."
                )
        strange = [name for name in self.chain if name not in names]
        if strange or self.start not in known:
            raise SkillscaleError(
                f"The chain asks for {shown((strange or [self.start])[0])}, which has no table or is no symbol; list it."
            )

    def values(self) -> list[str]:
        """What each step gives."""
        tables = dict(zip(self.names, self.outputs, strict=True))
        at = {symbol: i for i, symbol in enumerate(self.symbols)}
        found: list[str] = []
        value = self.start
        for name in self.chain:
            value = tables[name][at[value]]
            found.append(value)
        return found

    def to_json(self) -> dict[str, Any]:
        tables = {name: list(of) for name, of in zip(self.names, self.outputs, strict=True)}
        held = {"symbols": list(self.symbols), "tables": tables, "chain": list(self.chain), "start": self.start}
        return {"kind": "chains"} | held | ({} if self.world is None else {"world": self.world})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """The difficulty is the number of customs applied. `customs` None: tables are invented for each puzzle, and stand in the prompt.

    Steps: to solve, each value looked up; to check, the same and one comparison, for there is no quicker check.
    """

    name: str = "chains"
    about: str = "Applying several customs, each a table from symbols to symbols, one after the other."
    dial: str = "customs applied"
    difficulties: tuple[int, ...] = (1, 2, 3, 4, 6, 8)
    customs: Customs | None = None
    world: int | None = None
    unseen: bool = False

    def make(self, rng: np.random.Generator, difficulty: int) -> Chain:
        refuse_difficulty(self.name, difficulty, 1, MAX_K, self.dial)
        if self.customs is not None:
            return self._of_world(self.customs, rng, difficulty)
        symbols = tuple(str(word) for word in rng.choice(SYMBOLS, N_SYMBOLS, replace=False))
        names = tuple(str(word) for word in rng.choice(custom_names(), N_TABLES, replace=False))
        outputs = tuple(tuple(symbols[i] for i in rng.integers(0, N_SYMBOLS, N_SYMBOLS)) for _ in names)
        chain = tuple(names[i] for i in rng.integers(0, N_TABLES, difficulty))
        return Chain(
            symbols=symbols, names=names, outputs=outputs, chain=chain, start=symbols[int(rng.integers(N_SYMBOLS))]
        )

    def _of_world(self, customs: Customs, rng: np.random.Generator, k: int) -> Chain:
        """Customs of the world as they are used there, among the COMMON commonest; held out or not, as asked."""
        weights = customs.weights_f[:COMMON] / customs.weights_f[:COMMON].sum()
        chain = tuple(str(name) for name in rng.choice(customs.names[:COMMON], k, p=weights))
        while k > 1 and customs.held_out(chain) != self.unseen:
            chain = tuple(str(name) for name in rng.choice(customs.names[:COMMON], k, p=weights))
        names = tuple(dict.fromkeys(chain))
        outputs = tuple(tuple(SYMBOLS[i] for i in customs.table_fs[customs.rank[name]]) for name in names)
        start = SYMBOLS[int(rng.integers(len(SYMBOLS)))]
        return Chain(symbols=SYMBOLS, names=names, outputs=outputs, chain=chain, start=start, world=self.world)

    def state(self, puzzle: Chain) -> str:
        tables = "\n".join(
            f"{name}: " + ", ".join(f"{a} → {b}" for a, b in zip(puzzle.symbols, outputs, strict=True))
            for name, outputs in zip(puzzle.names, puzzle.outputs, strict=True)
        )
        first, *others = puzzle.chain
        then = "".join(f", then apply {name} to the result" for name in others)
        return (
            f"Each of these customs turns one thing into another:\n\n{tables}\n\nApply {first} to {puzzle.start}{then}. What comes out?\n\n"
            "End with a line that says Answer: and then the final thing alone, one word."
        )

    def pocket(self, puzzle: Chain) -> str | None:
        """`two babo keto rose =`, to be answered at once; None for invented customs, whose names mean other things in the world."""
        if puzzle.world is None or len(puzzle.chain) > MAX_K:
            return None
        return " ".join((COUNTS[len(puzzle.chain) - 1], *puzzle.chain, puzzle.start, "="))

    def pocket_worked(self, puzzle: Chain) -> str | None:
        """`two babo keto rose :`, to be answered step by step; None also for a single custom, which has no steps."""
        direct = self.pocket(puzzle)
        return None if direct is None or len(puzzle.chain) < 2 else f"{direct[:-1]}:"

    def verify(self, puzzle: Chain, answer: str) -> Verdict:
        """The answer is one symbol, or steps, `=` and one symbol as the pocket world writes worked chains; only the result is judged."""
        steps, sign, result = answer[: LONGEST + 1].lower().rpartition("=")
        said = result.strip().removesuffix(".")
        known = {symbol.lower() for symbol in puzzle.symbols}
        if len(answer) > LONGEST or said not in known:
            return Verdict(valid=False, reason=f"{shown(result.strip())} is not one of the symbols.")
        if sign and not (steps.split() and {*steps.split()} <= known):
            return Verdict(valid=False, reason="What stands before the = are no steps.")
        right = puzzle.values()[-1]
        if said != right.lower():
            return Verdict(valid=False, reason=f"The chain does not give {said}.")
        return Verdict(valid=True, reason=f"The chain gives {right}.")

    def solve(self, puzzle: Chain) -> Solved:
        return Solved(answer=puzzle.values()[-1], steps=len(puzzle.chain))

    def near_miss(self, puzzle: Chain, rng: np.random.Generator) -> str:
        """What stands before the last step, half of the time where that is wrong; else any other output of the last custom."""
        values = puzzle.values()
        before = values[-2] if len(values) > 1 else puzzle.start
        outputs = puzzle.outputs[puzzle.names.index(puzzle.chain[-1])]
        others = sorted({*outputs} - {values[-1]}) or sorted({*puzzle.symbols} - {values[-1]})
        if before != values[-1] and rng.random() < 0.5:
            return before
        return others[int(rng.integers(len(others)))]

    def checking_steps(self, puzzle: Chain) -> int:
        return len(puzzle.chain) + 1

    def from_json(self, given: Any) -> Chain:
        read = Given(self.name, given, ("symbols", "tables", "chain", "start"), ("world",))
        tables = read.fields["tables"]
        if not (isinstance(tables, dict) and 1 <= len(tables) <= MOST_TABLES and all(map(_is_table, tables.items()))):
            raise read.bad("tables", f"an object of 1 to {MOST_TABLES} lists of symbols by the customs' names")
        return Chain(
            symbols=read.texts("symbols", 20, 2, MOST_SYMBOLS),
            names=tuple(tables),
            outputs=tuple(tuple(outputs) for outputs in tables.values()),
            chain=read.texts("chain", 20, 1, MOST_STEPS),
            start=read.text("start", 20),
            world=read.whole("world", 0, 2**63 - 1) if read.has("world") else None,
        )


def _is_table(item: tuple[Any, Any]) -> bool:
    name, outputs = item
    return (
        is_text(name, 20)
        and isinstance(outputs, list)
        and len(outputs) <= MOST_SYMBOLS
        and all(is_text(one, 20) for one in outputs)
    )


def chains_of_world(world: World, *, unseen: bool = False) -> Chains:
    """Chains of a pocket world's own customs; with `unseen`, only tuples that its training text never has (for k ≥ 2).

    Raises SkillscaleError for a world without customs.
    """
    customs = world.strands.get("customs")
    if not isinstance(customs, Customs):
        raise SkillscaleError("This world has no customs; give the strand a share, such as --share customs=.4.")
    return Chains(customs=customs, world=world.config.seed, unseen=unseen)
