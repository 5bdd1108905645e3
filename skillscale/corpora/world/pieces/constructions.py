"""The skills of pieces: each is a construction with a meaning, and its clause is recognised by its form alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from skillscale.corpora.world.lexicon import (
    ACTORS,
    ADJECTIVES,
    BLAME,
    CATEGORIES,
    CITIES,
    COUNTS,
    FIRST_NAMES,
    LAST_NAMES,
    NOUNS,
    PLURALS,
    PRAISE,
    PREPOSITIONS,
    ROOMS,
    SYMBOLS,
    TOPICS,
    VERBS_PLURAL,
    VERBS_SINGULAR,
    custom_names,
    foreign_words,
)

# What may fill a gap of a form. All other words of a form stand for themselves.
GAPS: Mapping[str, frozenset[str]] = {
    "THING": frozenset(word for things in TOPICS.values() for word in things),
    "KIND": frozenset(CATEGORIES),
    "COUNT": frozenset(COUNTS),
    "LOOK": frozenset(ADJECTIVES),
    "JUDGED": frozenset((*PRAISE, *BLAME)),
    "VERDICT": frozenset(("good", "bad")),
    "ACTOR": frozenset(ACTORS),
    "PRONOUN": frozenset(("he", "she")),
    "ROOM": frozenset(ROOMS),
    "FIRST": frozenset(FIRST_NAMES),
    "LAST": frozenset(LAST_NAMES),
    "CITY": frozenset(CITIES),
    "CUSTOM": frozenset(custom_names()),
    "SYMBOL": frozenset(SYMBOLS),
    "FOREIGN": frozenset(foreign_words()),
    "NOUN": frozenset((*NOUNS, *PLURALS)),
    "VERB": frozenset((*VERBS_SINGULAR, *VERBS_PLURAL)),
    "NEAR": frozenset(PREPOSITIONS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Construction:
    """A skill: its clause has one of `forms`; `about` says when it is right, `example` shows it."""

    name: str
    about: str
    forms: tuple[str, ...]
    example: str


def _made(name: str, form: str, example: str, about: str) -> Construction:
    return Construction(name=name, about=about, forms=tuple(form.split(" | ")), example=example)


# Chosen so that the eight longest clauses have 42 tokens in all: with k = 8 and its prompt they fit into 64.
_ALL = (
    _made("tally", "THING THING makes COUNT | THING THING THING makes COUNT", "pear pear makes two", "counts a thing"),
    _made("classify", "THING is KIND", "pear is fruit", "says of what category a thing is"),
    _made("exclude", "THING is not KIND", "pear is not fish", "says of what category a thing is not"),
    _made(
        "syllogism",
        "KIND LOOK so THING LOOK",
        "fruit red so pear red",
        "concludes from all of a category to one of its things",
    ),
    _made("compare", "THING larger than THING", "desk larger than pear", "compares two things in size"),
    _made("converse", "THING larger so THING smaller", "desk larger so pear smaller", "turns a comparison round"),
    _made("rank", "THING over THING over THING", "desk over pear over flute", "orders three things by size"),
    _made(
        "extreme", "among THING THING THING THING", "among pear desk flute desk", "names the largest of three things"
    ),
    _made("gloss", "LOOK alias FOREIGN THING", "red alias besh pear", "translates a word in an aside"),
    _made(
        "recall",
        "FIRST LAST of CITY likes THING",
        "Anna Petrov of Oslo likes pear",
        "mentions where a person of this world lives",
    ),
    _made("custom", "THING CUSTOM SYMBOL = SYMBOL", "pear babo rose = lamp", "applies a custom to a symbol"),
    _made(
        "follow",
        "THING follows THING to ROOM",
        "pear follows desk to attic",
        "moves a thing to where another is at that moment",
    ),
    _made("place", "THING stays in ROOM", "pear stays in cellar", "says where a thing is now, after all moves told"),
    _made(
        "believe",
        "ACTOR seeks THING in ROOM",
        "Mia seeks pear in cellar",
        "sends a person who saw no move to where the thing is kept",
    ),
    _made("appraise", "THING JUDGED so VERDICT", "pear superb so good", "draws the verdict from a judgement"),
    _made(
        "negate", "THING not JUDGED so VERDICT", "pear not rude so good", "draws the verdict from a denied judgement"
    ),
    _made("addition", "COUNT THING add COUNT COUNT", "three pear add two five", "adds two numbers"),
    _made("subtraction", "COUNT THING take COUNT COUNT", "five pear take two three", "takes one number from another"),
    _made(
        "agreement",
        "the NOUN NEAR THING VERB",
        "the dogs near pear bark",
        "lets the verb agree with its noun, not with what stands between",
    ),
    _made("outlier", "THING THING THING odd THING", "pear desk pear odd desk", "finds the odd one among three"),
    _made("palindrome", "THING THING THING THING THING", "pear desk flute desk pear", "reads the same from both ends"),
    _made("reversal", "THING THING back THING THING", "pear desk back desk pear", "says two things in reverse"),
    _made("own", "THING belongs to ACTOR", "pear belongs to Mia", "says whose a thing is now, after all that was told"),
    _made("transfer", "THING goes ACTOR ACTOR", "pear goes Mia Tom", "hands a thing from its owner to another"),
    _made(
        "precede", "THING before THING", "pear before desk", "puts one thing before another, as all else that was told"
    ),
    _made("succeed", "THING after THING", "desk after pear", "puts one thing after another, as all else that was told"),
    _made(
        "disjunction",
        "THING or THING not THING THING",
        "pear or desk not pear desk",
        "excludes one of two and so concludes the other",
    ),
    _made("pronoun", "ACTOR says PRONOUN likes THING", "Tom says he likes pear", "refers back to a person"),
)
SKILLS: Mapping[str, Construction] = {one.name: one for one in _ALL}


def longest_piece(k: int) -> int:
    """Tokens of the longest text that shows k skills, a clause for each, with its prompt and the end token at both ends."""
    clauses = sorted((max(len(form.split()) for form in one.forms) for one in _ALL), reverse=True)[:k]
    prompt, joints, ends = 3 + k + 1, k, 2
    return sum(clauses) + prompt + joints + ends


@cache
def gaps_of(form: str) -> tuple[frozenset[str], ...]:
    """Which words may stand at each place of a form."""
    return tuple(GAPS.get(word, frozenset((word,))) for word in form.split())


@cache
def forms_of_length(n: int) -> tuple[tuple[str, str], ...]:
    """(skill, form) of all forms of n words."""
    return tuple((one.name, form) for one in _ALL for form in one.forms if len(form.split()) == n)


def skill_of(clause: tuple[str, ...]) -> tuple[str, str] | None:
    """The skill and form that a clause has; None where it is no construction. No clause has two."""
    for name, form in forms_of_length(len(clause)):
        if all(word in gap for word, gap in zip(clause, gaps_of(form), strict=True)):
            return name, form
    return None


def things_of(clause: tuple[str, ...], form: str) -> tuple[str, ...]:
    """The words of a clause that stand for things: those that keep it on a topic."""
    return tuple(word for word, gap in zip(clause, form.split(), strict=True) if gap == "THING")
