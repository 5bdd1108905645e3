"""A limit on cost: before a call is begun, the most that it may cost is set aside."""

import asyncio


class Budget:
    """`limit_usd` None: no limit. `spent_usd` starts with what earlier invocations may have spent.

    A call waits while what others set aside leaves no room for it, for they will mostly cost less; where it would not fit even without them,
    the budget is `exhausted`, and nothing more is begun.
    """

    def __init__(self, limit_usd: float | None, *, spent_usd: float = 0.0) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = spent_usd
        self.exhausted = False
        self._aside_usd = 0.0
        self._n_aside = 0
        self._changed = asyncio.Event()

    async def set_aside(self, most_usd: float) -> bool:
        """Whether a call of at most `most_usd` may be begun; it is then to be followed by `settle`."""
        while self.limit_usd is not None:
            if self.exhausted or self.spent_usd + most_usd > self.limit_usd:
                self.exhausted = True
                self._wake()
                return False
            if self._n_aside == 0 or self.spent_usd + self._aside_usd + most_usd <= self.limit_usd:
                break
            await self._changed.wait()
        self._aside_usd += most_usd
        self._n_aside += 1
        return True

    def settle(self, most_usd: float, spent_usd: float) -> None:
        """The call ended, and cost `spent_usd`."""
        self._n_aside -= 1
        self._aside_usd = 0.0 if self._n_aside == 0 else self._aside_usd - most_usd
        self.spent_usd += spent_usd
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
