"""A small invented language that looks like edited English: names, numbers, small words, punctuation."""

import numpy as np

NAMES = ("Ada", "Boris", "Clara", "Dora", "Emil", "Fanny", "Gustav", "Hilda")
NOUNS = tuple(a + b + c for a in ("ba", "gar", "ket", "lun") for b in ("do", "ri", "tle") for c in ("k", "mp", "nt"))
VERBS = tuple(f"{stem}ed" for stem in ("carri", "clean", "paint", "mend", "open", "watch", "gild", "haul", "knock"))


def sentence(rng: np.random.Generator) -> str:
    noun, verb, name = (str(rng.choice(words)) for words in (NOUNS, VERBS, NAMES))
    year = 1900 + int(rng.integers(90))
    return (
        f"Then the old {noun} of {name} {verb} a {rng.choice(NOUNS)}, and in {year} it was for the {rng.choice(NOUNS)}."
    )


def paragraphs(n_bytes: int, seed: int) -> str:
    """About `n_bytes` of text: paragraphs of four sentences between blank lines."""
    rng = np.random.default_rng(seed)
    parts: list[str] = []
    size = 0
    while size < n_bytes:
        parts.append(" ".join(sentence(rng) for _ in range(4)) + "\n\n")
        size += len(parts[-1])
    return "".join(parts)
