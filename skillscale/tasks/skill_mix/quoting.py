"""Text that nobody vouches for, written so that it can only be read as data.

A text becomes one JSON string on one line. What could end it, or is structure to some program or model, is written as `\\uXXXX`: angle
brackets, ampersands and backticks (tags, code fences, `<|…|>` of chat formats), brackets that begin a token such as `[INST]`, and every
character that cannot be seen (controls, line ends, directions of writing, joiners, tags, fillers). Braces stay, for code is full of them and
nothing here reads a text as a template.
"""

import json
import re
from hashlib import blake2b

STRUCTURE = re.compile(r"[<>&`]|\[(?=/?[A-Z_]+\])")
# Printable by their category, and yet invisible: fillers, variation selectors, the blank of Braille.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def quoted(text: str) -> str:
    """The text as one JSON string in double quotes that holds no line end and no structure; `json.loads` gives the text back.

    Half of a surrogate pair, which is no character, becomes a question mark.
    """
    said = STRUCTURE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(whole(text), ensure_ascii=False))
    return "".join(char if _is_seen(char) else json.dumps(char)[1:-1] for char in said)


def whole(text: str) -> str:
    """The text with question marks for halves of surrogate pairs, which no file and no server takes."""
    return text.encode("utf-8", "replace").decode()


def tag_of(text: str) -> str:
    """The name of the tag that `text` stands in: from its hash, so that no text can hold its own."""
    return f"text-{blake2b(whole(text).encode(), digest_size=6).hexdigest()}"


def _is_seen(char: str) -> bool:
    return char.isprintable() and not INVISIBLE.match(char)
