"""Calls through Inspect AI to a server on loopback, with faults, and without keys in anything that is kept."""

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.asking import Asker, asker
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.prices import read_prices
from skillscale.models.hosted.provider import seed_of
from skillscale.models.hosted.redaction import redact_error
from skillscale.models.hosted.terms import Patience, Terms
from tests.hosted_server import Answer, Faulty, HostedServer, Request, faults, hosted, no_faults

# Inspect AI's own use of tenacity, at each call
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    # a call that is given up leaves its connection to the client library, which closes it when it is collected
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]

SECRET = "sk/very-secret+key-1234"
QUICK = Patience(attempts=6, call_s=3.0, total_s=20, pause_s=0.01)
SCHEMA = {
    "type": "object",
    "properties": {"point": {"type": "integer", "enum": [0, 1]}},
    "required": ["point"],
    "additionalProperties": False,
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def call(server: HostedServer, text: str = "Hello", **other: object) -> Call:
    made = Call(
        model="openai/student",
        messages=(Message(role="system", content="Be brief."), Message(role="user", content=text)),
        draw=text,
        temperature=0.7,
        max_tokens=50,
        base_url=server.base_url,
    )
    return replace(made, **other)


def ask_all(folder: Path, calls: Sequence[Call], patience: Patience = QUICK) -> tuple[list[Reply], Asker]:
    async def asking() -> tuple[list[Reply], Asker]:
        async with asker(folder, Terms(prices=read_prices(), patience=patience, concurrency=8)) as ask:
            return list(await asyncio.gather(*map(ask, calls))), ask

    return asyncio.run(asking())


def echo(request: Request) -> Answer:
    return Answer(
        text=f"You said {request['messages'][-1]['content']}", cut="long" in request["messages"][-1]["content"]
    )


def test_a_server_gets_what_was_asked_and_its_answer_comes_back(tmp_path: Path) -> None:
    with hosted(echo) as server:
        replies, _ = ask_all(tmp_path, [call(server), call(server, "long")])
    assert [(one.text, one.cut) for one in replies] == [("You said Hello", False), ("You said long", True)]
    assert replies[0].output_tokens == 3 and replies[0].input_tokens == 3 and replies[0].cost_usd is None
    request = next(one for one in server.requests if one["messages"][-1]["content"] == "Hello")
    assert request["model"] == "student" and request["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (request["temperature"], request["max_tokens"], request["seed"]) == (0.7, 50, seed_of("Hello"))
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}"


def test_half_of_a_surrogate_pair_is_replaced_in_answers_and_errors(tmp_path: Path) -> None:
    with hosted(lambda request: "a\ud800b \U0001f600") as server:
        (reply,), _ = ask_all(tmp_path, [call(server)])
        (again,), ask = ask_all(tmp_path, [call(server)])
    assert reply.text == again.text == "a\ufffdb \U0001f600" and ask.tally.from_journal == 1
    assert redact_error("half \ud83d of a pair", str) == "half \ufffd of a pair"


def test_a_server_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with hosted(echo) as server:
        replies, _ = ask_all(tmp_path, [call(server, model="Qwen/any-name")])
    assert replies[0].text == "You said Hello" and server.requests[0]["model"] == "Qwen/any-name"


def test_under_faults_every_call_is_answered_in_the_end(tmp_path: Path) -> None:
    kinds = ("429", "500", "hang", "truncated", "not json", "no choices")
    with hosted(echo, faulty=faults(0.15, kinds=kinds, seed=1)) as server:
        replies, ask = ask_all(tmp_path, [call(server, str(i)) for i in range(60)])
    assert [one.text for one in replies] == [f"You said {i}" for i in range(60)]
    assert set(server.faults) == set(kinds) and ask.tally.retried >= sum(server.faults.values()) > 6


def always(fault: str) -> Faulty:
    return lambda request, nth: fault  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("fault", "says", "n"),
    [
        ("429", r"429: slow down \(3 attempts\)", 3),
        ("500", r"500: .*\(3 attempts\)", 3),
        ("hang", r"no answer within 0.5 s \(3 attempts\)", 3),
        ("truncated", r"\(3 attempts\)", 3),
        ("not json", r"\(3 attempts\)", 3),
        ("unauthorised", "401: .*Incorrect API key", 1),
        ("refused", "400: .*not known here", 2),  # once more without the seed
    ],
)
def test_what_never_answers_is_missing_with_its_reason(tmp_path: Path, fault: str, says: str, n: int) -> None:
    with hosted(echo, faulty=always(fault)) as server:
        (reply,), _ = ask_all(
            tmp_path, [call(server)], Patience(attempts=3, call_s=0.5 if fault == "hang" else 20, pause_s=0.01)
        )
    assert reply.missing is not None and SECRET not in reply.missing
    assert re.search(says, reply.missing), reply.missing
    assert len(server.requests) == n


