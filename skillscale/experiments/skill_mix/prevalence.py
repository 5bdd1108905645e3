"""How often skills and topics occur in a corpus, as a model sees it: sentences drawn at random, each asked of the model."""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skillscale.corpora.text.readers import read_passages
from skillscale.errors import SkillscaleError
from skillscale.models.hosted.calling import MOST_TOKENS, Ask, Call, Message, Reply
from skillscale.tasks.skill_mix.length import sentences
from skillscale.tasks.skill_mix.library import Library
from skillscale.tasks.skill_mix.presence import Entry, presence_prompt, presence_schema, read_presence

PER_CALL = 40  # skills or topics that one call asks
MAX_TOKENS = 1_024  # of an answer, a model's reasoning included
LONGEST_SENTENCE = 2_000  # characters; what is longer is no sentence, but a table or a program


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Sentences drawn with equal probability, without replacement, in the order of the draw.

    With the same seed a larger sample begins with a smaller one. `n_sentences` the text has in all; of them `n_too_long` could not be drawn.
    """

    sentences: tuple[str, ...]
    n_sentences: int
    n_too_long: int


def draw_sentences(files: Iterable[Path], *, n: int, seed: int, text_column: str = "text") -> Drawn:
    """Draw `n` sentences (all, where there are fewer) of text that may exceed memory, in one pass.

    Every sentence gets a random number, and the n smallest are kept. SkillscaleError where there is none.
    """
    if n < 1 or seed < 0:
        raise SkillscaleError(f"{n:,} sentences with seed {seed} were asked for; give 1 or more, and a seed from 0 on.")
    rng = np.random.default_rng(seed)
    kept: list[tuple[float, int, str]] = []  # the largest number first
    n_read = n_too_long = 0
    for file in files:
        for passage in read_passages(file, text_column):
            for sentence in sentences(passage.text):
                if len(sentence) > LONGEST_SENTENCE:
                    n_too_long += 1
                    continue
                place = -rng.random(), -n_read, sentence
                n_read += 1
                if len(kept) < n:
                    heapq.heappush(kept, place)
                else:
                    heapq.heappushpop(kept, place)
    if not kept:
        raise SkillscaleError("The text has no sentence of letters or digits; give a corpus of running text.")
    ordered = sorted(kept, reverse=True)
    return Drawn(sentences=tuple(one for *_, one in ordered), n_sentences=n_read, n_too_long=n_too_long)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one call asks: skills, or topics, and where its columns begin in the table of all."""

    entries: tuple[Entry, ...]
    topics: bool
    first: int


def groups_of(library: Library, per_call: int = PER_CALL) -> list[Group]:
    """All skills of the library and then all topics, at most `per_call` together, in as equal parts as can be."""
    if per_call < 1:
        raise SkillscaleError(f"--per-call is {per_call}; give 1 or more.")
    skills = [Entry(name=one.name, definition=one.definition) for one in library.skills]
    topics = [Entry(name=one.name) for one in library.topics]
    found: list[Group] = []
    first = 0
    for entries, is_topics in ((skills, False), (topics, True)):
        n_parts = -(-len(entries) // per_call)
        for part in np.array_split(np.arange(len(entries)), n_parts) if n_parts else []:
            own = tuple(entries[place] for place in part.tolist())
            found.append(Group(entries=own, topics=is_topics, first=first))
            first += len(own)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """`shown_sc` (sentence, skill or topic): 1, 0, or NaN where the answer is missing; `missing` counts answers by reason.

    `replies`: all that were given, with tokens and cost.
    """

    shown_sc: NDArray[np.float64]
    missing: Counter[str]
    n_answers: int
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom to ask, and how."""

    model: str
    base_url: str | None = None
    max_tokens: int = MAX_TOKENS

    def __post_init__(self) -> None:
        if not 1 <= self.max_tokens <= MOST_TOKENS:
            raise SkillscaleError(f"--max-tokens is {self.max_tokens:,}; give from 1 to {MOST_TOKENS:,}.")

    def call(self, group: Group, sentence: str, fault: str | None = None) -> Call:
        """One question. Two equal sentences make one call."""
        prompt = presence_prompt(group.entries, sentence, topics=group.topics, fault=fault)
        return Call(
            model=self.model,
            messages=(Message(role="user", content=prompt),),
            draw="presence" if fault is None else "presence/again",
            temperature=0.0,
            max_tokens=self.max_tokens,
            schema=presence_schema(len(group.entries)),
            base_url=self.base_url,
        )


async def ask_presence(
    ask: Ask,
    drawn: Sequence[str],
    groups: Sequence[Group],
    asking: Asking,
    on_reply: Callable[[Reply], None] = lambda _: None,
) -> Shown:
    """Ask every sentence every group. An answer that cannot be read is asked once more, and then missing; it is never 'shows none'."""
    shown_sc = np.full((len(drawn), sum(len(group.entries) for group in groups)), np.nan)
    missing: Counter[str] = Counter()
    replies: list[Reply] = []

    async def one(place: int, group: Group) -> None:
        fault: str | None = None
        for _ in range(2):
            reply = await ask(asking.call(group, drawn[place], fault))
            on_reply(reply)
            replies.append(reply)
            if reply.text is None:
                missing[reply.missing or ""] += 1
                return
            found = read_presence(reply.text, len(group.entries), drawn[place])
            if found.shown is not None:
                columns = slice(group.first, group.first + len(group.entries))
                shown_sc[place, columns] = 0.0
                shown_sc[place, [group.first + entry for entry in found.shown]] = 1.0
                return
            fault = found.unreadable
        missing[f"unreadable twice: {fault}"] += 1

    await asyncio.gather(*(one(place, group) for place in range(len(drawn)) for group in groups))
    return Shown(shown_sc=shown_sc, missing=missing, n_answers=len(drawn) * len(groups), replies=tuple(replies))
