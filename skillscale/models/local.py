"""A causal language model on disk (any Hugging Face folder): log-probabilities and greedy answers, batched.

b batch, t position, v vocabulary
"""

import math
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from skillscale.errors import SkillscaleError
from skillscale.models.answering import TokenAnswer, answer_batch, token_logprobs
from skillscale.models.question import Answer, Prompt, Question, read_prompts
from skillscale.models.sampling import Reading, Sample, sample_prompts

# Tokens in one forward pass. d=64, L=2, one core, items/s with 21 tokens each: 16 rows 10.4k, 64 rows 12.6k,
# 256 rows 11.2k, 1,024 rows 7.4k: beyond some thousand tokens the activations leave the cache.
BATCH_TOKENS = {"cpu": 1536, "cuda": 65536}
MAX_LOGITS = 2**25  # 128 MB: bounds the batch where the vocabulary is large
# How the tokenizers of causal models are stored. Where none is there, transformers makes an empty one for some kinds of model.
TOKENIZER_FILES = ("tokenizer.json", "*.model", "vocab.json", "vocab.txt", "*.tiktoken", "tekken.json")
FEWEST_WORDS = 4  # of a vocabulary, special tokens apart; an empty one reads every text as nothing, or as one token
HEALING = "Delete that folder and run the same command again if skillscale trained it; else copy it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchShape:
    """What a row needs: tokens read at once, tokens read later from the cache, positions whose logits are kept."""

    length: int
    n_later: int = 0
    n_logits: int = 1


