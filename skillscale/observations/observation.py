"""One measured value, with everything needed to place it on a scaling curve."""

import hashlib
import json
import math
from dataclasses import dataclass, fields
from typing import Literal

from skillscale.errors import SkillscaleError

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One measurement of one model on one task. `None` means unknown; a value that could not be measured says why.

    Scales: `n_params` is non-embedding (N), `n_params_total` counts every weight, `n_tokens` is what was
    trained on (D, repeats included), `unique_tokens` how many of them differ, `train_flops` (C) is counted
    from shapes, `inference_flops` is per item. `k` is how many skills are combined at once.
    """

    family: str  # models that share everything but scale, e.g. one ladder
    run: str  # one training run; several token counts of it share the name and are not independent
    model: str  # one checkpoint of the run
    task: str
    metric: str
    n_params: int | None = None
    n_params_total: int | None = None
    n_tokens: int | None = None
    unique_tokens: int | None = None
    train_flops: float | None = None
    inference_flops: float | None = None
    seed: int | None = None
    stratum: str = "all"  # a part of the task's items, e.g. one difficulty; "all" is all of them
    skill: str | None = None
    k: int | None = None
    value: float | None = None
    missing: str | None = None  # why there is no value
    n_items: int | None = None
    stderr: float | None = None
    chance: float | None = None  # what a model that knows nothing would score
    direction: Direction | None = None  # which way is better
    thresholded: bool | None = None  # does the metric round a continuous one (accuracy) or not (log-probability)
    provenance: str = ""  # who measured it and how

    def __post_init__(self) -> None:
        if (self.value is None) == (self.missing is None):
            raise SkillscaleError(
                f"{self.model}/{self.task}/{self.metric}: give a value or the reason it is missing, not both or neither."
            )
        for field in ("value", "stderr", "chance", "train_flops", "inference_flops"):
            number = getattr(self, field)
            if number is not None and not math.isfinite(number):
                raise SkillscaleError(
                    f"{self.model}/{self.task}/{self.metric}: {field} is {number}; record it as missing."
                )

    @property
    def key(self) -> str:
        """Content key: equal observations have equal keys, so storing one twice stores it once."""
        content = json.dumps({f.name: getattr(self, f.name) for f in fields(self)}, sort_keys=True)
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
