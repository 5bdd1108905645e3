"""What a language model is asked and what it answers, in text; and the tokens in between."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer


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
    texts: list[str] = []
    for question in questions:
        texts.append(question.prefix)
        texts.extend(question.prefix + continuation for continuation in question.continuations)
    encoded = iter(tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    prompts: list[Prompt] = []
    for question in questions:
        prefix = next(encoded).ids
        joint = [next(encoded).ids for _ in question.continuations]
        prompts.append(_prompt(start_id, prefix, joint, question.max_new_tokens))
    return prompts


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
