"""The text that is graded, in what a student said."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from skillscale.tasks.skill_mix.quoting import whole

LONGEST_TEXT = 50_000  # characters; one of 8 sentences has some 1,000
FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)  # code, whose variables and comments may be called Answer
# At the start of a line, also decorated (`**Answer:**`, `## Answer:`), or anywhere where no line starts so.
MARK = r"^[ \t#>-]*(?P<mark>[*_]{0,3})[ \t]*(?:%s)[ \t]*(?P=mark)?[ \t]*%s[ \t]*(?P=mark)?"
ANSWER_LINE = re.compile(MARK % ("Answer|ANSWER", ":"), re.MULTILINE)
ANSWER_ANYWHERE = re.compile(r"\bAnswer:")
EXPLANATION_LINE = re.compile(MARK % ("Explanations?|EXPLANATIONS?", "(?::|$)"), re.MULTILINE)
EXPLANATION_ANYWHERE = re.compile(r"\bExplanation:")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerText:
    """The text, or the reason why there is none."""

    text: str | None
    missing: str | None = None


def answer_text(said: str, *, cut: bool) -> AnswerText:
    """What follows the last `Answer:` and stands before `Explanation:` (Yu et al. 2023).

    Without an explanation it is all the rest, unless the answer was `cut` off: then nobody knows whether the text is whole.
    """
    starts = _marks(said, ANSWER_LINE, ANSWER_ANYWHERE)
    if not starts:
        return AnswerText(text=None, missing="no 'Answer:' in what the model wrote")
    rest = said[starts[-1].end() :]
    ends = _marks(rest, EXPLANATION_LINE, EXPLANATION_ANYWHERE)
    if not ends and cut:
        return AnswerText(text=None, missing="cut off at the largest number of tokens before 'Explanation:'")
    text = whole(rest[: ends[0].start()] if ends else rest).strip()
    if not any(char.isalnum() for char in text):
        return AnswerText(text=None, missing="nothing between 'Answer:' and 'Explanation:'")
    if len(text) > LONGEST_TEXT:
        return AnswerText(text=None, missing=f"a text of more than {LONGEST_TEXT:,} characters")
    return AnswerText(text=text)


def _marks(text: str, line: re.Pattern[str], anywhere: re.Pattern[str]) -> list[re.Match[str]]:
    """Those outside of code first, those that start a line before the others."""
    fences = [fence.span() for fence in FENCED.finditer(text)]
    for found in (line.finditer(text), anywhere.finditer(text)):
        found = list(found)
        if outside := _outside(found, fences):
            return outside
    return list(line.finditer(text)) or list(anywhere.finditer(text))


def _outside(found: Iterable[re.Match[str]], fences: Iterable[tuple[int, int]]) -> list[re.Match[str]]:
    return [one for one in found if not any(start <= one.start() < end for start, end in fences)]
