"""`skillscale think run` against a server whose behaviour implies the scores: curves, faults, kills, a limit on cost, and what cannot be."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError
from skillscale.observations import Lab
from tests.experiments.thinking.puzzle_models import Solver
from tests.hosted_server import Answer, FaultName, HostedServer, Request, faults, hosted

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    # a call that is given up leaves its connection to the client library, which closes it when it is collected
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]
N_PROBLEMS, N_SAMPLES = 12, 4
SOLVER = Solver("comparison", N_PROBLEMS, (1, 3, 6), silent=0.05, cut=0.05)
SIZE = (
    *("--task", "comparison", "--problems", str(N_PROBLEMS), "--samples", str(N_SAMPLES)),
    *("--difficulty", "1", "--difficulty", "3", "--difficulty", "6"),
)
SECRET = "sk-a-very-secret-key-0123456789"
PRICES = "models: {openai/solver: {input: 1, output: 10}, openai/checker: {input: 1, output: 10}}"


def command(server: HostedServer, folder: Path, *more: str) -> list[str]:
    return [
        *("think", "run", "--model", "openai/solver", "--base-url", server.base_url, "--dir", str(folder)),
        *SIZE,
        "--json",
        *more,
    ]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(commands, ["think", "run", *arguments], standalone_mode=False)


def done(arguments: Sequence[str], code: int = 0) -> dict[str, Any]:
    """What the command prints, run in this process."""
    found = run(*arguments[2:])
    assert found.exit_code == code and (found.exception is None or code), found.exception
    return json.loads(found.stdout)


def wrong(found: dict[str, Any], way: str = "worked") -> list[str]:
    """What differs from the curves that the behaviour implies."""
    answers = SOLVER.answers(way, N_SAMPLES)
    rows = {row["k"]: row for row in found["curve"] if row["way"] == way}
    assert sorted(rows) == [1, 2, 4]
    differences: list[str] = []
    for k, row in rows.items():
        for name, value in SOLVER.expected(answers, k).items():
            told = row[name]
            if told["value"] is None and found["verifier"] is None and name in ("weighted", "best_of_n"):
                assert "--verifier" in told["missing"] and told["low"] is told["high"] is None
            elif told["value"] != pytest.approx(value) or not told["low"] <= value <= told["high"]:
                differences.append(f"{name} at {k}: {told} instead of {value}")
        none = sum(one is None for problem in answers for one in problem)
        if (row["missing"], row["no_answer"], row["n_problems"]) != (0, none, N_PROBLEMS):
            differences.append(f"counts at {k}: {row}, no answer {none}")
    return differences


def test_curves_are_those_that_the_behaviour_implies_under_faults(tmp_path: Path) -> None:
    faulty = faults(0.05, kinds=("429", "500", "truncated"))
    with hosted(SOLVER.answer, faulty=faulty) as server:
        found = done(
            command(server, tmp_path / "lab", "--way", "worked", "--way", "direct", "--verifier", "openai/checker")
        )
        assert sum(server.faults.values()) > 2
        n = server.n_answered()
        assert (
            done(
                command(server, tmp_path / "lab", "--way", "worked", "--way", "direct", "--verifier", "openai/checker")
            )["curve"]
            == found["curve"]
        )
        assert server.n_answered() == n
    assert wrong(found) == [] and wrong(found, "direct") == []
    answers = {
        (i, one)
        for way in ("worked", "direct")
        for i, row in enumerate(SOLVER.answers(way, N_SAMPLES))
        for one in row
        if one
    }
    assert (
        found["calls_made"] == n == 2 * N_PROBLEMS * N_SAMPLES + len(answers)
    )  # each different answer is checked once
    for one in found["ways"]:
        counts = one["samples"]
        assert counts["valid"] + counts["invalid"] + sum(counts["no_answer"].values()) == N_PROBLEMS * N_SAMPLES
        told = [
            (SOLVER.right(i) == answer, SOLVER.score(i, answer))
            for i, row in enumerate(SOLVER.answers(one["way"], N_SAMPLES))
            for answer in {one for one in row if one is not None}
        ]
        shares = [
            fmean((of > 50) is right if of != 50 else 0.5 for r, of in told if r is right) for right in (True, False)
        ]
        assert one["asymmetry"]["judging"]["value"] == pytest.approx(fmean(shares))
        assert one["asymmetry"]["ratio_of"] == "tokens" and one["asymmetry"]["ratio"] > 0
        assert one["calibration"]["verifier"]["n"] >= N_PROBLEMS and 0 <= one["calibration"]["votes"]["ece"] <= 1
    table = Lab(tmp_path / "lab").observations()
    assert table.height == 2 * 3 * 4 and set(table["task"]) == {"think-comparison"}  # twice recorded, there once
    (row,) = table.filter(stratum="direct", metric="pass_at_1").rows(named=True)
    assert row["value"] == pytest.approx(SOLVER.expected(SOLVER.answers("direct", N_SAMPLES), 1)["pass_at_k"])
    assert row["family"] == "openai/solver" and row["n_items"] == N_PROBLEMS and row["stderr"] > 0


def test_killed_it_goes_on_and_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    with hosted(SOLVER.answer, latency_s=0.02) as server:
        arguments = command(server, tmp_path / "lab", "--way", "worked", "--way", "revise", "--concurrency", "3")
        code = "from skillscale.cli.main import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "OPENAI_API_KEY": SECRET}
        )  # fmt: skip
        while len(server.requests) < 80 and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        found = done(arguments)
        seen = Counter(json.dumps(one, sort_keys=True) for one in server.requests)
        n_requests = len(server.requests)
    assert wrong(found) == []
    assert len(seen) == N_PROBLEMS * N_SAMPLES * 4 and n_requests - len(seen) <= 0.02 * n_requests
    assert found["calls_known"] + found["calls_made"] == len(seen) and found["calls_known"] >= 75
    assert [one["way"] for one in found["ways"]] == ["worked", "revise 0", "revise 1", "revise 2"]
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {"run.json", "samples.jsonl", "calls.db"} <= {one.name for one in files}
    assert all(SECRET.encode() not in one.read_bytes() for one in files)
    lines = [json.loads(line) for line in next(tmp_path.rglob("samples.jsonl")).read_text().splitlines()]
    assert len(lines) == N_PROBLEMS * N_SAMPLES * 4
    assert {line["calls"] for line in lines if line["way"] == "revise 2"} == {3}


def test_the_limit_on_cost_stops_it_cleanly_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    priced = ("--prices", str(tmp_path / "prices.yaml"), "--max-tokens", "100", "--way", "worked")
    with hosted(SOLVER.answer) as server:
        arguments = command(server, tmp_path / "lab", *priced)
        stopped = done([*arguments, "--max-cost", "0.004"], code=3)
        n = len(server.requests)
        assert 0 < n < 48 and stopped["calls_left"] == 48 - n and stopped["curve"] is None
        assert 0 < stopped["cost_usd"] <= 0.004 and "larger --max-cost goes on" in stopped["stopped"]
        assert Lab(tmp_path / "lab").observations().is_empty() and not list(tmp_path.rglob("samples.jsonl"))
        found = done([*arguments, "--max-cost", "5"])
        assert len(server.requests) == 48
    assert wrong(found) == [] and found["calls_made"] == 48 - n
    (last,) = [row for row in found["curve"] if row["k"] == N_SAMPLES]
    assert last["cost_usd"] * N_PROBLEMS == pytest.approx(found["cost_usd"])
    assert last["input_tokens"] * N_PROBLEMS == pytest.approx(found["input_tokens"])


def test_what_never_comes_is_missing_and_left_out_and_a_refused_problem_with_it(tmp_path: Path) -> None:
    def refuses(request: Request, nth: int) -> FaultName | None:
        text, of_some = request["messages"][0]["content"], request["seed"] % 2
        return "unauthorised" if SOLVER.stated[3] in text or (SOLVER.stated[5] in text and of_some) else None

    with hosted(SOLVER.answer, faulty=refuses) as server:
        found = done(command(server, tmp_path / "lab", "--way", "worked", "--way", "budget"))
    row, *_, last = (row for row in found["curve"] if row["way"] == "worked")
    assert row["n_problems"] == N_PROBLEMS - 1 and row["problems_missing"] == 1 and 4 < row["missing"] <= 8
    assert row["pass_at_k"]["value"] is not None
    for name in ("pass_at_k", "majority"):
        assert last[name]["value"] is None and "same command asks for the missing ones again" in last[name]["missing"]
    budgets = [row for row in found["curve"] if row["way"] == "budget 64"]
    assert all(row["n_problems"] == 0 and "--prefill" in row["pass_at_k"]["missing"] for row in budgets)
    assert Lab(tmp_path / "lab").observations().filter(metric="pass_at_4", stratum="worked")["missing"].item()


def test_a_score_that_cannot_be_read_is_asked_again_and_then_missing(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        if "checker" in request["model"]:
            return Answer(text="Answer: 101" if "1000" in request["messages"][0]["content"] else "Answer: 70 %")
        return SOLVER.answer(request)

    with hosted(answer) as server:
        found = done(command(server, tmp_path / "lab", "--way", "worked", "--verifier", "openai/checker"))
    lines = [json.loads(line) for line in next(tmp_path.rglob("samples.jsonl")).read_text().splitlines()]
    bad = [line for line in lines if line["answer"] == "1000.5"]
    assert bad and all(line["score"] is None and "no percentage" in line["score_missing"] for line in bad)
    assert {line["score"] for line in lines if line["answer"] not in (None, "1000.5")} == {0.7}
    assert found["ways"][0]["scores_missing"] == len(bad) and found["curve"][-1]["weighted"]["value"] is not None


def test_the_table_on_a_terminal_has_a_row_for_each_k(tmp_path: Path) -> None:
    with hosted(SOLVER.answer) as server:
        arguments = [one for one in command(server, tmp_path / "lab")[2:] if one != "--json"]
        found = run(*arguments)
    assert found.exception is None
    rows = [line for line in found.stdout.splitlines() if line.startswith("worked")]
    assert len(rows) == 3 and all(
        f"{SOLVER.expected(SOLVER.answers('worked', 4), k)['pass_at_k']:.2f}"[1:] in row
        for k, row in zip((1, 2, 4), rows, strict=True)
    )
    assert "samples without an answer: no line begins with Answer:" in found.stdout and "–" in rows[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "openai/m", "--task", "chess"), "No puzzle is called 'chess'"),
        (("--model", "acme/m", "--task", "poem"), "no provider of that name"),
        (("--model", "./nowhere", "--task", "poem"), "is no folder"),
        (("--model", "openai/m", "--task", "poem", "--way", "self-consistency"), "majority of `worked`"),
        (("--model", "openai/m", "--task", "poem", "--way", "worked", "--way", "worked"), "each once"),
        (("--model", "openai/m", "--task", "sudoku4", "--difficulty", "99"), "whole number of empty cells"),
        (("--model", "openai/m", "--task", "poem", "--samples", "0"), "give from 1"),
        (("--model", "openai/m", "--task", "poem", "--samples", "10000", "--problems", "1000"), "at most 1,000,000"),
        (("--model", "openai/m", "--task", "poem", "--budgets", "64,x"), "numbers of tokens"),
        (("--model", "openai/m", "--task", "poem", "--budgets", "64,32"), "rising"),
        (("--model", "openai/m", "--task", "poem", "--temperature", "9"), "from 0 to 2"),
        (("--model", "openai/m", "--task", "poem", "--base-url", "http://me:pw@h/v1"), "user, a password"),
        (("--model", "openai/m", "--task", "poem", "--base-url", "http://h/v1", "--max-cost", "1"), "no price of openai/m"),
        (("--model", "openai/m", "--task", "poem", "--max-cost", "0"), "more than 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    found = run(*arguments, "--dir", str(tmp_path / "lab"))
    assert isinstance(found.exception, SkillscaleError) and says in str(found.exception), found.exception
    assert not (tmp_path / "lab").exists()


def test_a_hosted_run_does_without_torch() -> None:
    code = "import skillscale.studies.thinking.running, sys; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"torch", "transformers", "inspect_ai"}.isdisjoint(loaded)
