"""`resume.pt`: all that a training run depends on, so that after a kill it goes on to the very same weights."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from skillscale.errors import SkillscaleError
from skillscale.models.durable import write_file, writing_to

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePoint:
    """Before step `step` of segment `segment`. Losses since the last line of the log are summed in `loss_sum`."""

    segment: int
    step: int
    n_tokens: int  # predicted so far along this segment's own path
    loss_sum: float
    n_summed: int
    log_bytes: int  # how long log.jsonl was
    state: dict[str, Any]  # of the optimizer, parameters included
    fork: dict[str, Any] | None  # the trunk's, while a branch is trained
    fork_n_tokens: int


def write_resume(path: Path, point: ResumePoint, settings: dict[str, Any]) -> None:
    """Replace `path` by this point, durably. Raises SkillscaleError where the disk refuses."""
    content = {"format": FORMAT, "settings": settings, **{name: getattr(point, name) for name in _NAMES}}

    def save(partial: Path) -> None:
        try:
            torch.save(content, partial)
        except RuntimeError as error:  # how torch reports a short write
            raise OSError(str(error).splitlines()[0]) from error

    with writing_to(path.parent):
        write_file(path, save)


def read_resume(path: Path, settings: dict[str, Any]) -> ResumePoint | None:
    """The point to go on from; None where there is no file. A damaged file, or another run's, is a SkillscaleError."""
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found, point = content["settings"], ResumePoint(**{name: content[name] for name in _NAMES})
    except Exception as error:  # torch reports damage in a dozen ways
        raise SkillscaleError(
            f"{path} is damaged ({type(error).__name__}), so this run cannot go on from it; delete that file "
            "and run the same command again: this run starts over, all others are kept."
        ) from error
    if content["format"] != FORMAT or found != settings:
        raise SkillscaleError(
            f"{path} belongs to a run with other settings; delete that file or choose another folder."
        )
    return point


_NAMES = tuple(field.name for field in fields(ResumePoint))
