"""Calls of hosted models: what a call costs in processor, and how many come through at once, against plain loops over the same server.

python -m benchmarks.hosted [calls]
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from skillscale.models.hosted.asking import Asker, asker
from skillscale.models.hosted.budget import Budget
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.prices import read_prices
from skillscale.models.hosted.provider import Failure
from skillscale.models.hosted.terms import Patience, Terms

CONCURRENCY = 64
LATENCY_S = 0.05
ROUNDS = 3
PROMPT = (
    "Please write a short piece of text in the context of this topic. " * 25
)  # some 1,600 characters, as in Skill-Mix
ANSWER = "Answer:\nThe rope is a river, and every knot in it is a dam.\n\nExplanation: it is a metaphor."


class Instant:
    """A provider that answers at once, without a server."""

    async def attempt(self, call: Call) -> Reply | Failure:
        return Reply(text=ANSWER, input_tokens=400, output_tokens=25)


def call(n: int, model: str, base_url: str | None) -> Call:
    message = Message(role="user", content=PROMPT)
    return Call(model=model, messages=(message,), draw=str(n), temperature=0.7, max_tokens=500, base_url=base_url)


async def all_at_once(ask: Callable[[int], Awaitable[object]], n: int) -> tuple[float, float]:
    """Wall and processor seconds of n calls, at most `CONCURRENCY` at once."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(i: int) -> None:
        async with slots:
            await ask(i)

    await one(-1)  # connections and tables are made
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(i) for i in range(n)))
    return time.perf_counter() - start, time.process_time() - cpu


async def journal_alone(n: int, _: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        ask = Asker(Instant(), journal, read_prices(), Budget(None), patience=Patience(), concurrency=CONCURRENCY)
        found = await all_at_once(lambda i: ask(call(i, "openai/gpt-4o", None)), n)
        journal.close()
    return found


async def ours(n: int, base_url: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with asker(Path(folder), Terms(prices=read_prices(), concurrency=CONCURRENCY)) as ask:
            return await all_at_once(lambda i: ask(call(i, "openai/student", base_url)), n)


async def inspect_alone(n: int, base_url: str) -> tuple[float, float]:
    from inspect_ai.model import GenerateConfig, get_model

    config = GenerateConfig(max_connections=CONCURRENCY, max_tokens=500, temperature=0.7)
    model = get_model("openai-api/server/student", base_url=base_url, api_key="none", config=config, memoize=False)
    found = await all_at_once(lambda i: model.generate(f"{PROMPT}{i}"), n)
    await model.api.aclose()
    return found


async def plain_aiohttp(n: int, base_url: str) -> tuple[float, float]:
    import aiohttp

    async with aiohttp.ClientSession() as session:

        async def ask(i: int) -> str:
            body = {"model": "student", "messages": [{"role": "user", "content": PROMPT}], "seed": i, "max_tokens": 500}
            async with session.post(f"{base_url}/chat/completions", json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        return await all_at_once(ask, n)


def serve(latency_s: float, pipe: Connection) -> None:
    from tests.hosted_server import hosted

    with hosted(lambda _: ANSWER, latency_s=latency_s, keep=False) as server:
        pipe.send(server.base_url)
        pipe.recv()


@contextmanager
def server(latency_s: float) -> Any:
    """In a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(latency_s, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def measured(title: str, who: dict[str, Callable[[int, str], Any]], n: int, base_url: str, ideal: float | None) -> None:
    """Medians of rounds in turn, so that whatever else the machine does falls on all."""
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in who}
    for _ in range(ROUNDS):
        for name, run in who.items():
            rounds[name].append(asyncio.run(run(n, base_url)))
    print(f"\n{title}: {n} calls, {CONCURRENCY} at once, medians of {ROUNDS}")
    for name, found in rounds.items():
        wall, cpu = (statistics.median(one[i] for one in found) for i in (0, 1))
        share = "" if ideal is None else f", {n / wall / ideal:.0%} of the ideal {ideal:,.0f}"
        print(f"  {name:24} {n / wall:8,.0f} calls/s{share}, {1e3 * cpu / n:6.2f} ms of processor a call")


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    measured("a provider that answers at once", {"journal, budget, prices": journal_alone}, n, "", None)
    peers = {"ours": ours, "Inspect alone": inspect_alone, "plain aiohttp loop": plain_aiohttp}
    with server(0.0) as url:
        measured("no latency", peers, n, url, None)
    with server(LATENCY_S) as url:
        measured("50 ms", peers, n, url, CONCURRENCY / LATENCY_S)


if __name__ == "__main__":
    main()
