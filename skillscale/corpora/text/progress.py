"""How a long preparation says how far it is."""

from collections.abc import Callable

OnProgress = Callable[[str, float], None]
"""Called with what is being done, as a phrase, and the share of it that is done, 0 to 1."""


def silent(what: str, share: float) -> None:
    """Say nothing."""
