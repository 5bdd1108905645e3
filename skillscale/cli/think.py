"""`skillscale think`: reasoning. Puzzles with exact verifiers, and what thinking longer buys."""

import json
import sys
from typing import Any

import click

from skillscale.cli.options import as_json
from skillscale.cli.think_forecast import forecast
from skillscale.cli.think_run import run


@click.group()
def think() -> None:
    """Reasoning: puzzles whose answers a program checks, and what thinking longer buys."""


@click.command()
@click.option("--task", required=True, help="Kind of puzzle; any other word lists those there are.")
@click.option("--puzzle", required=True, metavar="JSON|FILE", help="The puzzle; a sudoku also as 16 or 81 characters.")
@click.option("--answer", required=True, metavar="TEXT", help="What was said to it; - reads standard input.")
@as_json
def verify(task: str, puzzle: str, answer: str, as_json: bool) -> None:
    """Say whether an answer to a puzzle keeps every constraint, and if not, why (exit code 1)."""
    found = verified(task, puzzle, sys.stdin.read() if answer == "-" else answer)
    click.echo(json.dumps(found) if as_json else f"{'valid' if found['valid'] else 'not valid'}: {found['reason']}")
    if not found["valid"]:
        sys.exit(1)


def verified(task: str, puzzle: str, said: str) -> dict[str, Any]:
    """What `skillscale think verify --json` prints."""
    from skillscale.tasks.puzzles import answer_of, judge, puzzle_kind, read_puzzle

    kind = puzzle_kind(task)
    given = read_puzzle(kind, puzzle)
    verdict = judge(kind, given, said)
    return {
        "task": task,
        "puzzle": given.to_json(),
        "answer": answer_of(said)[:4_000],
        "valid": verdict.valid,
        "reason": verdict.reason,
    }


think.add_command(verify)
think.add_command(forecast)
think.add_command(run)
