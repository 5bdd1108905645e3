"""Text that nobody vouches for, written so that it can only be read as data.

A text becomes one JSON string on one line. Everything that could end it, or that some program or model reads as structure, is written as
`\\uXXXX`: angle brackets, ampersands, backticks, square and curly brackets and bars (tags, code fences, templates, the special
tokens of chat formats), and every character that cannot be seen (controls, line ends, directions of writing, joiners, tags, fillers).
"""

import json
import re
from hashlib import blake2b

STRUCTURE = set("<>&`[]{}|")
# Printable by their category, and yet invisible: fillers, variation selectors, the blank of Braille.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def quoted(text: str) -> str:
    """The text as one JSON string in double quotes that holds no line end and no bracket; `json.loads` gives the text back.

    Half of a surrogate pair, which is no character, becomes a question mark.
    """
    return "".join(_escaped(char) for char in json.dumps(whole(text), ensure_ascii=False))


def whole(text: str) -> str:
    """The text with question marks for halves of surrogate pairs, which no file and no server takes."""
    return text.encode("utf-8", "replace").decode()


def tag_of(text: str) -> str:
    """The name of the tag that `text` stands in: from its hash, so that no text can hold its own."""
    return f"text-{blake2b(whole(text).encode(), digest_size=6).hexdigest()}"


def _escaped(char: str) -> str:
    if char not in STRUCTURE and char.isprintable() and not INVISIBLE.match(char):
        return char
    return json.dumps(char)[1:-1] if ord(char) > 126 else f"\\u{ord(char):04x}"
