"""Where the answer stands in what a model said. Every kind of puzzle reads answers through here.

The rule: the answer is what follows the last line that begins with `Answer:` (or `Final answer:`; any case, any Markdown before it or around
it), on that line or, where nothing follows there, below it, up to the first empty line. A code fence is opened. Where no line begins so,
everything said is the answer. Longer than LONGEST_ANSWER characters is no answer to any puzzle here. All of it is linear in what was said.
"""

import re

LONGEST_ANSWER = 4_000  # characters; a poem of 12 lines has at most 1,500
_MARK = re.compile(r"^[ \t>#*_]*(?:final )?answer[ \t*_]*:", re.IGNORECASE | re.ASCII | re.MULTILINE)
_FENCE = re.compile(r"^```[a-z]*$", re.ASCII)


def answer_of(said: str) -> str:
    """The answer in free text, without surrounding space and Markdown; empty where there is none. Lines end in `\\n`."""
    text = said.replace("\r\n", "\n")
    start = 0
    for mark in _MARK.finditer(text):
        start = mark.end()
    found = text[start:]
    if start == 0:
        return _bare(found)
    lines: list[str] = []
    fenced = False
    for line in found.lstrip(" \t\n*_").split("\n"):
        if _FENCE.match(line.strip()):
            if lines and not fenced:
                break
            if fenced:
                break
            fenced = True
        elif line.strip():
            lines.append(line)
        elif lines and not fenced:
            break
    return _bare("\n".join(lines))


def _bare(text: str) -> str:
    """Without the Markdown that often stands around an answer."""
    return text.strip().strip("*_`").strip()


def too_long(answer: str) -> bool:
    """Whether no puzzle has so long an answer."""
    return len(answer) > LONGEST_ANSWER


def shown(text: str, longest: int = 40) -> str:
    """Untrusted text as part of a sentence: quoted, on one line, cut."""
    return repr(text if len(text) <= longest else text[:longest] + "…")
