"""Time, injected: no service reads the time of day elsewhere.

`now()` is an aware UTC instant. It can have an offset (`REGIONLAB_CLOCK_OFFSET` makes archived
feeds current) and run faster (`REGIONLAB_CLOCK_SPEED` replays a day in an hour). `monotonic()` and
`sleep()` always follow real seconds, so that time limits hold.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The time of day and the passing of seconds."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many real seconds."""
        ...


class SystemClock:
    """The machine's clock, with an offset and a speed.

    `offset`: seconds that are added. `speed`: how many times as fast it runs.
    `anchor`: the machine's instant (POSIX seconds) from which the speed counts.

    Programs with the same three agree on the time of day.
    """

    def __init__(self, offset: float = 0.0, *, speed: float = 1.0, anchor: float = 0.0) -> None:
        self._offset, self._speed = timedelta(seconds=offset), speed
        self._anchor = datetime.fromtimestamp(anchor, UTC)
        self._is_machine_time = offset == 0 and speed == 1

    def now(self) -> datetime:
        real = datetime.now(UTC)
        if self._is_machine_time:
            return real
        return real + (real - self._anchor) * (self._speed - 1.0) + self._offset

    # Called a dozen times per request: no wrapper in between.
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock for tests: only `advance` and `sleep` advance it. `sleep` yields once to the loop."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move time forward by that many seconds."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
