"""What the texts of a run cost, read from its `generations.jsonl`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import shown_path


def read_cost(path: Path) -> float | None:
    """Of all turns that were answered; None where one does not tell. SkillscaleError where a line is damaged."""
    costs: list[float | None] = []
    for where, line in json_lines(path):
        try:
            costs += [turn["cost_usd"] for turn in line["turns"] if turn["text"] is not None]
        except (KeyError, TypeError) as error:
            raise SkillscaleError(
                f"{where}: this is no generation of a run ({error!r}); run the same command again."
            ) from error
    return total_cost(costs)


def total_cost(costs: list[float | None]) -> float | None:
    """Their sum; None where one of them is unknown, or there is none."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def json_lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Each line of a .jsonl file as where it stands, for messages, and its value. SkillscaleError where one is no JSON."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{shown_path(path)}, line {number}"
            try:
                yield where, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise SkillscaleError(f"{where}: this is not JSON; run the same command again.") from error
