"""Word problems: a short story of buying, losing and sharing, with exact whole numbers and sentences that do not matter."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, is_whole, refuse_difficulty
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

PEOPLE = ("Amara", "Bruno", "Chen", "Dalia", "Emil", "Farah", "Goran", "Hana", "Ilse", "Jamal", "Kofi", "Lena")
THINGS = ("marbles", "stamps", "pencils", "apples", "shells", "buttons", "cards", "beads", "coins", "seeds")
# What happens, by name: its sentence, how many numbers it has, and how many operations it takes.
EVENTS: dict[str, str] = {
    "boxes": "{person} buys {a} boxes with {b} {things} in each.",
    "doubles": "A friend then gives {person} as many {things} as {person} has by then.",
    "finds": "{person} finds {a} {things} in an old drawer.",
    "friends": "Each of {a} friends brings {person} as many {things} as {person} has by then.",
    "gains": "{person} gets {a} more {things} as a present.",
    "gives": "{person} gives {a} {things} to a neighbour.",
    "halves": "{person} sells half of the {things}.",
    "loses": "On the way home {person} loses {a} {things}.",
    "piles": "{person} shares the {things} out evenly among {a} jars, keeps one jar and gives the others away.",
}
ASIDES: tuple[str, ...] = (
    "The shop is open for {a} hours a day.",
    "It is {a} minutes on foot from the shop to the house.",
    "A cousin owns {a} {things}, and keeps them.",
    "There were {a} people in the queue.",
    "Last year {person} wanted {a} {things}, but did not get them.",
    "The house has the number {a}.",
)
MOST_EVENTS, MOST_ASIDES = 12, 12
LARGEST = 100_000  # no count on the way is larger
NUMBER = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens to the count; `a` and `b` are the numbers of its sentence, None where it has none."""

    what: str
    a: int | None = None
    b: int | None = None

    def apply(self, count: int) -> int | None:
        """The count afterwards; None where it would not be a whole number from 0 to LARGEST."""
        a, b = self.a or 0, self.b or 0
        if self.what in ("halves", "piles"):
            parts = 2 if self.what == "halves" else a
            return None if count % parts else count // parts
        after = {
            "boxes": count + a * b,
            "doubles": 2 * count,
            "finds": count + a,
            "friends": count * (1 + a),
            "gains": count + a,
            "gives": count - a,
            "loses": count - a,
        }[self.what]
        return after if 0 <= after <= LARGEST else None

    @property
    def n_operations(self) -> int:
        return 2 if self.what in ("boxes", "friends") else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A sentence that changes nothing, told before the event number `place`; `which` of ASIDES, with its number."""

    place: int
    which: int
    a: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who has how many of what at first, what happens, and what does not matter."""

    person: str
    things: str
    start: int
    events: tuple[Event, ...]
    asides: tuple[Aside, ...]

    def __post_init__(self) -> None:
        if self.result() is None:
            raise SkillscaleError(
                f"The story comes to a count that is no whole number from 0 to {LARGEST:,}; choose other numbers."
            )

    def result(self) -> int | None:
        """The count at the end; None where a count on the way cannot be."""
        count: int | None = self.start
        for event in self.events:
            count = None if count is None else event.apply(count)
        return count

    def to_json(self) -> dict[str, Any]:
        events = [[one.what, *(n for n in (one.a, one.b) if n is not None)] for one in self.events]
        asides = [[one.place, one.which, one.a] for one in self.asides]
        held = {"person": self.person, "things": self.things, "start": self.start, "events": events, "asides": asides}
        return {"kind": "word-problem"} | held


