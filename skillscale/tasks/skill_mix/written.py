"""The texts of a run, read from its `generations.jsonl`: also those whose gradings do not hold them, as of code."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`texts` by combination, model and generation, only those there are; `cost_usd` of all their turns, None where one of them is unknown."""

    texts: dict[tuple[str, str, int], str]
    cost_usd: float | None


def read_written(path: Path) -> Written:
    """SkillscaleError where a line is damaged."""
    texts: dict[tuple[str, str, int], str] = {}
    costs: list[float | None] = []
    for where, line in json_lines(path):
        try:
            key = str(line["combination"]), str(line["model"]), int(line["generation"])
            if isinstance(line["text"], str):
                texts[key] = line["text"]
            costs += [turn["cost_usd"] for turn in line["turns"] if turn["text"] is not None]
        except (KeyError, TypeError, ValueError) as error:
            raise SkillscaleError(
                f"{where}: this is no generation of a run ({error!r}); run the same command again."
            ) from error
    return Written(texts=texts, cost_usd=total_cost(costs))


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
            where = f"{shown(path.name)}, line {number}"
            try:
                yield where, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise SkillscaleError(f"{where}: this is not JSON; run the same command again.") from error