def test_a_dead_address_is_missing_with_its_reason(tmp_path: Path) -> None:
    with hosted(echo) as server:
        pass
    (reply,), _ = ask_all(tmp_path, [call(server)], Patience(attempts=2, pause_s=0.01))
    assert reply.missing is not None and "Connection error" in reply.missing


def test_a_schema_is_sent_and_a_provider_that_refuses_it_is_asked_without_it_from_then_on(tmp_path: Path) -> None:
    def refuses(request: Request, nth: int) -> str | None:
        return "refused" if "response_format" in request else None

    with hosted(echo) as server:
        ask_all(tmp_path / "a", [call(server, schema=SCHEMA)])
    sent = server.requests[0]["response_format"]["json_schema"]
    assert sent["schema"] == SCHEMA and sent["strict"] is True
    with hosted(echo, faulty=refuses) as server:  # type: ignore[arg-type]

        async def one_after_another() -> list[Reply]:
            async with asker(tmp_path / "b", Terms(prices=read_prices(), patience=QUICK)) as ask:
                return [await ask(call(server, str(i), schema=SCHEMA)) for i in range(3)]

        replies = asyncio.run(one_after_another())
    assert [one.text for one in replies] == ["You said 0", "You said 1", "You said 2"]
    assert ["response_format" in one for one in server.requests] == [True, False, False, False]
    assert all("seed" in one for one in server.requests)


@pytest.mark.parametrize("fault", ["500", "unauthorised"])
def test_a_key_is_in_nothing_that_is_kept_or_told_even_if_the_server_echoes_it(
    tmp_path: Path, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def tells(request: Request) -> str:
        return f"Your key is {SECRET}."

    def once(request: Request, nth: int) -> str | None:
        return fault if "fails" in request["messages"][-1]["content"] else None

    with hosted(tells, faulty=once) as server:  # type: ignore[arg-type]
        replies, _ = ask_all(tmp_path, [call(server), call(server, "fails")], replace(QUICK, attempts=2))
    assert replies[0].text == "Your key is [key]." and "[key]" in (replies[1].missing or "")
    told = capfd.readouterr()
    for text in (
        repr(replies),
        told.out,
        told.err,
        *(one.read_bytes().decode("latin1") for one in tmp_path.rglob("*") if one.is_file()),
    ):
        assert SECRET not in text and "very-secret" not in text


def test_models_that_cannot_be_asked_are_one_sentence_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ready(model: str) -> None:
        async with asker(tmp_path, Terms(prices=read_prices()), ready=lambda provider: provider.ready(model, None)):
            raise AssertionError("nothing is asked")

    monkeypatch.delenv("OPENAI_API_KEY")
    for model, says in (("openai/gpt-4o", "No OPENAI_API_KEY"), ("acme/m", "no provider of that name")):
        with pytest.raises(SkillscaleError, match=says):
            asyncio.run(ready(model))
    with pytest.raises(SkillscaleError, match="anthropic/claude cannot be asked"):
        asyncio.run(ready("anthropic/claude"))


def test_without_the_extra_one_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    monkeypatch.setitem(sys.modules, "inspect_ai.model", None)
    with (
        hosted(echo, faulty=no_faults) as server,
        pytest.raises(SkillscaleError, match=r"pip install 'skillscale\[hosted\]'"),
    ):
        ask_all(tmp_path, [call(server)])
