"""The user's own cloze prompts: one JSON object a line, `{"task", "prefix", "choices", "answer"}`."""

import json
import unicodedata
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from skillscale.corpora.document import Cloze
from skillscale.corpora.text.before import text_before
from skillscale.corpora.text.clozes import KINDS
from skillscale.errors import SkillscaleError

_TAKEN = frozenset((*KINDS, "language"))


def read_clozes(path: Path, tokenizer: Tokenizer, context: int) -> list[Cloze]:
    """Read the prompts of `path`. `prefix` followed by a choice must be text as it would stand in the corpus.

    `choices` may be left out where only what the model says is to be judged; `stratum` may be given, else it is
    `all`. A prefix that is too long for `context` loses its beginning. Raises SkillscaleError, naming the line.
    """
    return [_fitted(cloze, where, tokenizer, context) for where, cloze in parse_clozes(path)]


def parse_clozes(path: Path) -> list[tuple[str, Cloze]]:
    """The prompts of `path` before anything is cut, each after where it stands: all that can be refused without a tokenizer."""
    if path.exists() and not path.is_file():  # to open a pipe would wait until somebody writes to it
        raise SkillscaleError(f"The cloze file {path} is no regular file; give a JSONL file in UTF-8.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SkillscaleError(f"The cloze file {path} cannot be read ({error}); give a JSONL file in UTF-8.") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise SkillscaleError(f"The cloze file {path} is empty; give one JSON object a line.")
    places = [(f"{path}, line {number}", line) for number, line in numbered]
    return [(where, _cloze(line, where)) for where, line in places]


def _cloze(line: str, where: str) -> Cloze:
    try:
        raw: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SkillscaleError(f"{where} is not JSON ({error}); each line must be one JSON object.") from error
    if not isinstance(raw, dict):
        raise SkillscaleError(f"{where} is not a JSON object; each line needs task, prefix, choices and answer.")
    task, prefix, answer = (_text(raw, name, where) for name in ("task", "prefix", "answer"))
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n" for sign in task):
        raise SkillscaleError(f"{where}: the task {task!r} holds a control character; leave it out.")
    if task in _TAKEN:
        raise SkillscaleError(f"{where}: the task {task!r} exists already; give yours another name.")
    stratum = _text(raw, "stratum", where) if "stratum" in raw else "all"
    distractors = _distractors(raw.get("choices", []), answer, where)
    # A word is predicted with the space before it, so that space belongs to the choices.
    space = prefix[len(prefix.rstrip(" ")) :]
    return Cloze(
        task=task,
        stratum=stratum,
        prefix=prefix.rstrip(" "),
        answer=space + answer,
        distractors=tuple(space + wrong for wrong in distractors),
    )


def _text(raw: dict[str, Any], name: str, where: str) -> str:
    value: object = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SkillscaleError(f"{where}: {name!r} is {value!r}; it must be text that is not empty.")
    return value


def _distractors(choices: object, answer: str, where: str) -> tuple[str, ...]:
    if not isinstance(choices, list) or not all(isinstance(choice, str) and choice.strip() for choice in choices):
        raise SkillscaleError(f"{where}: 'choices' is {choices!r}; it must be a list of texts that are not empty.")
    if not choices:
        return ()
    if len(set(choices)) < max(2, len(choices)):
        raise SkillscaleError(f"{where}: 'choices' is {choices!r}; give at least two, all different.")
    if answer not in choices:
        raise SkillscaleError(f"{where}: the answer {answer!r} is not among the choices {choices!r}; add it.")
    return tuple(choice for choice in choices if choice != answer)


def _fitted(cloze: Cloze, where: str, tokenizer: Tokenizer, context: int) -> Cloze:
    """Cut the prefix so that an end token, the prefix and the longest choice fit the context."""
    choices = (cloze.answer, *cloze.distractors)
    longest = max(len(tokenizer.encode(choice, add_special_tokens=False).ids) for choice in choices)
    budget = context - 1 - longest
    if budget < context // 4:
        raise SkillscaleError(
            f"{where}: a choice has {longest} tokens, but prefix and choice must fit {context}; shorten it."
        )
    encoding = tokenizer.encode(cloze.prefix, add_special_tokens=False)
    if len(encoding.ids) <= budget:
        return cloze
    return Cloze(
        task=cloze.task,
        stratum=cloze.stratum,
        prefix=text_before(len(cloze.prefix), cloze.prefix, encoding.offsets, budget),
        answer=cloze.answer,
        distractors=cloze.distractors,
    )
