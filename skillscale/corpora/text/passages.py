"""A long text cut into passages: the documents that are packed, split and held out.

In a running text (`.txt`) passages follow what the author marked: a heading line ` = Title = ` (as WikiText writes
them) starts an article, which stays whole; elsewhere paragraphs are gathered until they make a page. A record of a
table is one passage. Whatever has no mark at all (one huge line, a record as long as a book) is cut by length, so
that memory stays bounded.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PAGE = 2_000  # characters: some three contexts of 256 tokens; smaller pages would fill the text with ends
LONG = 8_000  # a page without a blank line ends at the next line end
LONGEST = 65_536  # no passage is longer, in characters

_HEADING = re.compile(r"^ ?= (?!=).*[^=\s] = ?$")  # " = Title = ", but not " = = Section = = "


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of text. `ends` is false where the text went on and only the passage was cut here."""

    text: str
    ends: bool


def passages_of_lines(lines: Iterable[str]) -> Iterator[Passage]:
    """Cut a running text, given as lines that keep their line ends (very long ones may come in parts)."""
    held: list[str] = []
    size = 0
    in_article = False
    after_blank = True
    for line in lines:
        blank = not line.strip()
        heading = after_blank and _HEADING.match(line.rstrip("\n")) is not None
        if heading or _is_full(size, in_article, at_paragraph=after_blank and not blank):
            yield from _passage(held, ends=heading)
            held, size = [], 0
        in_article = in_article or heading
        held.append(line)
        size += len(line)
        after_blank = blank
    yield from _passage(held, ends=True)


def _is_full(size: int, in_article: bool, *, at_paragraph: bool) -> bool:
    if in_article:
        return size >= LONGEST - LONG  # a line adds at most LONG characters
    return size >= LONG or (size >= PAGE and at_paragraph)


def _passage(lines: list[str], *, ends: bool) -> Iterator[Passage]:
    text = "".join(lines)
    if text.strip():
        yield Passage(text=text, ends=ends)


def passages_of_record(text: str) -> Iterator[Passage]:
    """A record is one passage; a longer one than `LONGEST` is cut at a line end, else at a space, else anywhere."""
    start = 0
    while len(text) - start > LONGEST:
        last = start + LONGEST
        marks = (text.rfind(mark, start + LONGEST // 2, last) + 1 for mark in ("\n", " "))
        cut = next((mark for mark in marks if mark), last)
        yield from _passage([text[start:cut]], ends=False)
        start = cut
    yield from _passage([text[start:]], ends=True)
