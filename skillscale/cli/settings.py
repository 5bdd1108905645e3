"""From options to settings."""

from pathlib import Path
from typing import Any

from skillscale.corpora.world import SHARES, WorldConfig
from skillscale.errors import SkillscaleError
from skillscale.experiments.presets import preset_named, with_overrides
from skillscale.studies.laboratory import LabSettings, TextSettings


def settings_of(
    *,
    preset: str,
    folder: Path,
    seed: int,
    sources: tuple[str, ...],
    more_text: tuple[str, ...],
    rungs: str | None,
    seeds: str | None,
    shares: tuple[str, ...],
    overrides: tuple[str, ...],
    **text: Any,
) -> LabSettings:
    """Settings of a lab; raises SkillscaleError for what cannot be."""
    if more_text and not sources:
        raise SkillscaleError(f"{more_text[0]!r} was given without --text; write `--text {' '.join(more_text)}`.")
    if not sources and any(text[name] for name in ("vocab_size", "tokenizer", "clozes")):
        raise SkillscaleError("--vocab-size, --tokenizer and --clozes go with --text; the pocket world has its own.")
    if sources and shares:
        raise SkillscaleError("--share is of the pocket world's strands; weigh your own text by --text PATH=WEIGHT.")
    changes = dict(_pair(text) for text in overrides)
    changes |= {name: value for name, value in (("widths", rungs), ("seeds", seeds)) if value is not None}
    ladder = with_overrides(preset_named(preset), {"world_seed": str(seed)} | changes)
    return LabSettings(
        folder=folder,
        ladder=ladder,
        world=WorldConfig(seed=ladder.world_seed, shares=SHARES | dict(map(_share, shares))),
        text=TextSettings(sources=(*sources, *more_text), **text) if sources else None,
    )


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise SkillscaleError(f"--set takes FIELD=VALUE, such as n_tokens=2M; found {text!r}.")
    return name, value


def _share(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise SkillscaleError(f"--share takes STRAND=WEIGHT, such as spatial=0.2; found {text!r}.") from error
