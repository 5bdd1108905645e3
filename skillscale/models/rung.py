"""One rung of a ladder: a model size with its data and settings. One dial, the width, derives all others."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from skillscale.errors import SkillscaleError
from skillscale.models.hardware import has_quick_bf16

Precision = Literal["fp32", "bf16"]

NARROW = 100  # up to here every rung has two blocks, so that width alone sets its size
BF16_FROM_WIDTH = 24  # measured at 16, 32, 64, 96 (one core, 64 rows of 64): .95, 1.3, 1.75, 2.05 times as fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The checkpoint whose weights a run starts from: its folder, a digest of its weights, and what they have cost so far."""

    folder: str
    digest: str
    n_tokens: int
    train_flops: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """All that a training run needs but its text. Raises SkillscaleError for what cannot work.

    `n_tokens` is what the trunk is trained on, repeats included; at each of `marks` (tokens, rising, the last equal to
    `n_tokens`) a branch has decayed to a checkpoint. `batch_rows` rows of `context` tokens make a step. `warmup_tokens`
    of rising learning rate come first; the last `decay_share` of each mark is its decay. `precision` is that of
    the matrix products: weights, gradients and the optimizer are always float32.
    """

    name: str
    width: int
    depth: int
    n_heads: int
    ffn_width: int
    vocab_size: int
    context: int
    pad_id: int
    eos_id: int
    learning_rate: float
    weight_decay: float
    batch_rows: int
    n_tokens: int
    marks: tuple[int, ...]
    warmup_tokens: int
    decay_share: float
    seed: int
    precision: Precision
    compiled: bool
    start: Start | None = None  # random weights where there is none

    def __post_init__(self) -> None:
        for found, advice in _faults(self):
            if found:
                raise SkillscaleError(f"Rung {self.name!r} cannot be trained: {advice}.")

    @property
    def head_width(self) -> int:
        return self.width // self.n_heads

    @property
    def n_params(self) -> int:
        """Non-embedding parameters (N): the blocks and all norms."""
        block = 4 * self.width**2 + 3 * self.width * self.ffn_width + 2 * self.width
        return self.depth * block + self.width

    @property
    def n_params_total(self) -> int:
        """Every parameter; embedding and unembedding are two matrices."""
        return self.n_params + 2 * self.vocab_size * self.width

    def run_name(self, corpus_key: str) -> str:
        """`d<width>-s<seed>-<8 hex>`, a hash of every setting and of the corpus."""
        settings = json.dumps({**rung_settings(self), "corpus_key": corpus_key}, sort_keys=True)
        digest = hashlib.blake2b(settings.encode(), digest_size=4).hexdigest()
        return f"d{self.width}-s{self.seed}-{digest}"


def rung_settings(rung: Rung) -> dict[str, Any]:
    """The settings as JSON values, those that decide the weights: where a checkpoint lies does not."""
    settings = {**asdict(rung), "marks": list(rung.marks)}
    del settings["start"]
    return settings if rung.start is None else {**settings, "start": rung.start.digest}


