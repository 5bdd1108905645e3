"""The same held-out texts read by the smallest and the largest rung: which tokens did the larger learn, or give up?"""

from dataclasses import dataclass
from typing import Any

import polars as pl
from tokenizers import Tokenizer

from skillscale.views.report.source import Checkpoint, ReportSource
from skillscale.views.wording import percent

MOST_TEXTS = 8
MOST_TOKENS = 160  # of one text; more would bury the next one
CHANGED_NATS = 1.0  # a token counts as learned, or given up, from here on: e times likelier, or less likely
_BOUNDS = (0.25, 0.7, 1.5, 3.0, 5.0)  # nats; shades of a token from sure to surprised


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadToken:
    """A token and its loss in nats under both models."""

    text: str
    small: float
    large: float

    @property
    def change(self) -> str:
        """`learned` and `given-up` by the larger model, `""` where little changed."""
        gain = self.small - self.large
        return "learned" if gain >= CHANGED_NATS else "given-up" if gain <= -CHANGED_NATS else ""

    @property
    def shade_small(self) -> int:
        return shade(self.small)

    @property
    def shade_large(self) -> int:
        return shade(self.large)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadText:
    strand: str
    tokens: tuple[ReadToken, ...]
    n_cut: int  # tokens not shown

    @property
    def mean_small(self) -> float:
        return sum(token.small for token in self.tokens) / len(self.tokens)

    @property
    def mean_large(self) -> float:
        return sum(token.large for token in self.tokens) / len(self.tokens)

    @property
    def most_changed(self) -> list[ReadToken]:
        """The dozen tokens whose loss changed most, for those who cannot hover."""
        return sorted(self.tokens, key=lambda token: -abs(token.small - token.large))[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """`sentence` counts over all tokens shown; `texts` is empty where nothing can be compared, and it says why."""

    sentence: str
    texts: tuple[ReadText, ...] = ()
    small: Checkpoint | None = None
    large: Checkpoint | None = None


def shade(nats: float) -> int:
    """0 for a token that was nearly certain, 5 for a great surprise."""
    return sum(nats >= bound for bound in _BOUNDS)


def texts_side_by_side(source: ReportSource) -> Texts:
    ends = source.ends("held_out")
    if ends is None or source.corpus is None:
        return Texts(sentence="Nothing can be compared: fewer than two rungs have left token losses of held-out texts.")
    small, large = ends
    losses = _losses(small).join(_losses(large), on=["document", "tokens"], suffix="_large", how="inner")
    strands = {document.tokens: document.strand for document in source.corpus.held_out}
    chosen = _one_of_each(losses.sort("document"), strands)
    tokenizer = source.corpus.tokenizer
    texts = tuple(_read(row, _strand(row, strands), tokenizer) for row in chosen)
    if not texts:
        return Texts(sentence="Nothing can be compared: the two rungs were not measured on the same texts.")
    return Texts(sentence=_sentence(texts, small, large), texts=texts, small=small, large=large)


def _losses(checkpoint: Checkpoint) -> pl.DataFrame:
    frame = checkpoint.records("held_out")
    return pl.DataFrame() if frame is None else frame.filter(pl.col("logprobs").list.len() > 0)


def _one_of_each(losses: pl.DataFrame, strands: dict[tuple[int, ...], str]) -> list[dict[str, Any]]:
    """The first text of every strand, then second ones, until there are enough: chosen before anyone looks at losses."""
    turns: dict[str, int] = {}
    ranked: list[tuple[int, int, dict[str, Any]]] = []
    for place, row in enumerate(losses.iter_rows(named=True)):
        strand = _strand(row, strands)
        turns[strand] = turns.get(strand, -1) + 1
        if turns[strand] < MOST_TEXTS:
            ranked.append((turns[strand], place, row))
    return [row for _, _, row in sorted(ranked, key=lambda each: each[:2])[:MOST_TEXTS]]


def _strand(row: dict[str, Any], strands: dict[tuple[int, ...], str]) -> str:
    """The document's strand; what was read ends with the closing token where the document ends."""
    tokens = tuple(row["tokens"])
    return strands.get(tokens) or strands.get(tokens[:-1]) or "text"


def _read(row: dict[str, Any], strand: str, tokenizer: Tokenizer) -> ReadText:
    ids = [int(token) for token in row["tokens"]]
    pieces = pieces_of(ids[:MOST_TOKENS], tokenizer)
    if len(row["logprobs"]) > len(ids) and len(ids) < MOST_TOKENS:
        pieces.append("⟨end⟩")  # the end of the text is predicted as well
    pairs = zip(pieces, row["logprobs"], row["logprobs_large"], strict=False)
    tokens = tuple(ReadToken(text=text, small=-float(small), large=-float(large)) for text, small, large in pairs)
    return ReadText(strand=strand, tokens=tokens, n_cut=len(row["logprobs"]) - len(tokens))


def pieces_of(ids: list[int], tokenizer: Tokenizer) -> list[str]:
    """What each token adds to the text. A token that is part of a character gives `·`, special ones their name."""
    pieces: list[str] = []
    for place, token in enumerate(ids):
        text = tokenizer.decode(ids[max(0, place - 8) : place + 1])
        before = tokenizer.decode(ids[max(0, place - 8) : place]).rstrip("\ufffd") if place else ""
        piece = text[len(before) :] if text.startswith(before) else ""
        if text.endswith("\ufffd"):
            piece = "·"
        elif not piece:
            piece = tokenizer.id_to_token(token) or "·"
        pieces.append(piece.replace("\n", "↵\n"))
    return pieces


def _sentence(texts: tuple[ReadText, ...], small: Checkpoint, large: Checkpoint) -> str:
    tokens = [token for text in texts for token in text.tokens]
    learned = sum(token.change == "learned" for token in tokens) / len(tokens)
    given_up = sum(token.change == "given-up" for token in tokens) / len(tokens)
    gain = sum(token.small - token.large for token in tokens) / len(tokens)
    more = "less" if gain >= 0 else "more"
    return (
        f"On the {len(tokens)} tokens of these {len(texts)} held-out texts {large.rung} loses {abs(gain):.2f} nats per token "
        f"{more} than {small.rung}: it learned {percent(learned)} of them (at least e times likelier) and gave up {percent(given_up)} "
        "(at least e times less likely)."
    )
