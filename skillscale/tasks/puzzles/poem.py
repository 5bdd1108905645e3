"""Constrained poems: given end words that rhyme, an acrostic, and so many words in each line. Sense is not checked."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, refuse_difficulty
from skillscale.tasks.puzzles.lexicon import lexicon, words_by_initial
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

RHYMES: tuple[tuple[str, ...], ...] = tuple(
    tuple(words.split())
    for words in (
        "night light sight flight bright delight tonight knight",
        "day way stay grey play today clay away",
        "sea free tree key bee agree knee plea",
        "rain train lane chain plain again grain vein",
        "moon soon tune noon spoon balloon June dune",
        "stone alone bone throne phone grown unknown tone",
        "sound round ground found bound around crowned hound",
        "ring sing wing spring string king bring swing",
        "snow glow slow below know crow throw flow",
        "heart part start art chart apart smart cart",
    )
)
ACROSTICS = ("sun dew oak ice", "moon rain lamp leaf", "river stone light bread", "garden winter candle harbor", "morning feather lantern thunder", "mountain daughter sunlight platform")  # fmt: skip
FEWEST_WORDS, MOST_WORDS, MOST_LINES = 3, 12, 12
LONGEST = 2_000  # characters of an answer
WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
AROUND = ".,;:!?…\"'’‘“”()—–-*_"  # marks that may stand around a word
VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """By line: its last word, its first letter and its number of words."""

    ends: tuple[str, ...]
    initials: str
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.ends) == len(self.initials) == len(self.counts):
            raise SkillscaleError(
                "A poem has one end word, one initial and one number of words for each line; mend the lists."
            )
        if not (self.initials.isascii() and self.initials.isalpha() and self.initials.islower()):
            raise SkillscaleError(f"The initials of a poem are letters a-z; found {shown(self.initials)}.")
        wrong = next((end for end in self.ends if not is_word(end)), None)
        if wrong is not None:
            raise SkillscaleError(f"The end words of a poem are English words of letters a-z; found {shown(wrong)}.")
        if len({end.lower() for end in self.ends}) < len(self.ends):
            raise SkillscaleError("The end words of a poem differ from each other; one of them is given twice.")

    def to_json(self) -> dict[str, Any]:
        return {"kind": "poem", "ends": list(self.ends), "initials": self.initials, "counts": list(self.counts)}


def is_word(text: str) -> bool:
    """Letters a-z with a vowel or y, at most 20, hyphens and apostrophes inside; of one letter only a, I and O."""
    if not WORD.fullmatch(text) or len(text) > 20 or not VOWEL.search(text):
        return False
    return len(text) > 1 or text in ("a", "A", "I", "O")


@dataclass(frozen=True, slots=True, kw_only=True)
class Poem:
    """The difficulty is the number of lines, 2 to 8.

    Steps: to solve, each word of our lexicon tried for a place; to check, each word of the poem, and for each line its first letter, its last
    word and its number of words.
    """

    name: str = "poem"
    about: str = (
        "Writing lines with given end words, given first letters and so many words in each; sense is not checked."
    )
    dial: str = "lines"
    difficulties: tuple[int, ...] = (2, 3, 4, 6, 8)

    def make(self, rng: np.random.Generator, difficulty: int) -> Form:
        """Rhymes in pairs; the first letters spell a word where there is one of that length."""
        refuse_difficulty(self.name, difficulty, 2, 8, self.dial)
        words = ["go", "we"] if difficulty == 2 else ACROSTICS[difficulty - 3].split()
        pairs = -(-difficulty // 2)
        ends: list[str] = []
        for group in rng.choice(len(RHYMES), pairs, replace=False):
            ends += [str(word) for word in rng.choice(RHYMES[group], 2, replace=False)]
        return Form(
            ends=tuple(ends[:difficulty]),
            initials=words[int(rng.integers(len(words)))],
            counts=tuple(int(n) for n in rng.integers(4, 9, difficulty)),
        )

    def state(self, puzzle: Form) -> str:
        lines = "\n".join(
            f"Line {at}: {count} words, the first begins with {initial.upper()}, the last is {end}."
            for at, (end, initial, count) in enumerate(zip(puzzle.ends, puzzle.initials, puzzle.counts, strict=True), 1)
        )
        return (
            f"Write a poem of {len(puzzle.ends)} lines in English that keeps to this:\n\n{lines}\n\nUse letters A to Z only, no word twice in "
            "one line, no numbers, no empty lines and no title. A word with a hyphen or an apostrophe is one word.\n\n"
            "End with a line that says Answer: and below it the poem."
        )

    def pocket(self, puzzle: Form) -> str | None:
        """The pocket world has no rhymes."""
        return None

    def verify(self, puzzle: Form, answer: str) -> Verdict:
        """Line by line. What counts as a word says `is_word`; whether it is one of English, or makes sense, is not checked."""
        if len(answer) > LONGEST:
            return _no("The answer is far too long for this poem.")
        lines = answer.strip().splitlines()
        if len(lines) != len(puzzle.ends):
            return _no(f"The poem has {len(lines)} lines, not {len(puzzle.ends)}.")
        for at, line in enumerate(lines):
            problem = _problem_of(line, puzzle.ends[at], puzzle.initials[at], puzzle.counts[at])
            if problem is not None:
                return _no(f"Line {at + 1} {problem}.")
        return Verdict(valid=True, reason="Every line has its first letter, its last word and its number of words.")

    def solve(self, puzzle: Form) -> Solved:
        """The first words of our lexicon that fit; x has none, and is given `xylem`."""
        steps = 0
        lines: list[str] = []
        for end, initial, count in zip(puzzle.ends, puzzle.initials, puzzle.counts, strict=True):
            line = [end.lower()]
            places = [(initial, words_by_initial()[initial] or ("xylem",))] + [("", lexicon(4))] * (count - 2)
            first: list[str] = []
            for _, words in places:
                word = next(word for word in words if word not in (*first, *line))
                steps += words.index(word) + 1
                first.append(word)
            lines.append(" ".join((*first, end)).capitalize() if first[0] != "i" else " ".join((*first, end)))
        return Solved(answer="\n".join(lines), steps=steps)

    def near_miss(self, puzzle: Form, rng: np.random.Generator) -> str:
        """One line of a right poem has a word too few or too many, another last word, or another first letter."""
        lines = [line.split() for line in (self.solve(puzzle).answer or "").split("\n")]
        line = lines[int(rng.integers(len(lines)))]
        which = int(rng.integers(4))
        if which == 0:
            line.insert(1, "quite")
        elif which == 1:
            del line[1]
        elif which == 2:
            line[-1], line[-2] = line[-2], line[-1]
        else:
            line[0] = "zest" if line[0][0].lower() != "z" else "amber"
        return "\n".join(" ".join(words) for words in lines)

    def checking_steps(self, puzzle: Form) -> int:
        return sum(puzzle.counts) + 3 * len(puzzle.counts)

    def from_json(self, given: Any) -> Form:
        read = Given(self.name, given, ("ends", "initials", "counts"))
        return Form(
            ends=read.texts("ends", 20, 1, MOST_LINES),
            initials=read.text("initials", MOST_LINES),
            counts=read.wholes("counts", FEWEST_WORDS, MOST_WORDS, 1, MOST_LINES),
        )


def _no(reason: str) -> Verdict:
    return Verdict(valid=False, reason=reason)


def _problem_of(line: str, end: str, initial: str, count: int) -> str | None:
    """What a line breaks, as the rest of a sentence; None where it keeps all."""
    words = [word for word in (part.strip(AROUND) for part in line.split()) if word]
    strange = next((word for word in words if not is_word(word)), None)
    if strange is not None:
        return f"has {shown(strange, 20)}, which is no word of letters A to Z"
    if len(words) != count:
        return f"has {len(words)} words, not {count}"
    lower = [word.lower() for word in words]
    if lower[0][0] != initial:
        return f"begins with {words[0][0]}, not {initial.upper()}"
    if lower[-1] != end.lower():
        return f"ends in {shown(words[-1], 20)}, not {end}"
    twice = next((word for word in lower if lower.count(word) > 1), None)
    return None if twice is None else f"has {shown(twice, 20)} twice"
