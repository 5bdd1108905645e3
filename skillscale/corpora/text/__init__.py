"""The user's own text."""

from skillscale.corpora.text.corpus import build_text_corpus

__all__ = ["build_text_corpus"]
