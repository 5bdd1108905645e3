"""Items a second: LocalModel.answer against a plain transformers loop. One core, d=64, 2 layers, vocabulary 850.

    python benchmarks/scoring.py

An item is a prefix of 15-25 words and four one-word choices: score the choices and say one word. The plain loop pads a batch,
computes logits at every position, and reads the choices and the likeliest word at the last one. Both start from text.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from skillscale.models.local import LocalModel
from skillscale.models.question import Question

N_ITEMS, VOCABULARY, CHOICES = 8192, 850, 4


def write_checkpoint(folder: Path) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=64, intermediate_size=192, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=128, bos_token_id=1, eos_token_id=1, pad_token_id=0, initializer_range=0.1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {"<pad>": 0, "<eos>": 1} | {f"w{i}": i for i in range(2, VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))


def questions(rng: np.random.Generator) -> list[Question]:
    def words(n: int) -> list[str]:
        return [f"w{i}" for i in rng.choice(np.arange(2, VOCABULARY), n, replace=False)]

    return [
        Question(
            prefix=" ".join(words(rng.integers(15, 26))), continuations=tuple(f" {word}" for word in words(CHOICES))
        )
        for _ in range(N_ITEMS)
    ]


@torch.inference_mode()
def plain(folder: Path, asked: list[Question], batch: int = 64) -> list[tuple[float, ...]]:
    model = LlamaForCausalLM.from_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), pad_token="<pad>", eos_token="<eos>", padding_side="left"
    )
    logprobs: list[tuple[float, ...]] = []
    for start in range(0, len(asked), batch):
        part = asked[start : start + batch]
        inputs = tokenizer(["<eos> " + question.prefix for question in part], return_tensors="pt", padding=True)
        logits = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        last = logits.log_softmax(-1)[:, -1]
        last.argmax(-1).tolist()
        for row, question in zip(last, part, strict=True):
            ids = [tokenizer(choice)["input_ids"][0] for choice in question.continuations]
            logprobs.append(tuple(row[ids].tolist()))
    return logprobs


def ours(folder: Path, asked: list[Question]) -> list[tuple[float, ...]]:
    return [answer.logprobs for answer in LocalModel(folder).answer(asked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Items in a second, and in a second of this process's own time, which others on the machine slow down less."""

    per_s: float
    per_cpu_s: float


def speed(run: Callable[[Path, list[Question]], object], folder: Path, asked: list[Question]) -> Speed:
    run(folder, asked[:256])
    wall, cpu = time.perf_counter(), time.process_time()
    run(folder, asked)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Speed(per_s=len(asked) / wall, per_cpu_s=len(asked) / cpu)


def median(speeds: list[Speed]) -> dict[str, int]:
    return {
        "items_per_s": round(statistics.median(one.per_s for one in speeds)),
        "items_per_cpu_s": round(statistics.median(one.per_cpu_s for one in speeds)),
    }


def main() -> None:
    torch.set_num_threads(1)
    asked = questions(np.random.default_rng(0))
    mine: list[Speed] = []
    theirs: list[Speed] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_checkpoint(folder)
        difference = np.abs(np.array(ours(folder, asked[:256])) - np.array(plain(folder, asked[:256]))).max()
        for _ in range(3):  # in turns, so that both meet the same neighbours
            mine.append(speed(ours, folder, asked))
            theirs.append(speed(plain, folder, asked))
    print(json.dumps({"ours": median(mine), "plain": median(theirs), "largest_difference_nats": float(difference)}))


if __name__ == "__main__":
    main()
