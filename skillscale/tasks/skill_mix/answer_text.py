"""The text that is graded, in what a student said."""

import re
from dataclasses import dataclass

from skillscale.tasks.skill_mix.quoting import whole

LONGEST_TEXT = 50_000  # characters; one of 8 sentences has some 1,000
# `Answer:` at the start of a line, however decorated (`**Answer:**`, `## Answer:`), and anywhere where no line starts so.
ANSWER_LINE = re.compile(r"^[ \t*#>_-]*answer[ \t*_]*:[ \t*_]*", re.IGNORECASE | re.MULTILINE)
ANSWER_ANYWHERE = re.compile(r"Answer[*_]*:[*_]*")
EXPLANATION_LINE = re.compile(r"^[ \t*#>_-]*explanations?[ \t*_]*(:|$)", re.IGNORECASE | re.MULTILINE)
EXPLANATION_ANYWHERE = re.compile(r"[*_]*Explanation[*_]*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerText:
    """The text, or the reason why there is none."""

    text: str | None
    missing: str | None = None


def answer_text(said: str, *, cut: bool) -> AnswerText:
    """What follows the last `Answer:` and stands before `Explanation:` (Yu et al. 2023).

    Without an explanation it is all the rest, unless the answer was `cut` off: then nobody knows whether the text is whole.
    """
    starts = list(ANSWER_LINE.finditer(said)) or list(ANSWER_ANYWHERE.finditer(said))
    if not starts:
        return AnswerText(text=None, missing="no 'Answer:' in what the model wrote")
    rest = said[starts[-1].end() :]
    end = EXPLANATION_LINE.search(rest) or EXPLANATION_ANYWHERE.search(rest)
    if end is None and cut:
        return AnswerText(text=None, missing="cut off at the largest number of tokens before 'Explanation:'")
    text = whole(rest if end is None else rest[: end.start()]).strip()
    if not any(char.isalnum() for char in text):
        return AnswerText(text=None, missing="nothing between 'Answer:' and 'Explanation:'")
    if len(text) > LONGEST_TEXT:
        return AnswerText(text=None, missing=f"a text of more than {LONGEST_TEXT:,} characters")
    return AnswerText(text=text)
