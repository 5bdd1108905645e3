"""All that decides a run of reinforcement learning, and so its name."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.chains import TASK
from skillscale.models.rung import learning_rate_of_width

LEAST, MOST = 0.05, 0.60  # single-try success of a checkpoint that can be reinforced
# Of the rung's own peak rate (sweep of 2026-11-21 in docs/log.md).
LEARNING_RATE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinforceConfig:
    """A run of reinforcement learning on worked chains.

    `model` names the checkpoint it starts from and `digest` its weights. Each of `n_steps` steps asks `n_prompts` fresh questions on k of
    `ks` customs, with `n_samples` answers each of at most MAX_SAID tokens at temperature 1. Every n_steps / `n_marks` steps a checkpoint is kept
    and asked `n_items` questions of each set, with `n_tries` answers; at the start and the end with `n_tries_ends`.
    """

    model: str
    digest: str
    corpus_key: str
    seed: int
    learning_rate: float
    task: str = TASK
    n_steps: int = 400
    n_prompts: int = 64
    n_samples: int = 16
    ks: tuple[int, ...] = (2, 3, 4)
    longer_ks: tuple[int, ...] = (6, 8)
    n_marks: int = 5
    n_items: int = 100
    n_tries: int = 8
    n_tries_ends: int = 64

    def __post_init__(self) -> None:
        counts = (self.n_prompts, self.n_marks, self.n_items, self.n_tries, self.n_tries_ends)
        if self.n_steps < self.n_marks or self.n_samples < 2 or min(counts) < 1 or not 0 < self.learning_rate < 1:
            raise SkillscaleError(
                f"Reinforcement learning of {self.n_steps} steps with {self.n_samples} answers a question cannot be done: take at "
                f"least {self.n_marks} steps and 2 answers, and a learning rate between 0 and 1."
            )

    @property
    def run(self) -> str:
        """`rl-<run it starts from>-s<seed>-<8 hex>`, a hash of every setting."""
        settings = json.dumps(config_settings(self), sort_keys=True)
        digest = hashlib.blake2b(settings.encode(), digest_size=4).hexdigest()
        return f"rl-{self.model.split('/')[0]}-s{self.seed}-{digest}"

    @property
    def marks(self) -> tuple[int, ...]:
        """Steps after which a checkpoint is kept and measured; the last is the end."""
        return tuple(round(self.n_steps * (i + 1) / self.n_marks) for i in range(self.n_marks))


def config_settings(config: ReinforceConfig) -> dict[str, Any]:
    """As JSON values."""
    return {**asdict(config), "ks": list(config.ks), "longer_ks": list(config.longer_ks)}


def rate_of_width(width: int) -> float:
    """Learning rate for a checkpoint of this width."""
    return LEARNING_RATE_SHARE * learning_rate_of_width(width)
