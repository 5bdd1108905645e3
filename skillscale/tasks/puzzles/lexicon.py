"""The words that puzzles are made of (words.txt): common English ones of 3, 4 and 5 letters."""

from functools import cache
from pathlib import Path


@cache
def lexicon(length: int) -> tuple[str, ...]:
    """Our words of so many letters, in alphabetical order; none for another length."""
    return _sections().get(length, ())


@cache
def words_by_initial() -> dict[str, tuple[str, ...]]:
    """All our words, by their first letter."""
    every = sorted(word for length in _sections() for word in lexicon(length))
    return {letter: tuple(word for word in every if word[0] == letter) for letter in "abcdefghijklmnopqrstuvwxyz"}


@cache
def _sections() -> dict[int, tuple[str, ...]]:
    text = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8")
    sections = [part.split("]") for part in text.split("[")[1:]]
    return {int(length): tuple(sorted(set(words.split()))) for length, words in sections}
