"""What a language model is asked and what it answers, in text; and the tokens in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel, WhitespaceSplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A prefix and the continuations whose log-probabilities are wanted.

    `max_new_tokens` is how many tokens the model may say after the prefix (greedily); None means as many as the first
    continuation has, 0 that it says nothing.
    """

    prefix: str
    continuations: tuple[str, ...] = ()
    max_new_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`logprobs` (nats) of each continuation and what the model `said`; or why there is nothing, in `missing`.

    `n_context`, `n_scored` and `n_said` count tokens read once, scored in all continuations, and generated.
    """

    logprobs: tuple[float, ...] = ()
    said: str | None = None
    missing: str | None = None
    n_context: int = 0
    n_scored: int = 0
    n_said: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question in tokens. `context` begins with the start token; the model reads it, then scores each of `scored`."""

    context: tuple[int, ...]
    scored: tuple[tuple[int, ...], ...]
    max_new_tokens: int
    backed_off: bool  # the context is shorter than the prefix, because a token reaches across the seam


def read_prompts(tokenizer: Tokenizer, start_id: int, questions: Sequence[Question]) -> list[Prompt]:
    """Tokens of each question, such that `context + scored[i]` is exactly how `prefix + continuations[i]` is tokenised.

    Where a token reaches across the seam (byte pairs merge `un` + `able`, or a space at the end of the prefix belongs
    to the next word), the context ends before it: it is what the prefix and all its continuations share. So every
    continuation is scored as the text it makes, and all from the same context.
    """
    splits = _splits_at_spaces(tokenizer)
    texts: dict[str, None] = {}  # each is tokenised once: many questions share their choices
    for question in questions:
        texts[question.prefix] = None
        for text in question.continuations:
            texts[text if splits and _spaced(question.prefix, text) else question.prefix + text] = None
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    ids = {text: encoding.ids for text, encoding in zip(texts, encoded, strict=True)}
    prompts: list[Prompt] = []
    for question in questions:
        prefix = ids[question.prefix]
        joint = [
            prefix + ids[text] if splits and _spaced(question.prefix, text) else ids[question.prefix + text]
            for text in question.continuations
        ]
        prompts.append(_prompt(start_id, prefix, joint, question.max_new_tokens))
    return prompts


def _splits_at_spaces(tokenizer: Tokenizer) -> bool:
    """Does no token reach from a word over the space after it, whatever the words? Then the two can be read apart.

    True of splitting at white space and of byte-level pairs with their usual pattern, where nothing else looks at the text.
    """
    split: Any = tokenizer.pre_tokenizer
    at_spaces = isinstance(split, WhitespaceSplit) or (
        isinstance(split, ByteLevel) and bool(split.use_regex) and not split.add_prefix_space
    )
    looks: Any = tokenizer.normalizer
    added = tokenizer.get_added_tokens_decoder().values()
    return at_spaces and looks is None and all(token.special and tokenizer.encode_special_tokens for token in added)


def _spaced(prefix: str, continuation: str) -> bool:
    """A word, then exactly one space, then a word."""
    return (
        prefix != ""
        and not prefix[-1].isspace()
        and continuation[:1] == " "
        and continuation[1:2] != ""
        and not continuation[1].isspace()
    )


def _prompt(start_id: int, prefix: list[int], joint: list[list[int]], max_new_tokens: int | None) -> Prompt:
    n = len(prefix)
    if any(tokens[:n] != prefix for tokens in joint):
        n = min(_n_shared(prefix, tokens) for tokens in joint)
    scored = tuple(tuple(tokens[n:]) for tokens in joint)
    if max_new_tokens is None:
        max_new_tokens = len(scored[0]) if scored else 0
    return Prompt(
        context=(start_id, *prefix[:n]), scored=scored, max_new_tokens=max_new_tokens, backed_off=n < len(prefix)
    )


def _n_shared(a: list[int], b: list[int]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
