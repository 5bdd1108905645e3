"""A model on disk answers calls as a hosted one does: many at once, each answer kept in a journal, so that a killed run goes on."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from skillscale.experiments.thinking.reading_messages import AsReading
from skillscale.models.hosted.calling import Call, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Reading, Sample, sample_prompts

TOGETHER_S = 0.005  # calls that come within it are answered together
HASHED_BYTES = 2**20  # of the beginning and of the end of each file of weights


class LocalAsk:
    """An `Ask` of one model, each call at most once. `most` calls are answered together, and lost together by a kill.

    Random numbers follow from `seed`, what is read, and the number after the `#` of a call's draw.
    """

    def __init__(
        self, model: LocalModel, journal: Journal, *, seed: int, reading: AsReading, stop: str | None = None, most: int = 128
    ) -> None:  # fmt: skip
        self.journal = journal
        self.n_known = self.n_made = 0
        self._model, self._seed, self._reading, self._stop, self._most = model, seed, reading, stop, most
        self._waiting: list[tuple[Call, asyncio.Future[Reply]]] = []
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, call: Call) -> Reply:
        key = call.key
        asked = self._asked.get(key)
        if asked is not None:
            return await asyncio.shield(asked)
        known = self.journal.reply(key)
        if known is not None:
            self.n_known += 1
            return known
        asked = self._asked[key] = asyncio.ensure_future(self._ask(call, key))
        return await asyncio.shield(asked)

    async def _ask(self, call: Call, key: str) -> Reply:
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, answered))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        reply = await answered
        if reply.text is not None:
            self.n_made += 1
            await self.journal.keep(self.journal.begin(key, None), key, call, reply)
        return reply

    async def _serve(self) -> None:
        while self._waiting:
            if len(self._waiting) < self._most:
                await asyncio.sleep(TOGETHER_S)
            now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                replies = self._answers([call for call, _ in now])
            except Exception as error:
                for answered in (answered for _, answered in now if not answered.done()):
                    answered.set_exception(error)
                continue
            for (_, answered), reply in zip(now, replies, strict=True):
                if not answered.done():
                    answered.set_result(reply)
            await asyncio.sleep(0)

    def _answers(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls that read the same are samples of one prompt, so that it is read once."""
        readings = [self._reading(call.messages) for call in calls]
        alike: dict[tuple[float, int, Reading], list[int]] = defaultdict(list)
        for i, (call, reading) in enumerate(zip(calls, readings, strict=True)):
            alike[call.temperature, call.max_tokens, reading].append(i)
        runs: dict[tuple[float, int, int], list[list[int]]] = defaultdict(list)
        for (temperature, max_tokens, _), members in alike.items():
            for run in _consecutive(members, [_number(call) for call in calls]):
                runs[temperature, max_tokens, len(run)].append(run)
        replies: dict[int, Reply] = {}
        for (temperature, max_tokens, n), found in runs.items():
            drawn = sample_prompts(
                self._model, [readings[run[0]] for run in found], n=n, temperature=temperature, seed=self._seed, max_new_tokens=max_tokens,
                firsts=[_number(calls[run[0]]) for run in found],
            )  # fmt: skip
            for run, samples in zip(found, drawn, strict=True):
                replies |= {i: self._reply(sample) for i, sample in zip(run, samples, strict=True)}
        return [replies[i] for i in range(len(calls))]

    def _reply(self, sample: Sample) -> Reply:
        if sample.text is None:
            return Reply(text=None, missing=sample.missing, input_tokens=sample.n_context)
        text, stopped, _ = sample.text.partition(self._stop) if self._stop else (sample.text, "", "")
        return Reply(
            text=text,
            cut=not (sample.ended or stopped),
            input_tokens=sample.n_context,
            output_tokens=len(sample.tokens),
        )


def _number(call: Call) -> int:
    return int(call.draw.rpartition("#")[2])


def _consecutive(members: Sequence[int], numbers: Sequence[int]) -> list[list[int]]:
    """`members` in order of their numbers, split where one is left out or stands twice."""
    found: list[list[int]] = []
    for i in sorted(members, key=lambda i: numbers[i]):
        if found and numbers[i] == numbers[found[-1][-1]] + 1:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def fingerprint(folder: Path) -> str:
    """Another one for another checkpoint: from its config and its weights, of which the largest are not read whole."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(one for one in folder.iterdir() if one.suffix in (".json", ".safetensors", ".bin", ".jinja")):
        if file.name.endswith("config.json") or file.suffix not in (".json",):
            size = file.stat().st_size
            digest.update(f"{file.name}\0{size}\0".encode())
            with file.open("rb") as opened:
                digest.update(opened.read(HASHED_BYTES))
                opened.seek(max(0, size - HASHED_BYTES))
                digest.update(opened.read(HASHED_BYTES))
    return digest.hexdigest()
