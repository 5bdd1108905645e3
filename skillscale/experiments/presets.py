"""How large a ladder is: a preset is a function that returns a whole frozen configuration."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from skillscale.corpora.packed import CorpusCard
from skillscale.errors import SkillscaleError
from skillscale.models.flops import train_flops
from skillscale.models.hardware import compilation_pays
from skillscale.models.rung import Precision, Rung, rung_of_width

COMPILED_FROM_WIDTH = 128
WIDEST = 65_536
CORE_FLOPS_PER_S = 1e11  # what one core trains with at width 96 to 256 in bf16 (docs/performance.md)


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderConfig:
    """A ladder: every width trained with every seed on `n_tokens`, with a checkpoint at each share of them.

    `n_workers` None is one worker a core. The last fields replace what the width would say, for all rungs; None keeps
    it. Raises SkillscaleError for what cannot work.
    """

    preset: str
    widths: tuple[int, ...]
    n_tokens: int
    mark_shares: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0)
    context: int = 64
    seeds: tuple[int, ...] = (0,)
    world_seed: int = 7
    items_per_stratum: int = 200
    held_out_documents: int = 2_000
    n_workers: int | None = None
    threads_per_worker: int = 1
    batch_rows: int | None = None
    learning_rate: float | None = None
    depth: int | None = None
    precision: Precision | None = None
    compiled: bool | None = None

    def __post_init__(self) -> None:
        for wrong, advice in _faults(self):
            if wrong:
                raise SkillscaleError(f"The ladder {self.preset!r} cannot be climbed: {advice}.")

    @property
    def marks(self) -> tuple[int, ...]:
        """Token counts of the checkpoints."""
        return tuple(round(share * self.n_tokens) for share in self.mark_shares)

    @property
    def workers(self) -> int:
        """How many runs are trained at once."""
        return self.n_workers or os.cpu_count() or 1


def nano() -> LadderConfig:
    """Seconds a rung: for tests and first looks."""
    return LadderConfig(
        preset="nano",
        widths=(8, 12, 16, 24, 32),
        n_tokens=600_000,
        mark_shares=(0.25, 0.4, 0.63, 1.0),
        batch_rows=16,
        items_per_stratum=40,
        held_out_documents=400,
    )


def pocket() -> LadderConfig:
    """Minutes on two cores: the default."""
    return LadderConfig(preset="pocket", widths=(6, 8, 12, 16, 24, 32, 48, 64, 96), n_tokens=6_000_000)


def desk() -> LadderConfig:
    """A night on a workstation."""
    return LadderConfig(
        preset="desk",
        widths=(16, 24, 32, 48, 64, 96, 128, 192, 256, 384),
        n_tokens=60_000_000,
        context=128,
        items_per_stratum=500,
        held_out_documents=5_000,
    )


def gpu() -> LadderConfig:
    """Hours on one large GPU, to more than 100M non-embedding parameters."""
    return LadderConfig(
        preset="gpu",
        widths=(64, 96, 128, 192, 256, 384, 512, 768),
        n_tokens=2_000_000_000,
        context=256,
        batch_rows=512,
        items_per_stratum=500,
        held_out_documents=5_000,
        n_workers=1,
        precision="bf16",
        compiled=True,
    )


PRESETS: dict[str, Callable[[], LadderConfig]] = {"desk": desk, "gpu": gpu, "nano": nano, "pocket": pocket}


def preset_named(name: str) -> LadderConfig:
    """Raises SkillscaleError for a name that is not in `PRESETS`."""
    if name not in PRESETS:
        raise SkillscaleError(f"There is no preset {name!r}. Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]()


def rungs_of(config: LadderConfig, card: CorpusCard) -> list[Rung]:
    """Each width with each seed, on this corpus. Raises SkillscaleError where a rung cannot be trained."""
    given = {name: getattr(config, name) for name in ("batch_rows", "learning_rate", "depth", "precision", "compiled")}
    overrides = {name: value for name, value in given.items() if value is not None}
    rungs = [
        rung_of_width(
            width,
            vocab_size=card.vocab_size,
            context=card.context,
            n_tokens=config.n_tokens,
            seed=seed,
            pad_id=card.pad_id,
            eos_id=card.eos_id,
            marks=config.marks,
            **overrides,
        )
        for width in config.widths
        for seed in config.seeds
    ]
    if config.compiled is not None:
        return rungs
    return [replace(rung, compiled=_is_worth_compiling(rung, card)) for rung in rungs]


def _is_worth_compiling(rung: Rung, card: CorpusCard) -> bool:
    """Wide rungs that train for minutes; at width 64 compiling gained 0 to 15 % and cost 20 s."""
    flops = train_flops(rung, rung.n_tokens, tokens_per_row=card.n_tokens / card.n_rows)
    return rung.width >= COMPILED_FROM_WIDTH and compilation_pays(flops / CORE_FLOPS_PER_S)


def with_overrides(config: LadderConfig, settings: Mapping[str, str]) -> LadderConfig:
    """`config` with each named field replaced by what its text says: `8,16` is a list, `6M` and `6e6` are six million.

    Raises SkillscaleError for an unknown field and for a text that is no value of its field.
    """
    values = dict[str, Any]()
    for name, text in settings.items():
        if name not in PARSERS:
            raise SkillscaleError(f"A ladder has no setting {name!r}. It has {', '.join(PARSERS)}.")
        parse, kind = PARSERS[name]
        try:
            values[name] = parse(text.strip())
        except ValueError as error:
            raise SkillscaleError(f"{name}={text} was asked for, but {name} is {kind}.") from error
    return replace(config, **values)


def read_count(text: str) -> int:
    """`64`, `300k` or `6M`, a whole number. Raises ValueError for anything else."""
    factor = {"k": 10**3, "M": 10**6, "B": 10**9}.get(text[-1:], 1)
    number = float(text[:-1] if factor > 1 else text) * factor
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def _choice(**meanings: object) -> Callable[[str], object]:
    def parse(text: str) -> object:
        if text.lower() not in meanings:
            raise ValueError(text)
        return meanings[text.lower()]

    return parse


def _list(parse: Callable[[str], object]) -> Callable[[str], tuple[object, ...]]:
    return lambda text: tuple(parse(part.strip()) for part in text.split(","))


COUNT = (read_count, "a whole number such as 64, 300k or 6M")
COUNTS = (_list(read_count), "a list of whole numbers such as 8,16,24")

# How the text of each setting is read, and what to say where it cannot be.
PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "batch_rows": COUNT,
    "compiled": (_choice(true=True, false=False), "true or false"),
    "context": COUNT,
    "depth": COUNT,
    "held_out_documents": COUNT,
    "items_per_stratum": COUNT,
    "learning_rate": (float, "a number such as 0.003"),
    "mark_shares": (_list(float), "a list of shares that rise to 1, such as 0.25,0.5,1"),
    "n_tokens": COUNT,
    "n_workers": COUNT,
    "precision": (_choice(fp32="fp32", bf16="bf16"), "fp32 or bf16"),
    "seeds": COUNTS,
    "threads_per_worker": COUNT,
    "widths": COUNTS,
    "world_seed": COUNT,
}


def _faults(config: LadderConfig) -> list[tuple[bool, str]]:
    """What may be wrong, each with what to do."""
    shares = config.mark_shares
    workers = 1 if config.n_workers is None else config.n_workers
    counts = (config.n_tokens, config.items_per_stratum, config.held_out_documents, workers, config.threads_per_worker)
    return [
        (not config.widths or not config.seeds, "it has no rungs; give at least one width and one seed"),
        (len(set(config.widths)) < len(config.widths), f"its widths {config.widths} repeat themselves; give each once"),
        (len(set(config.seeds)) < len(config.seeds), f"its seeds {config.seeds} repeat themselves; give each once"),
        (
            any(width < 4 or width % 2 or width > WIDEST for width in config.widths),
            f"its widths are {config.widths}; choose even ones of 4 to {WIDEST:,}",
        ),
        (
            any(not 0 <= seed < 2**31 for seed in (*config.seeds, config.world_seed)),
            "a seed is negative or above 2,147,483,647; choose one between",
        ),
        (
            config.items_per_stratum > 10**5 or config.held_out_documents > 10**6,
            "it asks for more than 100,000 items a stratum or 1,000,000 held-out documents",
        ),
        (min(counts) < 1, "tokens, items, held-out documents, workers and threads must be at least 1"),
        (
            not shares
            or not all(0 < share <= 1 for share in shares)
            or list(shares) != sorted(set(shares))
            or shares[-1] != 1,
            f"its mark shares are {shares}; choose shares above 0 that rise to 1",
        ),
    ]
