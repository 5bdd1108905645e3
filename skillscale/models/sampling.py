"""Samples of what a model says: prompts of equal length together, each sample with random numbers of its own."""

# b rows (one for each sample), t position, v vocabulary

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from skillscale.errors import SkillscaleError
from skillscale.models.decoder import Decoder, decoder_of
from skillscale.models.question import Question, read_prompts

if TYPE_CHECKING:
    from skillscale.models.local import LocalModel

# One core, d=64, 16 samples of 16 prompts: 32 rows 46k tokens a second, 64 rows 60k, 128 rows 69k, 256 rows 65k.
ROWS = {"cpu": 128, "cuda": 8192}  # samples drawn side by side

COLDEST = 1e-6  # a lower temperature says the same and would make infinities of logits
KEPT_SHARE = 0.75  # rows that have stopped are dropped from the cache once so few go on


# What a model reads: a text, or earlier documents, each closed by its end token, and last the beginning of one.
Reading = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a model said after a prompt, or in `missing` why it said nothing (`text` and `logprob` are then None).

    `tokens` are those before the end token. `logprob` is the sum of the log-probabilities (nats, at temperature 1) of the tokens
    and, where the model `ended` by itself, of its end token. `n_context` tokens were read first, the start token included.
    """

    text: str | None = None
    tokens: tuple[int, ...] = ()
    logprob: float | None = None
    ended: bool = False
    missing: str | None = None
    n_context: int = 0

    @property
    def n_later(self) -> int:
        """Forward passes after that of the context: the last token of a sample that was cut is not read."""
        return len(self.tokens) if self.ended else max(len(self.tokens) - 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The tokens of one sample without its end token, their log-probability with it (nats), and whether it ended."""

    tokens: tuple[int, ...]
    logprob: float
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Samples drawn side by side: `n` of each of these prompts, from sample `first` on."""

    prompts: list[int]
    first: int
    n: int


def sample_prompts(
    model: "LocalModel", prompts: Sequence[Reading], *, n: int, temperature: float, seed: int, max_new_tokens: int,
    firsts: Sequence[int] | None = None,
) -> list[list[Sample]]:  # fmt: skip
    """What `LocalModel.sample` says it does; of each prompt the `n` samples from number `firsts` on, 0 if not given."""
    if n < 1 or max_new_tokens < 1 or not 0 <= temperature < math.inf:
        raise SkillscaleError(
            f"{n} samples of {max_new_tokens} tokens at temperature {temperature:g} were asked for; "
            "ask for at least 1 of at least 1 token, at a temperature of 0 or more."
        )
    contexts = _contexts(model, prompts)
    samples: list[list[Sample]] = [[] for _ in prompts]
    by_length: dict[int, list[int]] = defaultdict(list)
    for i, context in enumerate(contexts):
        if model.context is not None and len(context) > model.context:
            reason = f"the prompt has more tokens than the model's context of {model.context}"
            samples[i] = [Sample(missing=reason, n_context=len(context))] * n
        else:
            by_length[len(context)].append(i)
    decoder = decoder_of(model.model)
    for length, group in sorted(by_length.items()):
        room = max_new_tokens if model.context is None else min(max_new_tokens, model.context + 1 - length)
        for part in _parts(group, n, ROWS.get(model.device.split(":")[0], ROWS["cpu"])):
            numbers = [
                uniform_numbers(
                    seed, _key(prompts[i]), first=part.first + (firsts[i] if firsts else 0), n=part.n, length=room
                )
                for i in part.prompts
            ]
            speeches = speak(
                decoder,
                [contexts[i] for i in part.prompts],
                np.concatenate(numbers),
                temperature=temperature,
                stop_ids=model.stop_ids,
                device=model.device,
            )
            texts = model.tokenizer.decode_batch([list(one.tokens) for one in speeches], skip_special_tokens=False)
            for at, (speech, text) in enumerate(zip(speeches, texts, strict=True)):
                samples[part.prompts[at // part.n]].append(_in_words(speech, text, length))
    return samples


def _contexts(model: "LocalModel", prompts: Sequence[Reading]) -> list[tuple[int, ...]]:
    """The tokens that are read before each sample: the start token, earlier documents each with its end token, the prompt."""
    lasts = [prompt if isinstance(prompt, str) else prompt[-1] for prompt in prompts]
    asked = read_prompts(model.tokenizer, model.start_id, [Question(prefix=text, max_new_tokens=0) for text in lasts])
    texts = list(dict.fromkeys(text for prompt in prompts if not isinstance(prompt, str) for text in prompt[:-1]))
    if texts and not model.stop_ids:
        raise SkillscaleError(
            f"{model.folder} has no token that ends a document, so it cannot read one after another. Ask it without examples."
        )
    encoded = model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    ids = {text: (*encoding.ids, model.stop_ids[0]) for text, encoding in zip(texts, encoded, strict=True)}
    contexts: list[tuple[int, ...]] = []
    for prompt, last in zip(prompts, asked, strict=True):
        earlier = () if isinstance(prompt, str) else prompt[:-1]
        contexts.append((last.context[0], *(token for text in earlier for token in ids[text]), *last.context[1:]))
    return contexts


def _key(prompt: Reading) -> str:
    """A prompt alone is itself; U+001E stands between documents."""
    return prompt if isinstance(prompt, str) else "\x1e".join(prompt)


def _parts(prompts: list[int], n: int, n_rows: int) -> Iterator[_Part]:
    if n >= n_rows:  # one prompt fills the batch, or several
        for prompt in prompts:
            for first in range(0, n, n_rows):
                yield _Part(prompts=[prompt], first=first, n=min(n_rows, n - first))
        return
    size = n_rows // n
    for start in range(0, len(prompts), size):
        yield _Part(prompts=prompts[start : start + size], first=0, n=n)


def _in_words(speech: Speech, text: str, n_context: int) -> Sample:
    if not math.isfinite(speech.logprob):
        return Sample(missing="the model's log-probabilities are not finite", n_context=n_context)
    return Sample(text=text, tokens=speech.tokens, logprob=speech.logprob, ended=speech.ended, n_context=n_context)


def uniform_numbers(seed: int, prompt: str, *, first: int, n: int, length: int) -> np.ndarray:
    """Numbers (n, length) in [0, 1) for samples first … first + n − 1 of a prompt, whatever else is sampled.

    Philox with a key of seed and prompt; a sample's number is the upper half of the counter.
    """
    digest = hashlib.blake2b(f"{seed}\0{prompt}".encode(), digest_size=16).digest()
    key = int.from_bytes(digest, "little")
    numbers = np.empty((n, length), dtype=np.float32)
    for i in range(n):
        np.random.Generator(np.random.Philox(key=key, counter=(first + i) << 128)).random(
            dtype=np.float32, out=numbers[i]
        )
    return numbers


def speak(
    decoder: Decoder,
    contexts: Sequence[Sequence[int]],
    uniform_bt: np.ndarray,
    *,
    temperature: float,
    stop_ids: Sequence[int],
    device: str,
) -> list[Speech]:
    """Samples of equally long contexts, len(uniform_bt) / len(contexts) of each, in order; at most so many tokens as each has
    uniform numbers.

    A token is the first at which the cumulative probability exceeds its uniform number; temperature 0 says the likeliest.
    """
    n_rows, n_tokens = uniform_bt.shape
    context = torch.tensor([list(context) for context in contexts], device=device)
    uniform_tb = torch.from_numpy(np.ascontiguousarray(uniform_bt.T)).to(device)
    row_b = torch.arange(n_rows, device=device)  # which sample each row of the decoder is
    stopped_b = torch.zeros(n_rows, dtype=torch.bool, device=device)
    heard: list[tuple[Tensor, Tensor, Tensor]] = []
    with torch.inference_mode():
        logits_bv = decoder.read(context, n_samples=n_rows // len(contexts), n_later=n_tokens - 1)
        for t in range(n_tokens):
            token_b, nats_b = _said(logits_bv, uniform_tb[t], temperature)
            heard.append((row_b, token_b, nats_b))
            for stop in stop_ids:
                stopped_b = stopped_b | (token_b == stop)
            n_going = len(row_b) - int(stopped_b.sum())
            if n_going == 0 or t == n_tokens - 1:
                break
            if n_going <= KEPT_SHARE * len(row_b):
                going = (~stopped_b).nonzero()[:, 0]
                decoder.keep(going)
                row_b, token_b, uniform_tb = row_b[going], token_b[going], uniform_tb[:, going]
                stopped_b = torch.zeros_like(row_b, dtype=torch.bool)
            logits_bv = decoder.step(token_b)
    return _speeches(heard, n_rows, frozenset(stop_ids))


def _said(logits_bv: Tensor, uniform_b: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """A token for each row and its log-probability at temperature 1."""
    if temperature == 1:  # one softmax serves both
        p_bv = logits_bv.softmax(1)
        token_b1 = _drawn(p_bv, uniform_b)
        return token_b1[:, 0], p_bv.gather(1, token_b1).log_()[:, 0]
    if temperature == 0:
        token_b1 = logits_bv.argmax(1, keepdim=True)
    else:
        token_b1 = _drawn((logits_bv / max(temperature, COLDEST)).softmax(1), uniform_b)
    return token_b1[:, 0], logits_bv.log_softmax(1).gather(1, token_b1)[:, 0]


def _drawn(p_bv: Tensor, uniform_b: Tensor) -> Tensor:
    """The first token at which the cumulative probability exceeds the uniform share of its total: never one of probability 0."""
    cumulative_bv = p_bv.cumsum(1)
    total_b = cumulative_bv[:, -1]
    below_b = torch.minimum(uniform_b * total_b, torch.nextafter(total_b, torch.zeros_like(total_b)))
    token_b1 = torch.searchsorted(cumulative_bv, below_b[:, None], right=True)
    return token_b1.clamp_max_(p_bv.shape[1] - 1)  # beyond the end only where logits are not numbers


def _speeches(heard: list[tuple[Tensor, Tensor, Tensor]], n_rows: int, stop_ids: frozenset[int]) -> list[Speech]:
    """From the rows, tokens and nats of each step; what a row said after its end token is forgotten."""
    said_bt = np.zeros((n_rows, len(heard)), dtype=np.int64)
    nats_bt = np.zeros((n_rows, len(heard)), dtype=np.float64)
    for t, (row_b, token_b, nats_b) in enumerate(heard):
        rows = row_b.cpu().numpy()
        said_bt[rows, t], nats_bt[rows, t] = token_b.cpu().numpy(), nats_b.cpu().numpy()
    made: list[Speech] = []
    for tokens, nats in zip(said_bt.tolist(), nats_bt, strict=True):
        end = next((t for t, token in enumerate(tokens) if token in stop_ids), None)
        n = len(tokens) if end is None else end
        logprob = float(nats[: n if end is None else n + 1].sum())
        made.append(Speech(tokens=tuple(tokens[:n]), logprob=logprob, ended=end is not None))
    return made
