"""The first reading of a text: how much there is, what is held out, what the tokenizer is trained on.

Passages are ranked by a hash of their content. The first of each group are held out and the next ones train the
tokenizer, so neither depends on the order of files, and copies of a passage are never on both sides.
"""

import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skillscale.corpora.text.passages import LONGEST, Passage
from skillscale.corpora.text.progress import OnProgress
from skillscale.corpora.text.readers import read_passages
from skillscale.corpora.text.sources import Source
from skillscale.errors import SkillscaleError

HELD_OUT_BYTES = 200_000  # at most; some 70,000 tokens give the loss a standard error near 0.5 %
HELD_OUT_SHARE = 0.05  # at most
SAMPLE_BYTES = 16 << 20  # to train the tokenizer on, in all
MOST_STRANDS = 12
_TELL_EVERY = 1 << 18  # bytes
LEAST_BYTES = 100_000  # of text; below it the smallest ladder would see it dozens of times


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandPassage:
    """A passage and its strand, which names its source. `ends` as in `Passage`."""

    strand: str
    text: str
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the first reading found.

    `mixture_bytes` is how much of the `n_bytes` the weights let in. `held_out_keys` are the content keys to be left
    out of training; `sample` holds training passages.
    """

    n_bytes: int
    mixture_bytes: int
    held_out: tuple[StrandPassage, ...]
    held_out_keys: frozenset[str]
    sample: tuple[StrandPassage, ...]


def content_key(text: str, seed: int) -> str:
    """Equal texts have equal keys, white space around them aside. `seed` draws another split."""
    return hashlib.blake2b(text.strip().encode(), digest_size=8, salt=str(seed).encode()[:16]).hexdigest()


def passages_of(source: Source, text_column: str) -> Iterator[Passage]:
    for file in source.files:
        yield from read_passages(file, text_column)


def groups_of(sources: tuple[Source, ...]) -> list[list[Source]]:
    """Sources that are divided as one whole: each by itself, but many without weights all together."""
    weighted = any(source.weight is not None for source in sources)
    return [[source] for source in sources] if weighted or len(sources) <= MOST_STRANDS else [list(sources)]


def shares_of(sources: tuple[Source, ...]) -> list[float] | None:
    """The share of the training tokens that each group of `groups_of` gets; None: as much as it has."""
    weights = [source.weight for source in sources if source.weight is not None]
    return [weight / sum(weights) for weight in weights] or None


def strand_of(source: Source, sources: tuple[Source, ...]) -> str:
    """Held-out loss is told apart by source, unless there are too many of them to read."""
    return source.name if len(sources) <= MOST_STRANDS else "text"


def survey(sources: tuple[Source, ...], *, text_column: str, seed: int, on_progress: OnProgress) -> Survey:
    """Read every source once. Raises SkillscaleError where one is empty or there is too little text in all."""
    groups = groups_of(sources)
    file_bytes = [sum(file.stat().st_size for source in group for file in source.files) for group in groups]
    shares = shares_of(sources)
    # Before the text is read the size of its files says how much of the sample each group will need.
    expected = shares or [n_bytes / max(1, sum(file_bytes)) for n_bytes in file_bytes]
    samples = [_FirstByKey(HELD_OUT_BYTES + LONGEST + int(SAMPLE_BYTES * share)) for share in expected]
    n_read = 0
    for group, sample in zip(groups, samples, strict=True):
        for source in group:
            before = n_read
            for passage in passages_of(source, text_column):
                size = sample.add(passage, strand_of(source, sources), seed)
                if (n_read + size) // _TELL_EVERY > n_read // _TELL_EVERY:
                    on_progress("reading the text", min(1.0, n_read / max(1, sum(file_bytes))))
                n_read += size
            if n_read == before:
                files = ", ".join(str(file) for file in source.files[:3])
                raise SkillscaleError(f"{files} holds no text; name a file that has some.")
    if n_read < LEAST_BYTES:
        raise SkillscaleError(
            f"The text holds {n_read:,} bytes, too few to train a ladder on and hold some out; give at least "
            f"{LEAST_BYTES:,}."
        )
    return _divided(samples, shares or [sample.n_bytes / n_read for sample in samples])


def _divided(samples: list["_FirstByKey"], shares: list[float]) -> Survey:
    """Held out: the first passages of each group, in the proportions of the mixture; the sample: those after them."""
    mixture = min(sample.n_bytes / share for sample, share in zip(samples, shares, strict=True))
    held_out_bytes = min(HELD_OUT_BYTES, HELD_OUT_SHARE * mixture)
    held_out: list[StrandPassage] = []
    keys: set[str] = set()
    training: list[StrandPassage] = []
    for sample, share in zip(samples, shares, strict=True):
        ranked = sample.ranked()
        n_held_out = 0
        left = held_out_bytes * share
        while left > 0 and n_held_out < len(ranked) - 1:  # something must be left to train on
            key, passage = ranked[n_held_out]
            keys.add(key)
            held_out.extend(_first_bytes(passage, int(left)))
            left -= len(passage.text.encode())
            n_held_out += 1
        training.extend(first_passages((passage for _, passage in ranked[n_held_out:]), SAMPLE_BYTES * share))
    return Survey(
        n_bytes=sum(sample.n_bytes for sample in samples),
        mixture_bytes=int(mixture),
        held_out=tuple(held_out),
        held_out_keys=frozenset(keys),
        sample=tuple(training),
    )


def _first_bytes(passage: StrandPassage, n_bytes: int) -> list[StrandPassage]:
    """A passage that would make the held-out text too long is cut at a space; its rest is neither trained on nor held out."""
    data = passage.text.encode()
    if len(data) <= n_bytes:
        return [passage]
    text = data[:n_bytes].decode(errors="ignore")
    text = text[: max(text.rfind(" "), 0)] or text
    return [StrandPassage(strand=passage.strand, text=text, ends=False)] if text.strip() else []


def first_passages(passages: Iterable[StrandPassage], n_bytes: float) -> Iterator[StrandPassage]:
    """The first `n_bytes` of passages, the last one whole."""
    for passage in passages:
        if n_bytes <= 0:
            return
        n_bytes -= len(passage.text.encode())
        yield passage


class _FirstByKey:
    """Of all passages added, those with the smallest content keys, each once, some `budget` bytes of them."""

    def __init__(self, budget: int) -> None:
        self.n_bytes = 0  # of all that was added
        self._budget = budget
        self._heap: list[tuple[int, StrandPassage]] = []  # the largest key first: keys are negated
        self._keys: set[int] = set()
        self._n_kept = 0

    def add(self, passage: Passage, strand: str, seed: int) -> int:
        """Returns the passage's size in bytes."""
        size = len(passage.text.encode())
        self.n_bytes += size
        key = int(content_key(passage.text, seed), 16)
        if key in self._keys or (self._n_kept >= self._budget and key > -self._heap[0][0]):
            return size
        kept = StrandPassage(strand=strand, text=passage.text, ends=passage.ends)
        self._keys.add(key)
        heapq.heappush(self._heap, (-key, kept))
        self._n_kept += size
        while self._n_kept - len(self._heap[0][1].text.encode()) >= self._budget:
            dropped, last = heapq.heappop(self._heap)
            self._keys.remove(-dropped)
            self._n_kept -= len(last.text.encode())
        return size

    def ranked(self) -> list[tuple[str, StrandPassage]]:
        return [(f"{-key:016x}", passage) for key, passage in sorted(self._heap, key=lambda entry: -entry[0])]


def write_survey(path: Path, found: Survey) -> None:
    """Whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({**asdict(found), "held_out_keys": sorted(found.held_out_keys)}))
    partial.replace(path)


def read_survey(path: Path) -> Survey:
    raw: dict[str, Any] = json.loads(path.read_text())
    return Survey(
        n_bytes=raw["n_bytes"],
        mixture_bytes=raw["mixture_bytes"],
        held_out=tuple(StrandPassage(**passage) for passage in raw["held_out"]),
        held_out_keys=frozenset(raw["held_out_keys"]),
        sample=tuple(StrandPassage(**passage) for passage in raw["sample"]),
    )
