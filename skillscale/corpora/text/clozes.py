"""Cloze prompts from held-out text: which word comes next, held against others of its kind and frequency.

Of four choices, picking the commonest one is right for .2 to .35 of the words (chance .25) and, as signs differ more in
frequency than words do, for .4 to .5 of the punctuation (measured on the texts of docs/adding-a-corpus.md): whatever a
model scores above that it read in the text before.
"""

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
from tokenizers import Tokenizer

from skillscale.corpora.document import Cloze
from skillscale.corpora.text.before import Offsets, text_before
from skillscale.corpora.text.survey import StrandPassage, first_passages
from skillscale.corpora.text.words import Gap, Kind, Lexicon, gaps, read_lexicon

KINDS: tuple[Kind, ...] = ("capitalised-name", "function-word", "number", "other-word", "punctuation")
N_DISTRACTORS = 3
COUNTED_BYTES = 4 << 20  # of training text, for frequencies: a word of 1 in 100,000 is still seen a few times
COMMON, RARE = 1 / 1_000, 1 / 20_000  # share of all words: above is common, below is rare
_FEWEST_CHARACTERS = 40  # before the gap: with less there is nothing to go by
_LONGEST_WORD = 30  # characters
_SIMILAR = 1.5  # distractors are at most this factor commoner or rarer, where there are such
_ENDINGS = ("ing", "ed", "ly", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """Words of one kind and shape, by how often they occur."""

    words: tuple[str, ...]  # the rarest first
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """How often each answer occurs in training text, as an answer of its kind."""

    counts: dict[tuple[Kind, str], int]
    rivals: dict[tuple[Kind, str], Rivals]  # by kind and shape
    n_words: int

    def stratum(self, gap: Gap) -> str:
        share = self.counts.get((gap.kind, gap.answer), 0) / self.n_words
        return "common" if share >= COMMON else "middling" if share >= RARE else "rare"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A gap in one of the held-out passages."""

    text: str
    offsets: Offsets
    gap: Gap
    frequencies: Frequencies


def make_clozes(
    held_out: tuple[StrandPassage, ...],
    training_sample: tuple[StrandPassage, ...],
    tokenizer: Tokenizer,
    *,
    context: int,
    n_per_kind: int,
    rng: np.random.Generator,
) -> list[Cloze]:
    """Up to `n_per_kind` clozes of each kind, spread over the held-out passages; strata are bands of frequency.

    Distractors and frequencies are those of the passage's own strand: a word of Shakespeare's would give itself away
    in an encyclopaedia. A prefix has at most two thirds of `context` tokens and starts before a word.
    """
    places: dict[Kind, list[list[_Place]]] = defaultdict(list)
    strands = sorted({passage.strand for passage in held_out})
    for strand in strands:
        of_strand = (passage for passage in training_sample if passage.strand == strand)
        counted = [passage.text for passage in first_passages(of_strand, COUNTED_BYTES / len(strands))]
        lexicon = read_lexicon(counted)
        frequencies = count_answers(counted, lexicon)
        for passage in held_out:
            if passage.strand == strand:
                for kind, found in _places(passage.text, lexicon, frequencies, tokenizer).items():
                    places[kind].append(found)
    drawn = chain.from_iterable(_spread(places[kind], n_per_kind, rng) for kind in KINDS)
    clozes = (_cloze(place, context * 2 // 3, rng) for place in drawn)
    return [cloze for cloze in clozes if cloze is not None]


def _places(text: str, lexicon: Lexicon, frequencies: Frequencies, tokenizer: Tokenizer) -> dict[Kind, list[_Place]]:
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    of_kind: dict[Kind, list[_Place]] = defaultdict(list)
    for gap in gaps(text, lexicon):
        if gap.start >= _FEWEST_CHARACTERS and len(gap.answer) <= _LONGEST_WORD:
            of_kind[gap.kind].append(_Place(text=text, offsets=offsets, gap=gap, frequencies=frequencies))
    return of_kind


def count_answers(texts: Iterable[str], lexicon: Lexicon) -> Frequencies:
    """Count the words of `texts` at places where they could be asked for, and range them by kind and shape."""
    counts: Counter[tuple[Kind, str]] = Counter((gap.kind, gap.answer) for text in texts for gap in gaps(text, lexicon))
    shaped: dict[tuple[Kind, str], list[tuple[int, str]]] = defaultdict(list)
    for (kind, answer), count in counts.items():
        for shape in {_shape(kind, answer), _spacing(answer)}:
            shaped[kind, shape].append((count, answer))
    rivals: dict[tuple[Kind, str], Rivals] = {}
    for key, found in shaped.items():
        found.sort()
        rivals[key] = Rivals(words=tuple(word for _, word in found), counts=tuple(count for count, _ in found))
    return Frequencies(counts=dict(counts), rivals=rivals, n_words=max(1, counts.total()))


def _shape(kind: Kind, answer: str) -> str:
    """Rivals look alike: numbers of equal length, words of one ending, names in capitals; all spaced or none."""
    if kind == "capitalised-name":
        return _spacing(answer) + ("A" if answer.isupper() else "Aa") + ("'s" if answer.endswith(("'s", "’s")) else "")
    if kind == "number":
        return re.sub(r"\d", "0", answer)
    if kind == "other-word":
        return _spacing(answer) + next((f"-{ending}" for ending in _ENDINGS if answer.endswith(ending)), "-")
    return _spacing(answer)


def _spacing(answer: str) -> str:
    return " " if answer.startswith(" ") else ""


def _spread(places: list[list[_Place]], n: int, rng: np.random.Generator) -> list[_Place]:
    """Draw `n` places: one of each text, then a second one of each, and so on, texts in random order."""
    ranked: list[tuple[int, float, _Place]] = []
    for of_text in places:
        order = rng.permutation(len(of_text))
        ranked += [(rank, rng.random(), of_text[i]) for rank, i in enumerate(order)]
    ranked.sort(key=lambda entry: entry[:2])
    return [place for _, _, place in ranked[:n]]


def _cloze(place: _Place, budget: int, rng: np.random.Generator) -> Cloze | None:
    gap, frequencies = place.gap, place.frequencies
    distractors = draw_distractors(gap, frequencies, rng)
    if not distractors:
        return None
    prefix = text_before(gap.start, place.text, place.offsets, budget)
    if len(prefix.strip()) < min(_FEWEST_CHARACTERS, budget):
        return None
    return Cloze(
        task=gap.kind,
        stratum=frequencies.stratum(gap),
        prefix=prefix,
        answer=gap.answer,
        distractors=distractors,
    )


def draw_distractors(gap: Gap, frequencies: Frequencies, rng: np.random.Generator) -> tuple[str, ...]:
    """Up to three words of the answer's kind, shape and frequency; where shape leaves too few, of its kind."""
    chosen: list[str] = []
    for shape in (_shape(gap.kind, gap.answer), _spacing(gap.answer)):
        rivals = frequencies.rivals.get((gap.kind, shape))
        if rivals is None:
            continue
        count = max(1, frequencies.counts.get((gap.kind, gap.answer), 0))
        taken = {gap.answer.lower(), *(word.lower() for word in chosen)}
        for word in _near(rivals, count, rng):
            if len(chosen) < N_DISTRACTORS and word.lower() not in taken:
                chosen.append(word)
                taken.add(word.lower())
    return tuple(chosen)


def _near(rivals: Rivals, count: int, rng: np.random.Generator) -> list[str]:
    """Rivals of similar frequency in random order, then the next nearest ones."""
    low = bisect.bisect_left(rivals.counts, count / _SIMILAR)
    high = bisect.bisect_right(rivals.counts, count * _SIMILAR)
    n_draws = min(high - low, 4 * N_DISTRACTORS)
    near = low + rng.choice(high - low, n_draws, replace=False) if n_draws else np.empty(0, np.int64)
    margin = range(max(0, low - N_DISTRACTORS), min(len(rivals.words), high + N_DISTRACTORS))
    outside = [i for i in margin if not low <= i < high]
    outside.sort(key=lambda i: abs(np.log(rivals.counts[i] / count)))
    return [rivals.words[i] for i in (*near, *outside)]
