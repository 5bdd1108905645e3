"""Questions of equal context length, answered together: no padding, no mask, the context read once.

b batch, t position, v vocabulary, r rows (one for each continuation of more than one token)
"""

import copy
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache, PreTrainedModel

from skillscale.errors import SkillscaleError
from skillscale.models.question import Prompt


@dataclass(slots=True, kw_only=True)
class TokenAnswer:
    """For one prompt: the log-probability of each continuation (nats), and the tokens said, up to the stop token."""

    logprobs: list[float]
    said: list[int]


def answer_batch(
    model: PreTrainedModel, batch: Sequence[Prompt], *, stop_ids: tuple[int, ...], device: str
) -> list[TokenAnswer]:
    """Answer prompts whose contexts are equally long.

    One forward pass of the contexts, logits at the last position only: it scores all one-token continuations and gives
    the first token said. Longer continuations and longer speech go on from its key-value cache.
    """
    context_bt = torch.tensor([prompt.context for prompt in batch], device=device)
    answers = [TokenAnswer(logprobs=[0.0] * len(prompt.scored), said=[]) for prompt in batch]
    goes_on = any(prompt.max_new_tokens > 1 or any(len(s) > 1 for s in prompt.scored) for prompt in batch)
    output = model(input_ids=context_bt, use_cache=goes_on, logits_to_keep=1)
    logits_bv = output.logits[:, -1].float()
    _score_first_tokens(batch, logits_bv, answers, device)
    cache: DynamicCache | None = getattr(output, "past_key_values", None)
    if goes_on and cache is None:
        raise SkillscaleError(
            f"{type(model).__name__} keeps no key-value cache, which answers of several tokens need. Give a transformer."
        )
    if cache is not None:
        _score_later_tokens(model, batch, cache, answers, device)
    _say(model, batch, logits_bv, cache, answers, stop_ids, device)
    return answers


def _score_first_tokens(
    batch: Sequence[Prompt], logits_bv: torch.Tensor, answers: list[TokenAnswer], device: str
) -> None:
    rows = [b for b, prompt in enumerate(batch) for _ in prompt.scored]
    tokens = [scored[0] for prompt in batch for scored in prompt.scored]
    chosen_r = logits_bv[torch.tensor(rows, device=device), torch.tensor(tokens, device=device)] if rows else None
    if chosen_r is None:
        return
    values = iter((chosen_r - logits_bv.logsumexp(-1)[torch.tensor(rows, device=device)]).tolist())
    for answer in answers:
        answer.logprobs = [next(values) for _ in answer.logprobs]


def _score_later_tokens(
    model: PreTrainedModel, batch: Sequence[Prompt], cache: DynamicCache, answers: list[TokenAnswer], device: str
) -> None:
    """Add the log-probabilities of the second to last tokens of each continuation, by length."""
    by_length: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for b, prompt in enumerate(batch):
        for c, scored in enumerate(prompt.scored):
            if len(scored) > 1:
                by_length[len(scored)].append((b, c))
    for places in by_length.values():
        own_cache = copy.deepcopy(cache)
        own_cache.batch_select_indices(torch.tensor([b for b, _ in places], device=device))
        scored_rt = torch.tensor([batch[b].scored[c] for b, c in places], device=device)
        logits_rtv = model(input_ids=scored_rt[:, :-1], past_key_values=own_cache, use_cache=True).logits.float()
        for (b, c), value in zip(places, token_logprobs(logits_rtv, scored_rt[:, 1:]).sum(1).tolist(), strict=True):
            answers[b].logprobs[c] += value


def _say(
    model: PreTrainedModel,
    batch: Sequence[Prompt],
    logits_bv: torch.Tensor,
    cache: DynamicCache | None,
    answers: list[TokenAnswer],
    stop_ids: tuple[int, ...],
    device: str,
) -> None:
    """Greedy speech; a row leaves the batch when it stops or has said all it may."""
    speaking = list(range(len(batch)))
    while True:
        tokens = logits_bv.argmax(-1).tolist()
        kept = [r for r, b in enumerate(speaking) if _hear(answers[b], tokens[r], batch[b].max_new_tokens, stop_ids)]
        if not kept:
            return
        assert cache is not None, "speech of more than one token keeps a cache"
        if len(kept) < len(speaking):
            cache.batch_select_indices(torch.tensor(kept, device=device))
            speaking = [speaking[r] for r in kept]
        said_bt = torch.tensor([[tokens[r]] for r in kept], device=device)
        logits_bv = model(input_ids=said_bt, past_key_values=cache, use_cache=True).logits[:, -1].float()


def _hear(answer: TokenAnswer, token: int, max_new_tokens: int, stop_ids: tuple[int, ...]) -> bool:
    """Write down a token; does the speech go on?"""
    if len(answer.said) >= max_new_tokens or token in stop_ids:
        return False
    answer.said.append(token)
    return len(answer.said) < max_new_tokens


def token_logprobs(logits_btv: torch.Tensor, tokens_bt: torch.Tensor) -> torch.Tensor:
    """Log-probabilities (b, t) of the tokens that came, in nats."""
    return logits_btv.gather(-1, tokens_bt[..., None])[..., 0] - logits_btv.logsumexp(-1)
