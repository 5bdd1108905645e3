"""The exact verifier of pieces: it reads any text and says which skills it shows, and why not the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skillscale.corpora.world.lexicon import TOPICS
from skillscale.corpora.world.pieces.constructions import SKILLS, skill_of, things_of
from skillscale.corpora.world.pieces.truth import TOPIC_OF, Told, Truths
from skillscale.errors import SkillscaleError

MOST_CLAUSES = 2  # of a sentence, joined by `and`
LONGEST_CLAUSE = 6  # words
MOST_QUOTED = 60  # characters of a clause in a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of the rubric, won or lost, and why."""

    won: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceVerdict:
    """The k + 3 points of a text. `skills` has a point for each skill that was asked, in that order."""

    skills: dict[str, Point]
    on_topic: Point
    makes_sense: Point
    short_enough: Point

    @property
    def points(self) -> tuple[int, ...]:
        """1 or 0: the skills, then topic, sense, length."""
        return tuple(int(one.won) for one in self.by_name.values())

    @property
    def by_name(self) -> dict[str, Point]:
        """Every point by its name: a skill, `on_topic`, `makes_sense` or `short_enough`."""
        others = {"on_topic": self.on_topic, "makes_sense": self.makes_sense, "short_enough": self.short_enough}
        return self.skills | others

    @property
    def lost(self) -> dict[str, str]:
        """Why each lost point was lost."""
        return {name: one.reason for name, one in self.by_name.items() if not one.won}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One clause as it was understood: `skill` None where it is no construction; `fault` None where it is right."""

    words: tuple[str, ...]
    skill: str | None
    things: tuple[str, ...]
    fault: str | None


def most_sentences(k: int) -> int:
    """How many sentences a text on k skills may have: k − 1, and 1 for k = 1 (Yu et al. 2023)."""
    return max(1, k - 1)


def verify_piece(truths: Truths, topic: str, skills: Sequence[str], text: str) -> PieceVerdict:
    """Judge any text, in time proportional to its length.

    - A skill is shown where a clause has its form and is right: true in this world, and in agreement with what the text told before.
    - On topic: there is a clause, and all that clauses say is said of words of the topic; no word of another topic stands elsewhere.
    - Makes sense: sentences end with a full stop and have one or two clauses, joined by `and`; all clauses are right.
    - Short enough: at most k − 1 sentences, 1 for k = 1.

    Raises SkillscaleError for a topic or skill that the pocket world does not have, and for a skill asked twice; never for the text.
    """
    refuse_unknown(topic, skills)
    sentences = list(_sentences(text))
    told = Told(truths=truths)
    heard = [_understood(told, clause) for sentence in sentences for clause in _clauses(sentence)]
    n, most = len(sentences), most_sentences(len(skills))
    return PieceVerdict(
        skills=_shown(heard, skills),
        on_topic=_on_topic(heard, topic),
        makes_sense=_makes_sense(heard, sentences, text),
        short_enough=Point(won=n <= most, reason=f"{n} sentence{'s' * (n != 1)}, and {most} may be"),
    )


def refuse_unknown(topic: str, skills: Sequence[str]) -> None:
    """Raises SkillscaleError, in one sentence or two, for what cannot be asked."""
    if topic not in TOPICS:
        raise SkillscaleError(f"The pocket world has no topic {topic[:40]!r}. Choose one of {', '.join(TOPICS)}.")
    if not skills:
        raise SkillscaleError("No skill was given. Name at least one.")
    for skill in skills:
        if skill not in SKILLS:
            raise SkillscaleError(f"The pocket world has no skill {skill[:40]!r}. Choose from {', '.join(SKILLS)}.")
    if len(set(skills)) < len(skills):
        raise SkillscaleError(f"The skills {', '.join(skills)} name one twice. Name each once.")


def _sentences(text: str) -> Iterator[list[str]]:
    """Words of each sentence; a full stop need not stand alone. The last one may lack it."""
    sentence: list[str] = []
    for word in text.replace(".", " . ").split():
        if word == ".":
            yield sentence
            sentence = []
        else:
            sentence.append(word)
    if sentence:
        yield sentence


def _clauses(sentence: list[str]) -> Iterator[tuple[str, ...]]:
    clause: list[str] = []
    for word in sentence:
        if word == "and":
            yield tuple(clause)
            clause = []
        else:
            clause.append(word)
    yield tuple(clause)


def _understood(told: Told, clause: tuple[str, ...]) -> Heard:
    found = skill_of(clause) if len(clause) <= LONGEST_CLAUSE else None
    if found is None:
        things = tuple(word for word in clause if word in TOPIC_OF)
        return Heard(words=clause, skill=None, things=things, fault="it is no clause of this world")
    skill, form = found
    return Heard(words=clause, skill=skill, things=things_of(clause, form), fault=told.hear(skill, clause))


def _shown(heard: Sequence[Heard], skills: Sequence[str]) -> dict[str, Point]:
    right = {one.skill: one for one in reversed(heard) if one.fault is None}
    tried = {one.skill: one for one in reversed(heard) if one.fault is not None}
    points: dict[str, Point] = {}
    for skill in skills:
        if skill in right:
            points[skill] = Point(won=True, reason=f"'{_quoted(right[skill].words)}' {SKILLS[skill].about}")
        elif skill in tried:
            points[skill] = Point(won=False, reason=f"'{_quoted(tried[skill].words)}': {tried[skill].fault}")
        else:
            example = SKILLS[skill].forms[0]
            points[skill] = Point(won=False, reason=f"no clause has its form, which is '{example}'")
    return points


def _on_topic(heard: Sequence[Heard], topic: str) -> Point:
    for one in heard:
        for thing in one.things:
            if TOPIC_OF[thing] != topic:
                return Point(won=False, reason=f"{thing} is of the topic {TOPIC_OF[thing]}")
    if not any(one.skill for one in heard):
        return Point(won=False, reason="no clause says anything of the topic")
    return Point(won=True, reason="all that it says is said of the topic's words")


def _makes_sense(heard: Sequence[Heard], sentences: Sequence[list[str]], text: str) -> Point:
    if not heard:
        return Point(won=False, reason="there is no text")
    for one in heard:
        if one.fault is not None:
            return Point(won=False, reason=f"'{_quoted(one.words)}': {one.fault}")
    if not text.rstrip().endswith("."):
        return Point(won=False, reason="the last sentence has no full stop")
    if any(sentence.count("and") >= MOST_CLAUSES for sentence in sentences):
        return Point(won=False, reason=f"a sentence has more than {MOST_CLAUSES} clauses")
    return Point(won=True, reason="every clause is right and none denies another")


def _quoted(clause: tuple[str, ...]) -> str:
    """Of an untrusted text: short, and without characters that do not print."""
    text = " ".join(word[:MOST_QUOTED] for word in clause[: LONGEST_CLAUSE + 2])
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return plain if len(plain) <= MOST_QUOTED and len(clause) <= LONGEST_CLAUSE + 2 else f"{plain[:MOST_QUOTED]}…"
