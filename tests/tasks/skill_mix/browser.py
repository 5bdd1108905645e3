"""A real browser without a screen, driven over its debugging protocol; tests that need it are skipped where there is none."""

import asyncio
import json
import subprocess
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

CHROMIUM = Path("/usr/bin/chromium")
STARTS_S = 20


class Page:
    """One page: `press` keys, `evaluate` expressions."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)
        self.console: list[str] = []  # what the page was refused, and its errors

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            said = await self._socket.receive_json(timeout=STARTS_S)
            if said.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.console.append(json.dumps(said["params"]))
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]

    async def evaluate(self, expression: str) -> Any:
        found = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def press(self, keys: str) -> None:
        """Each sign of `keys` as a key of its own."""
        for key in keys:
            await self.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
            await self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def reload(self) -> None:
        await self.send("Page.reload")
        while await self.evaluate("document.readyState") != "complete":
            await asyncio.sleep(0.05)


def in_browser(path: Path, downloads: Path, act: Callable[[Page], Awaitable[None]]) -> None:
    """Open the file, `act` on the page; files that it saves land in `downloads`."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    profile = downloads / "profile"
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}")
    with subprocess.Popen(
        [CHROMIUM, *flags, path.as_uri()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as own:
        try:
            asyncio.run(_connected(profile / "DevToolsActivePort", downloads, act))
        finally:
            own.kill()


async def _connected(port_file: Path, downloads: Path, act: Callable[[Page], Awaitable[None]]) -> None:
    async with aiohttp.ClientSession() as session:
        address = await _page_address(session, port_file)
        async with session.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            await page.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
            for domain in ("Log", "Runtime", "Page"):
                await page.send(f"{domain}.enable")
            await page.reload()
            await act(page)


async def _page_address(session: aiohttp.ClientSession, port_file: Path) -> str:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        if port_file.exists() and (words := port_file.read_text().split()):
            async with session.get(f"http://127.0.0.1:{words[0]}/json") as reply:
                pages = [one for one in await reply.json() if one["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
        await asyncio.sleep(0.05)
    pytest.skip(f"{CHROMIUM} did not start in {STARTS_S} s")