@dataclass(frozen=True, slots=True, kw_only=True)
class WordProblem:
    """The difficulty is the number of events, 2 to 8; half as many sentences do not matter.

    Steps: to solve, each sum, difference, product or quotient; to check, the same and one comparison, for there is no quicker check.
    """

    name: str = "word-problem"
    about: str = "Following a short story of buying, losing and sharing to the number at its end."
    dial: str = "events"
    difficulties: tuple[int, ...] = (2, 3, 4, 6, 8)

    def make(self, rng: np.random.Generator, difficulty: int) -> Story:
        """Counts stay between 1 and 999."""
        refuse_difficulty(self.name, difficulty, 2, 8, self.dial)
        start = count = int(rng.integers(5, 60))
        events: list[Event] = []
        while len(events) < difficulty:
            event = _random_event(rng, count)
            after = event.apply(count)
            if after is not None and 1 <= after <= 999:
                events.append(event)
                count = after
        asides = [
            Aside(place=int(rng.integers(0, difficulty + 1)), which=int(which), a=int(rng.integers(2, 60)))
            for which in rng.choice(len(ASIDES), difficulty // 2, replace=False)
        ]
        return Story(
            person=str(rng.choice(PEOPLE)),
            things=str(rng.choice(THINGS)),
            start=start,
            events=tuple(events),
            asides=tuple(asides),
        )

    def state(self, puzzle: Story) -> str:
        told = [f"{puzzle.person} has {puzzle.start} {puzzle.things}."]
        for place in range(len(puzzle.events) + 1):
            told += [
                ASIDES[one.which].format(a=one.a, person=puzzle.person, things=puzzle.things)
                for one in puzzle.asides
                if one.place == place
            ]
            if place < len(puzzle.events):
                event = puzzle.events[place]
                told.append(EVENTS[event.what].format(a=event.a, b=event.b, person=puzzle.person, things=puzzle.things))
        return (
            f"{' '.join(told)} How many {puzzle.things} does {puzzle.person} have now?\n\n"
            "End with a line that says Answer: and then the number alone."
        )

    def pocket(self, puzzle: Story) -> str | None:
        """The pocket world's arithmetic has one step only."""
        return None

    def verify(self, puzzle: Story, answer: str) -> Verdict:
        """The answer is one whole number; commas in thousands, the name of the things and a full stop do not count."""
        text = answer.strip().removesuffix(".").removesuffix(puzzle.things).strip() if len(answer) <= 60 else ""
        if not NUMBER.fullmatch(text):
            return Verdict(valid=False, reason=f"{shown(answer.strip(), 20)} is not one whole number.")
        said, right = int(text.replace(",", "")), puzzle.result()
        if said != right:
            return Verdict(valid=False, reason=f"The story does not come to {said}.")
        return Verdict(valid=True, reason=f"The story comes to {right}.")

    def solve(self, puzzle: Story) -> Solved:
        return Solved(answer=str(puzzle.result()), steps=sum(event.n_operations for event in puzzle.events))

    def near_miss(self, puzzle: Story, rng: np.random.Generator) -> str:
        """The story without one of its events where that comes to another whole number; else one more."""
        for left_out in rng.permutation(len(puzzle.events)):
            count: int | None = puzzle.start
            for at, event in enumerate(puzzle.events):
                count = event.apply(count) if count is not None and at != left_out else count
            if count is not None and count != puzzle.result():
                return str(count)
        return str((puzzle.result() or 0) + 1)

    def checking_steps(self, puzzle: Story) -> int:
        return self.solve(puzzle).steps + 1

    def from_json(self, given: Any) -> Story:
        read = Given(self.name, given, ("person", "things", "start", "events", "asides"))
        person, things = read.text("person", 20), read.text("things", 20)
        if not (person.isalpha() and things.isalpha()):
            raise SkillscaleError("The puzzle's person and things must be one word each, of letters alone.")
        events, asides = read.fields["events"], read.fields["asides"]
        if not (isinstance(events, list) and 1 <= len(events) <= MOST_EVENTS and all(map(_is_event, events))):
            raise read.bad("events", f"a list of 1 to {MOST_EVENTS} such as ['gives', 3] ({', '.join(EVENTS)})")
        if not (isinstance(asides, list) and len(asides) <= MOST_ASIDES and all(map(_is_aside, asides))):
            raise read.bad("asides", f"a list of at most {MOST_ASIDES} of [place, which, number]")
        return Story(
            person=person,
            things=things,
            start=read.whole("start", 0, LARGEST),
            events=tuple(Event(what=of[0], **dict(zip("ab", of[1:], strict=False))) for of in events),
            asides=tuple(Aside(place=place, which=which, a=a) for place, which, a in asides),
        )


def _n_numbers(what: str) -> int:
    return ("{a}" in EVENTS[what]) + ("{b}" in EVENTS[what])


def _is_event(given: Any) -> bool:
    if not (isinstance(given, list) and given and isinstance(given[0], str) and given[0] in EVENTS):
        return False
    return len(given) == 1 + _n_numbers(given[0]) and all(is_whole(n, 1, LARGEST) for n in given[1:])


def _is_aside(given: Any) -> bool:
    if not (isinstance(given, list) and len(given) == 3):
        return False
    place, which, a = given
    return is_whole(place, 0, MOST_EVENTS) and is_whole(which, 0, len(ASIDES) - 1) and is_whole(a, 0, LARGEST)


def _random_event(rng: np.random.Generator, count: int) -> Event:
    """Any kind, with numbers that such a story would have."""
    what = str(rng.choice(list(EVENTS)))
    if what in ("doubles", "halves"):
        return Event(what=what)
    if what == "boxes":
        return Event(what=what, a=int(rng.integers(2, 9)), b=int(rng.integers(3, 13)))
    if what in ("friends", "piles"):
        return Event(what=what, a=int(rng.integers(2, 6)))
    return Event(what=what, a=int(rng.integers(2, max(3, min(count, 60)))))
