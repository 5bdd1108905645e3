"""A small world and a reward that an untrained model can earn; also a process of its own that trains on it, to be killed.

`python -m tests.experiments.reinforce.even_world CHECKPOINT CORPUS FOLDER`
"""

import sys
from pathlib import Path

import torch

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.experiments.reinforce.attempts import question_sets
from skillscale.experiments.reinforce.chains import Chain, ChainWorld
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.learner import Learner
from skillscale.experiments.reinforce.records import Base, claim
from tests.tiny_checkpoint import write_tiny_checkpoint

CONFIG = ReinforceConfig(
    model="d16-s0-0/tokens-1", digest="", corpus_key="", seed=5, learning_rate=0.02, n_steps=24, n_prompts=4, n_samples=8, n_marks=2,
    n_items=3, n_tries=2, n_tries_ends=4, longer_ks=(6,),
)  # fmt: skip
BASE = Base(family="f", n_params=10, n_params_total=20, n_tokens=1, train_flops=1e6)


class EvenWorld(ChainWorld):
    """Right is what has more words of an even number of letters than others: every second answer, at first."""

    def result_is_right(self, chain: Chain, said: str) -> bool:
        words = said.split()
        return 2 * sum(len(word) % 2 == 0 for word in words) > len(words)


def small_corpus(folder: Path) -> PackedCorpus:
    return build_world_corpus(
        WorldConfig(seed=3), folder, n_tokens=20_000, context=64, n_held_out=20, n_clozes=2, seen_within=10_000
    )


def small_checkpoint(folder: Path, corpus: PackedCorpus) -> Path:
    return write_tiny_checkpoint(folder, corpus.tokenizer, context=64)


def train(checkpoint: Path, corpus: PackedCorpus, folder: Path, config: ReinforceConfig = CONFIG) -> Learner:
    torch.set_num_threads(1)
    claim(folder, config, BASE)
    world = EvenWorld(corpus)
    learner = Learner(config, checkpoint, folder, world)
    learner.run(question_sets(world, config, 3), lambda _: None)
    return learner


if __name__ == "__main__":
    train(Path(sys.argv[1]), PackedCorpus(Path(sys.argv[2])), Path(sys.argv[3]))
