"""What `mix run`, `think run` and `mix prevalence` share, against a server on loopback: how they end, and how they tell what it costs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.terms import Patience
from skillscale.observations import Lab
from tests.hosted_server import Answer, FaultName, Faulty, HostedServer, hosted
from tests.test_readme import PAGES, skillscale_calls

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    # a call that is given up leaves its connection to the client library, which closes it when it is collected
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]
MIX = (
    "mix",
    "run",
    "--grader",
    "openai/grader",
    "-k",
    "2",
    "--combinations",
    "2",
    "--generations",
    "1",
    "--gradings",
    "1",
)
THINK = ("think", "run", "--task", "comparison", "--problems", "3", "--samples", "2", "--way", "direct")
PREVALENCE = ("mix", "prevalence", "text.txt", "--per-call", "1000")
COMMANDS = (MIX, THINK, PREVALENCE)
PRICES = "models: {openai/student: {input: 1, output: 10}, openai/grader: {input: 1, output: 10}}"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostedServer]:
    """It answers what no command can read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("One is here. Two is here.")
    (tmp_path / "prices.yaml").write_text(PRICES)
    with hosted(lambda request: "Answer: \ud800") as found:
        yield found


def always(fault: FaultName | None) -> Faulty:
    return lambda request, nth: fault


def run(server: HostedServer, command: tuple[str, ...], *more: str) -> Result:
    given = ("--model", "openai/student", "--base-url", server.base_url, "--dir", "lab", "--prices", "prices.yaml")
    return CliRunner().invoke(commands, [*command, *given, *more], standalone_mode=False)


def sentence(found: Result) -> str:
    """That of a command that ends with exit code 2."""
    assert isinstance(found.exception, SkillscaleError), found.exception
    return str(found.exception)


@pytest.mark.parametrize("command", COMMANDS)
def test_text_that_is_no_unicode_is_an_answer_like_any_other(server: HostedServer, command: tuple[str, ...]) -> None:
    found = run(server, command)
    n = len(server.requests)
    assert found.exception is None and n > 1
    assert run(server, command).exception is None and len(server.requests) == n  # all of it is in the journal


@pytest.mark.parametrize("command", COMMANDS)
def test_a_journal_that_cannot_be_written_ends_the_run(
    server: HostedServer, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise MemoryError("nothing left")

    monkeypatch.setattr(Journal, "_write", broken)
    assert "calls.db cannot be written (nothing left)" in sentence(run(server, command))
    monkeypatch.undo()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", ["unauthorised", "500"])
def test_where_nothing_is_answered_the_run_fails_and_records_nothing(
    server: HostedServer, command: tuple[str, ...], fault: FaultName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "pause", lambda *_: 0.001)
    server.faulty = always(fault)
    told = sentence(run(server, command, "--json", "--max-cost", "9"))
    status = {"unauthorised": "401: Incorrect API key", "500": "500: "}[fault]
    assert f"Nothing was answered by openai/student: {status}" in told and "asks again" in told and "cost" not in told
    assert not {"generations.jsonl", "samples.jsonl", "answers.jsonl"} & {one.name for one in Path("lab").rglob("*")}
    if command is not PREVALENCE:
        assert Lab(Path("lab")).observations().is_empty()
    server.faulty = always(None)
    assert run(server, command).exception is None


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_port_is_no_answer_and_costs_nothing(
    server: HostedServer, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "pause", lambda *_: 0.001)
    server.base_url = "http://127.0.0.1:9/v1"
    told = sentence(run(server, command, "--max-cost", "9"))
    assert "Nothing was answered by openai/student: Connection error" in told and "cost" not in told


@pytest.mark.parametrize(
    ("command", "option", "says"),
    [
        (MIX, "--gradings", "99,999,999,999 gradings were asked for; give from 1 to 1,000"),
        (MIX, "--generations", "99,999,999,999 generations were asked for; give from 1 to 1,000"),
        (MIX, "--max-tokens", "99,999,999,999 max_tokens were asked for; give from 1 to 1,000,000"),
        (THINK, "--samples", "99,999,999,999 samples were asked for; give from 1 to 10,000"),
        (THINK, "--max-tokens", "99,999,999,999 tokens were asked for; give from 1 to 1,000,000"),
        (PREVALENCE, "--max-tokens", "--max-tokens is 99,999,999,999; give from 1 to 1,000,000"),
    ],
)
def test_what_no_run_can_be_is_refused(server: HostedServer, command: tuple[str, ...], option: str, says: str) -> None:
    assert says in sentence(run(server, command, option, "99999999999"))
    assert server.requests == [] and not Path("lab").exists()


def test_a_run_has_at_most_a_million_calls(server: HostedServer) -> None:
    told = sentence(run(server, MIX, "--combinations", "1000", "--generations", "1000"))
    assert "about 3,000,000 calls, of at most 1,000,000" in told


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("usage", [None, (-5, -7), (0, 0), (2**70, 3)])
def test_where_no_tokens_are_told_the_cost_is_the_most_that_it_can_be(
    server: HostedServer, command: tuple[str, ...], usage: tuple[int, int] | None
) -> None:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    told = None if usage is None else dict(zip(names, (*usage, sum(usage)), strict=True))
    server.answering = lambda request: Answer(text="Answer: x", usage=told)
    asked = ("--max-tokens", "100", "--max-cost", "1", "--json")
    found = json.loads(run(server, command, *asked).stdout)
    assert found["cost_at_most"] and len(server.requests) * 100 * 10e-6 < found["cost_usd"] < 1
    assert "at most $0." in run(server, command, *asked[:-1]).stdout  # also of what is in the journal


@pytest.mark.parametrize("command", COMMANDS)
def test_small_limits_have_their_digits_and_nothing_spent_is_no_cost(
    server: HostedServer, command: tuple[str, ...]
) -> None:
    found = run(server, command, "--max-cost", "0.0001")
    assert found.exit_code == 3 and server.requests == []
    assert "; at most $0.0001\n" in found.stderr and "limit of $0.0001: $0 spent" in found.stdout
    assert "$0\n" in found.stdout and "unknown" not in found.stdout
    assert json.loads(run(server, command, "--max-cost", "0.0001", "--json").stdout)["cost_usd"] == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_limit_below_the_estimate_is_told_before_the_first_call(
    server: HostedServer, command: tuple[str, ...]
) -> None:
    assert re.search(
        r"limit of \$0\.0001 is about \$0\.0\d+ too low", run(server, command, "--max-cost", "0.0001").stderr
    )
    assert "too low" not in run(server, command, "--max-cost", "9").stderr


def test_the_limits_of_documented_commands_are_above_their_estimates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    calls = [one for page in PAGES for one in skillscale_calls(page) if "--max-cost" in one and "…" not in one]
    assert len(calls) >= 4
    for one in calls:
        found = CliRunner().invoke(commands, one, standalone_mode=False)
        assert "cannot be asked" in sentence(found) and "about $" in found.stderr and "too low" not in found.stderr, one
