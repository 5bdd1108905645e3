"""Tokens a second of sampling: LocalModel.sample against `transformers.generate`. One core, d=64, 2 layers, vocabulary 1,000.

    python benchmarks/generation.py

Prompts of 10 tokens, 32 tokens said by each of 64 rows at temperature 1, with an end token that is hardly ever said; the same batch
for both, in turns. A second setting draws 16 samples of each of 16 prompts, which the peer reads 16 times over.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

from skillscale.models.local import LocalModel

VOCABULARY, PROMPT_WORDS, SAID, REPEATS = 1000, 9, 32, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    n_prompts: int
    n_samples: int


SETTINGS = (Setting(n_prompts=64, n_samples=1), Setting(n_prompts=16, n_samples=16))


def write_checkpoint(folder: Path) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=64, intermediate_size=168, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=1, pad_token_id=0, initializer_range=0.02,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {"<pad>": 0, "<eos>": 1} | {f"w{i}": i for i in range(2, VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))


def prompts(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [" ".join(f"w{i}" for i in rng.integers(2, VOCABULARY, PROMPT_WORDS)) for _ in range(n)]


def ours(model: LocalModel, texts: list[str], n: int, seed: int) -> int:
    samples = model.sample(texts, n=n, temperature=1.0, seed=seed, max_new_tokens=SAID)
    return sum(len(sample.tokens) + sample.ended for row in samples for sample in row)


def plain(model: LocalModel, texts: list[str], n: int, seed: int) -> int:
    torch.manual_seed(seed)
    ids = torch.tensor([[1, *encoding.ids] for encoding in model.tokenizer.encode_batch(texts)])
    generate: Any = model.model.generate
    said = generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, num_return_sequences=n,
        max_new_tokens=SAID, pad_token_id=0,
    )[:, ids.shape[1] :]  # fmt: skip
    model.tokenizer.decode_batch(said.tolist())
    return int((said != 0).sum())


def tokens_per_s(
    run: Callable[[LocalModel, list[str], int, int], int], model: LocalModel, setting: Setting, seed: int
) -> float:
    start = time.process_time()
    n_tokens = run(model, prompts(setting.n_prompts), setting.n_samples, seed)
    return n_tokens / (time.process_time() - start)


def compared(model: LocalModel, setting: Setting) -> dict[str, float]:
    pairs = [
        (tokens_per_s(ours, model, setting, seed), tokens_per_s(plain, model, setting, seed))
        for seed in range(REPEATS + 1)
    ][1:]  # the first of each warms up
    mine, theirs = (statistics.median(one) for one in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return {
        "prompts": setting.n_prompts, "samples": setting.n_samples, "ours_tokens_per_cpu_s": round(mine),
        "transformers_tokens_per_cpu_s": round(theirs), "ratio": round(ratio, 2),
    }  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        write_checkpoint(Path(name))
        model = LocalModel(Path(name))
        for setting in SETTINGS:
            print(json.dumps(compared(model, setting)))


if __name__ == "__main__":
    main()
