"""A text with what is known about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloze:
    """A gap in a document. `prefix + answer` is text; `distractors` are wrong answers of the same kind.

    `task` is the task it belongs to, `stratum` its difficulty, `k` how many skills are combined.
    `max_new_tokens` is given where the answer is free text that ends itself (a worked chain).
    """

    task: str
    stratum: str
    prefix: str
    answer: str
    distractors: tuple[str, ...] = ()
    k: int | None = None
    skills: tuple[str, ...] = ()
    max_new_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text. `logprobs` (nats) are the world's own, one per token of `tokens`; None where nobody knows them.

    `ends` is false where the text goes on after `tokens`: then its end token is not to be predicted.
    """

    text: str
    tokens: tuple[int, ...]
    strand: str
    stratum: str = "all"
    skills: tuple[str, ...] = ()
    clozes: tuple[Cloze, ...] = ()
    logprobs: tuple[float, ...] | None = None
    ends: bool = True

    @property
    def logprob_nats(self) -> float | None:
        return None if self.logprobs is None else float(sum(self.logprobs))
