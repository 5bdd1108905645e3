"""Seconds a step of reinforcement learning: our loop against TRL's GRPOTrainer, which needs `pip install trl`. One core, d=64, 2 layers.

    python benchmarks/reinforce.py

The same model, the same 16 questions × 32 answers of at most 11 tokens a step, and the same update: leave-one-out baseline, constant token normaliser
(TRL: `loss_type="dr_grpo"`, `scale_rewards="none"`), no divergence penalty, one AdamW step on all of them. Questions are of three customs, so that
neither pads; both ask fresh questions each step, decode the answers and reward them with the same check. The model is an untrained one of the
pocket world's vocabulary whose answers do not end, so that both say as much, and a coin is the reward, so that no question is left out.
"""

import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRL_EXPERIMENTAL_SILENCE": "1",
}

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.experiments.reinforce.chains import MAX_SAID, Chain, ChainWorld
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.learner import Learner

N_PROMPTS, N_SAMPLES, WARM, STEPS = 16, 32, 3, 20
LEARNING_RATE = 1e-5  # so that the model stays what it was


def write_checkpoint(folder: Path, corpus: PackedCorpus) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=corpus.card.vocab_size, hidden_size=64, intermediate_size=168, num_hidden_layers=2, num_attention_heads=4,
        head_dim=16, rms_norm_eps=1e-6, max_position_embeddings=64, bos_token_id=1, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=corpus.tokenizer, bos_token="<eos>", eos_token="<eos>", pad_token="<pad>"
    ).save_pretrained(folder)


def coin(said: str) -> bool:
    return sum(map(ord, said)) % 2 == 0


class CoinWorld(ChainWorld):
    """Rewards by a coin after the true check, which is paid for."""

    def result_is_right(self, chain: Chain, said: str) -> bool:
        super().result_is_right(chain, said)
        return coin(said)


def ours(folder: Path, corpus: PackedCorpus, out: Path) -> list[float]:
    config = ReinforceConfig(
        model="benchmark/one", digest="", corpus_key="", seed=0, learning_rate=LEARNING_RATE, n_steps=WARM + STEPS, n_marks=1,
        n_prompts=N_PROMPTS, n_samples=N_SAMPLES, ks=(3,), longer_ks=(), n_items=1, n_tries=1, n_tries_ends=1,
    )  # fmt: skip
    out.mkdir()
    ends: list[float] = []
    Learner(config, folder, out, CoinWorld(corpus)).run([], lambda _: ends.append(time.process_time()))
    return np.diff(ends)[WARM - 1 :].tolist()


def theirs(folder: Path, corpus: PackedCorpus, out: Path) -> list[float]:
    from datasets import Dataset
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    world = CoinWorld(corpus)
    chains = world.draw(np.random.default_rng(0), k=3, n=N_PROMPTS * (WARM + STEPS + 1), unseen=False)
    asked = {world.prompt(chain): chain for chain in chains}
    ends: list[float] = []

    def reward(prompts: list[str], completions: list[str], **_: Any) -> list[float]:
        found = zip(prompts, completions, strict=True)
        return [float(world.result_is_right(asked[prompt.removeprefix("<eos> ")], said)) for prompt, said in found]

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ends.append(time.process_time())

    settings = GRPOConfig(
        output_dir=str(out), use_cpu=True, bf16=False, gradient_checkpointing=False, per_device_train_batch_size=N_PROMPTS * N_SAMPLES,
        num_generations=N_SAMPLES, max_completion_length=MAX_SAID, temperature=1.0, top_k=0, beta=0.0, loss_type="dr_grpo",
        scale_rewards="none", learning_rate=LEARNING_RATE, max_steps=WARM + STEPS, report_to=[], save_strategy="no",
        logging_steps=1000, disable_tqdm=True, lr_scheduler_type="constant", optim="adamw_torch", seed=0,
    )  # fmt: skip
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, padding_side="left")
    make: Any = GRPOTrainer
    trainer = make(
        model=LlamaForCausalLM.from_pretrained(folder),
        reward_funcs=reward,
        args=settings,
        train_dataset=Dataset.from_list([{"prompt": f"<eos> {prompt}"} for prompt in asked]),
        processing_class=tokenizer,
        callbacks=[Clock()],
    )
    trainer.train()
    return np.diff(ends)[WARM - 1 :].tolist()


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        corpus = build_world_corpus(
            WorldConfig(), home / "corpus", n_tokens=20_000, context=64, n_held_out=50, n_clozes=5, seen_within=10_000
        )
        write_checkpoint(home / "model", corpus)
        rounds = [
            (
                statistics.median(ours(home / "model", corpus, home / f"o{i}")),
                statistics.median(theirs(home / "model", corpus, home / f"t{i}")),
            )
            for i in range(3)
        ]
    mine, peer = (statistics.median(one) for one in zip(*rounds, strict=True))
    found = {
        "ours_cpu_s_per_step": round(mine, 3),
        "trl_cpu_s_per_step": round(peer, 3),
        "ratio": round(statistics.median(b / a for a, b in rounds), 2),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