def rung_of_width(
    width: int, *, vocab_size: int, context: int, n_tokens: int, seed: int, pad_id: int, eos_id: int, **overrides: Any
) -> Rung:
    """The rung of this width; each of `overrides` replaces a derived field. Raises SkillscaleError."""
    if width < 4:
        raise SkillscaleError(f"A rung of width {width} was asked for; choose 4 or more.")
    marks = tuple(overrides.get("marks", (n_tokens // 4, n_tokens // 2, n_tokens)))
    derived: dict[str, Any] = {
        "name": f"d{width}",
        "depth": depth_of_width(width),
        "n_heads": n_heads_of_width(width),
        "ffn_width": ffn_width_of_width(width),
        "learning_rate": learning_rate_of_width(width),
        "weight_decay": 0.1,
        "batch_rows": 64,
        "marks": marks,
        "warmup_tokens": min(n_tokens // 50, marks[0] // 4) if marks else 0,
        "decay_share": 0.2,
        "precision": overrides.get("precision") or precision_of_width(width, quick_bf16=has_quick_bf16()),
        "compiled": False,
    }
    given = {"vocab_size": vocab_size, "context": context, "n_tokens": n_tokens, "pad_id": pad_id, "eos_id": eos_id}
    settings: dict[str, Any] = {**derived, **given, "width": width, "seed": seed, **overrides, "marks": marks}
    try:
        return Rung(**settings)
    except TypeError as error:
        raise SkillscaleError(f"A rung has no such setting ({error}); see `Rung` for those it has.") from error


def depth_of_width(width: int) -> int:
    """Two blocks up to width 100, then one for each 48 of width: 768 has 16."""
    return 2 if width <= NARROW else max(2, round(width / 48))


def n_heads_of_width(width: int) -> int:
    """Heads of about 8 dimensions, and at least two, up to width 48 (docs/log.md); 16 up to 100, 32 up to 256, 64 from
    there; each of an even number, as rotary positions need pairs."""
    ideal = 8 if width <= 48 else 16 if width <= NARROW else 32 if width < 256 else 64
    divisors = [n for n in range(1, width + 1) if width % n == 0 and (width // n) % 2 == 0]
    several = [n for n in divisors if n > 1] or divisors
    return min(several, key=lambda n: abs(width // n - ideal), default=1)


def ffn_width_of_width(width: int) -> int:
    """8/3 of the width, to the nearest multiple of 8 (of 64 from width 256 on)."""
    grain = 8 if width < 256 else 64
    return max(1, round(8 * width / 3 / grain)) * grain


def learning_rate_of_width(width: int) -> float:
    """Peak learning rate of AdamW: the wider, the lower (sweep of 2026-11-21 in docs/log.md)."""
    return 0.16 * width**-0.75


def precision_of_width(width: int, *, quick_bf16: bool) -> Precision:
    """Of the matrix products: bf16 where it was measured to be quicker, on machines that multiply it in hardware.

    The loss is the same: at widths 16, 32, 64 and 1.5M tokens of the pocket world it differs by less than .1 %.
    """
    return "bf16" if quick_bf16 and width >= BF16_FROM_WIDTH else "fp32"


def _faults(rung: Rung) -> list[tuple[bool, str]]:
    """What may be wrong, each with what to do."""
    counts = (rung.width, rung.depth, rung.n_heads, rung.ffn_width, rung.batch_rows, rung.n_tokens)
    marks, ids = rung.marks, (rung.pad_id, rung.eos_id)
    return [
        (min(counts) < 1, "width, depth, heads, feed-forward width, batch and tokens must be at least 1"),
        (rung.context < 2, f"its context is {rung.context}, and a row of fewer than 2 tokens predicts nothing"),
        (rung.width % max(1, rung.n_heads) != 0, f"width {rung.width} is not a multiple of {rung.n_heads} heads"),
        (
            rung.width // max(1, rung.n_heads) % 2 != 0,
            f"{rung.n_heads} heads of width {rung.width} have an odd number of dimensions; rotary positions need pairs",
        ),
        (not 0 < rung.learning_rate < 1, f"its learning rate is {rung.learning_rate}; choose one between 0 and 1"),
        (rung.weight_decay < 0, f"its weight decay is {rung.weight_decay}; choose 0 or more"),
        (not 0 < rung.decay_share < 1, f"its decay share is {rung.decay_share}; choose one between 0 and 1"),
        (
            not marks or list(marks) != sorted(set(marks)) or marks[-1] != rung.n_tokens or marks[0] < 1,
            f"its marks {marks} must rise to its {rung.n_tokens} tokens",
        ),
        (
            bool(marks) and not 0 <= rung.warmup_tokens <= (1 - rung.decay_share) * marks[0],
            f"{rung.warmup_tokens} warm-up tokens do not fit before the first decay; raise the first mark or warm up for less",
        ),
        (min(ids) < 0 or max(ids) >= rung.vocab_size, f"its pad and eos ids {ids} are outside {rung.vocab_size} words"),
        (rung.precision not in ("fp32", "bf16"), f"its precision is {rung.precision!r}; choose fp32 or bf16"),
    ]