class LocalModel:
    """The model in `folder`, in fp32: it reads `start_id` before every text, and at most `context` tokens (None: any
    number); a token of `stop_ids` ends what it says, the first of them ends a document. `n_params` is without embeddings and
    unembedding.

    `threads` sets how many threads torch may use, for the whole process. Raises SkillscaleError where the folder holds no
    complete model and tokenizer.
    """

    def __init__(
        self, folder: Path, *, device: str = "cpu", threads: int | None = None, batch_tokens: int | None = None
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.folder = Path(folder)
        self.device = device
        self.batch_tokens = batch_tokens or BATCH_TOKENS.get(device.split(":")[0], BATCH_TOKENS["cpu"])
        self.model = _open_model(self.folder, device)
        self.tokenizer = _open_tokenizer(self.folder)
        self._decoded: dict[tuple[int, ...], str] = {}
        self.config = self.model.config.get_text_config()
        self.context: int | None = getattr(self.config, "max_position_embeddings", None)
        self.stop_ids = _stop_ids(self.model)
        self.start_id = _start_id(self.model, self.stop_ids, self.folder)
        self.n_params_total = sum(parameter.numel() for parameter in self.model.parameters())
        self.n_params = self.n_params_total - _n_embedding_params(self.model)
        self._refuse_tokens_without_weights()

    def _refuse_tokens_without_weights(self) -> None:
        n_ids, n_rows = self.tokenizer.get_vocab_size(), int(self.config.vocab_size)
        if n_ids > n_rows:
            raise SkillscaleError(
                f"{self.folder}: its tokenizer has {n_ids} tokens but its model only {n_rows}. "
                "Use the tokenizer that the model was trained with."
            )
        for token in (self.start_id, *self.stop_ids):
            if not 0 <= token < n_rows:
                raise SkillscaleError(
                    f"{self.folder}: its config names {token} as the token that begins or ends a text, but its model has "
                    f"{n_rows} tokens. Set bos_token_id and eos_token_id to those it was trained with."
                )

    def token_logprobs(self, sequences: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """For each sequence of n ≥ 2 token ids the log-probabilities (n − 1,) of its 2nd … n-th token, in nats.

        Raises SkillscaleError where a sequence is longer than the model's context + 1.
        """
        longest = max(map(len, sequences), default=0)
        if self.context is not None and longest > self.context + 1:
            raise SkillscaleError(
                f"{self.folder} reads {self.context} tokens at once, but a text has {longest}. Cut it into windows."
            )
        logprobs: list[npt.NDArray[np.float32]] = [np.empty(0, dtype=np.float32)] * len(sequences)
        shapes = [BatchShape(length=len(sequence) - 1, n_logits=len(sequence) - 1) for sequence in sequences]
        for batch in self._batches(shapes):
            ids_bt = torch.tensor([list(sequences[i]) for i in batch], device=self.device)
            with torch.inference_mode():
                logits_btv = self.model(input_ids=ids_bt[:, :-1], use_cache=False).logits.float()
                rows = token_logprobs(logits_btv, ids_bt[:, 1:]).cpu().numpy()
            for i, row in zip(batch, rows, strict=True):
                logprobs[i] = row
        return logprobs

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """For each question the log-probabilities of its continuations and what the model says, greedily.

        A question that does not fit into the model's context, or whose continuations its tokenizer cannot tell apart, gets
        the reason instead.
        """
        prompts = [self._fitted(prompt) for prompt in read_prompts(self.tokenizer, self.start_id, questions)]
        answers = [self._unanswerable(prompt) for prompt in prompts]
        able = [i for i, answer in enumerate(answers) if answer is None]
        shapes = [BatchShape(length=len(prompts[i].context), n_later=_n_later(prompts[i])) for i in able]
        for batch in self._batches(shapes):
            asked = [able[j] for j in batch]
            with torch.inference_mode():
                heard = answer_batch(
                    self.model, [prompts[i] for i in asked], stop_ids=self.stop_ids, device=self.device
                )
            for i, tokens in zip(asked, heard, strict=True):
                answers[i] = self._in_words(questions[i], prompts[i], tokens)
        return [answer for answer in answers if answer is not None]

    def choice_logprobs(
        self, prefixes: Sequence[str], choices: Sequence[tuple[str, ...]]
    ) -> list[tuple[float, ...] | None]:
        """Log-probability (nats) of each choice after its prefix; None where they cannot be scored."""
        questions = [
            Question(prefix=prefix, continuations=some, max_new_tokens=0)
            for prefix, some in zip(prefixes, choices, strict=True)
        ]
        return [None if answer.missing else answer.logprobs for answer in self.answer(questions)]

    def generate(self, prefixes: Sequence[str], *, max_new_tokens: int) -> list[str | None]:
        """What the model says after each prefix, greedily, up to its end token; None where the prefix is too long."""
        questions = [Question(prefix=prefix, max_new_tokens=max_new_tokens) for prefix in prefixes]
        return [answer.said for answer in self.answer(questions)]

    def sample(
        self, prompts: Sequence[Reading], *, n: int, temperature: float, seed: int, max_new_tokens: int
    ) -> list[list[Sample]]:
        """`n` samples of what the model says after each prompt; temperature 0 says the likeliest token each time.

        A prompt is a text, or several: documents to read before it, each closed by the end token.

        A sample depends on the seed, its prompt's text and its index alone (up to rounding where a random number falls within
        1e-6 of a border between two tokens). Speech ends with the model's end token, after `max_new_tokens`, or where its
        context ends. Raises SkillscaleError where the settings make no sense.
        """
        return sample_prompts(self, prompts, n=n, temperature=temperature, seed=seed, max_new_tokens=max_new_tokens)

    def _fitted(self, prompt: Prompt) -> Prompt:
        """Speech ends where the model's context does."""
        if self.context is None or prompt.max_new_tokens <= self.context + 1 - len(prompt.context):
            return prompt
        return replace(prompt, max_new_tokens=max(self.context + 1 - len(prompt.context), 0))

    def _unanswerable(self, prompt: Prompt) -> Answer | None:
        reason = None
        n_longest = max(map(len, prompt.scored), default=1)
        if self.context is not None and len(prompt.context) + n_longest - 1 > self.context:
            reason = f"the question has more tokens than the model's context of {self.context}"
        elif not all(prompt.scored) or len(set(prompt.scored)) < len(prompt.scored):
            reason = "the model's tokenizer cannot tell the choices apart"
        return None if reason is None else Answer(missing=reason, n_context=len(prompt.context))

    def _in_words(self, question: Question, prompt: Prompt, heard: TokenAnswer) -> Answer:
        if not all(math.isfinite(logprob) for logprob in heard.logprobs):
            return Answer(missing="the model's log-probabilities are not finite", n_context=len(prompt.context))
        return Answer(
            logprobs=tuple(heard.logprobs),
            said=self._said(question, prompt, heard.said),
            n_context=len(prompt.context),
            n_scored=sum(map(len, prompt.scored)),
            n_said=len(heard.said),
        )

    def _said(self, question: Question, prompt: Prompt, tokens: list[int]) -> str:
        if not prompt.backed_off:
            return self._decode(tuple(tokens))
        # the first tokens said complete the prefix: what counts is what follows it
        text = self._decode((*prompt.context[1:], *tokens))
        return text[len(question.prefix) :] if text.startswith(question.prefix) else self._decode(tuple(tokens))

    def _decode(self, tokens: tuple[int, ...]) -> str:
        if tokens not in self._decoded:
            self._decoded[tokens] = self.tokenizer.decode(list(tokens), skip_special_tokens=False)
        return self._decoded[tokens]

    def _batches(self, shapes: Sequence[BatchShape]) -> Iterator[list[int]]:
        """Indices of rows of equal length; rows that end with the first forward pass apart from those that go on."""
        vocabulary = int(self.config.vocab_size)
        order = sorted(range(len(shapes)), key=lambda i: (shapes[i].length, shapes[i].n_later))
        for _, group in groupby(order, key=lambda i: (shapes[i].length, shapes[i].n_later > 0)):
            rows = list(group)
            shape = shapes[rows[-1]]
            n_rows = min(
                self.batch_tokens // (shape.length + shape.n_later), MAX_LOGITS // (vocabulary * shape.n_logits)
            )
            n_rows = max(1, n_rows)
            yield from (rows[start : start + n_rows] for start in range(0, len(rows), n_rows))


def _n_later(prompt: Prompt) -> int:
    """Tokens that need a forward pass after that of the context."""
    return max(prompt.max_new_tokens, max(map(len, prompt.scored), default=1), 1) - 1


def _open_model(folder: Path, device: str) -> PreTrainedModel:
    if not (folder / "config.json").is_file():
        raise SkillscaleError(
            f"{folder} is no checkpoint: it has no config.json. Give the folder of a Hugging Face causal language model."
        )
    shows_bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except pickle.UnpicklingError as error:
        raise SkillscaleError(
            f"{folder} holds weights as pickled Python objects that are no tensors or are damaged, which might run code "
            f"and are not read. {HEALING}"
        ) from error
    except Exception as error:  # whatever is damaged, one of four libraries finds it, each with errors of its own
        raise SkillscaleError(
            f"{folder} holds a checkpoint that cannot be read ({_first_line(error)}). {HEALING}"
        ) from error
    finally:
        if shows_bars:
            transformers_logging.enable_progress_bar()
    model, report = loaded
    if report["missing_keys"]:
        raise SkillscaleError(
            f"{folder} lacks the weights {sorted(report['missing_keys'])[:3]} of its model. {HEALING}"
        )
    return model.to(device).eval()


def _n_embedding_params(model: PreTrainedModel) -> int:
    """Of tokens, positions (where they are learned) and the unembedding, as Kaplan et al. 2020 leave them out."""
    matrices = [module for module in model.modules() if isinstance(module, torch.nn.Embedding)]
    unembedding = model.get_output_embeddings()
    weights = [matrix.weight for matrix in matrices]
    weights += [] if unembedding is None else list(unembedding.parameters())
    return sum({id(weight): weight.numel() for weight in weights}.values())  # tied ones are counted once


def _open_tokenizer(folder: Path) -> Tokenizer:
    if not any(file.is_file() for pattern in TOKENIZER_FILES for file in folder.glob(pattern)):
        raise SkillscaleError(
            f"{folder} has no tokenizer (tokenizer.json or the like). Put the tokenizer there that the model was trained with."
        )
    try:
        if (folder / "tokenizer.json").is_file():
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        else:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    except Exception as error:  # the tokenizers library raises bare Exception
        raise SkillscaleError(
            f"{folder} holds no tokenizer that can be read ({_first_line(error)}). {HEALING}"
        ) from error
    special = set(tokenizer.get_added_tokens_decoder())
    n_words = len(set(tokenizer.get_vocab().values()) - special)
    if n_words < FEWEST_WORDS:
        raise SkillscaleError(
            f"{folder}: its tokenizer knows {n_words} tokens beside special ones, so it cannot read text. "
            "Put the tokenizer there that the model was trained with."
        )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # a text that happens to spell `<|eos|>` stays text
    return tokenizer


def _stop_ids(model: PreTrainedModel) -> tuple[int, ...]:
    found: int | list[int] | None = model.config.get_text_config().eos_token_id
    generation: Any = model.generation_config
    if generation is not None and generation.eos_token_id is not None:
        found = generation.eos_token_id
    if found is None:
        return ()
    return (found,) if isinstance(found, int) else tuple(found)


def _start_id(model: PreTrainedModel, stop_ids: tuple[int, ...], folder: Path) -> int:
    """What stands before a text: the model's own start token, or else its end token, which ended the text before."""
    bos: int | None = model.config.get_text_config().bos_token_id
    if bos is None and not stop_ids:
        raise SkillscaleError(f"{folder}: its config names neither bos_token_id nor eos_token_id. Add the one it has.")
    return stop_ids[0] if bos is None else bos


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {next(iter(str(error).splitlines()), 'no reason given')}"
