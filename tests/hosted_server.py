"""An OpenAI-compatible server on loopback whose answers and faults are decided by a function: what hosted models are tested against.

>>> with hosted(lambda request: Answer(text="Hello."), latency_s=0.05) as server:  # doctest: +SKIP
...     ask(server.base_url)

It runs in a thread of its own with its own event loop; `server.requests` has every request body in the order of arrival, `server.headers` their headers.
"""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from aiohttp import web

Request = dict[str, Any]
FaultName = Literal["429", "500", "hang", "truncated", "not json", "no choices", "refused", "unauthorised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered. `cut`: as if the largest number of tokens was reached. `usage`: what is told of tokens; None leaves it out."""

    text: str
    cut: bool = False
    usage: dict[str, Any] | Literal["counted"] | None = "counted"


Answering = Callable[[Request], Answer | str]
Faulty = Callable[[Request, int], FaultName | None]


def no_faults(request: Request, nth: int) -> FaultName | None:
    return None


def share(*what: object) -> float:
    """A number from 0 to 1 that what is said decides, and nothing else."""
    return int.from_bytes(blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=6).digest()) / 2**48


def faults(rate: float, *, kinds: tuple[FaultName, ...] = ("429", "500", "hang", "truncated"), seed: int = 0) -> Faulty:
    """Each arrival of a request fails with probability `rate`, decided by its content and how often it came."""

    def faulty(request: Request, nth: int) -> FaultName | None:
        if share(seed, request, nth) >= rate:
            return None
        return kinds[int(share(seed, request, nth, "kind") * len(kinds))]

    return faulty


@dataclass(slots=True)
class HostedServer:
    """The server as a test sees it."""

    answering: Answering
    faulty: Faulty
    latency_s: float
    keep: bool = True
    base_url: str = ""
    requests: list[Request] = field(default_factory=list[Request])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    faults: Counter[str] = field(default_factory=Counter[str])
    times: Counter[str] = field(default_factory=Counter[str])
    n_open: int = 0
    most_open: int = 0

    def n_answered(self) -> int:
        return len(self.requests) - sum(self.faults.values())

    async def complete(self, http: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        try:
            request = await http.json()
        except ConnectionResetError:  # whoever asked was killed
            return web.Response(status=499)
        nth = 0
        if self.keep:
            key = json.dumps(request, sort_keys=True)
            nth = self.times[key]
            self.times[key] += 1
            self.requests.append(request)
            self.headers.append(dict(http.headers))
        self.n_open += 1
        self.most_open = max(self.most_open, self.n_open)
        try:
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            fault = self.faulty(request, nth)
            if fault is not None:
                self.faults[fault] += 1
                return await self._fail(fault, http, request)
            return web.json_response(_completion(request, self.answering(request)))
        finally:
            self.n_open -= 1

    async def _fail(self, fault: FaultName, http: web.Request, request: Request) -> web.StreamResponse:
        echo = http.headers.get("Authorization", "")
        match fault:
            case "429":
                return _error(429, "slow down", headers={"Retry-After": "0.02"})
            case "500":
                return _error(500, f"a bug, while serving {echo}")
            case "refused":
                return _error(400, "response_format is not known here")
            case "unauthorised":
                return _error(401, f"Incorrect API key provided: {echo}")
            case "hang":
                await asyncio.sleep(3600)
            case "not json":
                return web.Response(text="<html>maintenance</html>", content_type="text/html")
            case "no choices":
                return web.json_response({"id": "x", "object": "chat.completion", "created": 0, "model": "m"})
            case "truncated":
                body = json.dumps(_completion(request, self.answering(request))).encode()
                response = web.StreamResponse(headers={"Content-Type": "application/json"})
                response.content_length = len(body)
                await response.prepare(http)
                await response.write(body[: len(body) // 2])
                assert http.transport is not None
                http.transport.abort()
                return response
        raise AssertionError(fault)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "test"}}, status=status, headers=headers)


def _completion(request: Request, answer: Answer | str) -> dict[str, Any]:
    answer = answer if isinstance(answer, Answer) else Answer(text=answer)
    n_in = sum(len(one["content"]) for one in request["messages"]) // 4
    n_out = max(1, len(answer.text) // 4)
    message = {"role": "assistant", "content": answer.text}
    usage = {"prompt_tokens": n_in, "completion_tokens": n_out, "total_tokens": n_in + n_out}
    told = usage if answer.usage == "counted" else answer.usage
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "length" if answer.cut else "stop"}],
        **({} if told is None else {"usage": told}),
    }


@contextmanager
def hosted(
    answering: Answering, *, faulty: Faulty = no_faults, latency_s: float = 0.0, keep: bool = True
) -> Iterator[HostedServer]:
    """A server for as long as the block lasts. `keep` false: nothing that it was asked is kept, and no fault is known to repeat."""
    server = HostedServer(answering, faulty, latency_s, keep)
    started = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", server.complete)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        stop = asyncio.Event()
        running.append((asyncio.get_running_loop(), stop))
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        loop, stop = running[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
