"""The limits of every account, held together with the other replicas.

A request takes from its bucket in memory. The shared buckets are asked beside it, and awaited only
where nothing is left in hand (`token_bucket`). While they are away each replica holds the limits
by itself: no request waits for them or fails, and what was admitted is told when they are back.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from gateway.quotas.domain.plans import Allowance
from gateway.quotas.domain.token_bucket import Ask, Bucket, Limit
from gateway.quotas.ports import Asking, SharedBuckets
from gateway.routes.domain.plan_names import PlanClass
from socle.clock import Clock
from socle.errors import Retry

log = logging.getLogger("gateway.plans")

MOST_KEPT: Final = 50_000
"""Buckets in memory, some 300 bytes each; the one not asked for the longest goes first."""
_AWAITED_SECONDS: Final = 0.5
_AT_THE_STOP_SECONDS: Final = 5.0  # nobody waits for it any more, and it is told now or never
_EVERY: Final = 0.5
_TOLD_AT_ONCE: Final = 500
_TIDIED_EVERY: Final = 600.0
_DAY: Final = 86_400
_TRIES: Final = 4

Key = tuple[str, PlanClass]


class Verdict(NamedTuple):
    """`against`: the limit that stands against the request, None where it is admitted; `wait`:
    seconds until that limit lets another through. `limit`, `remaining`, `reset`: of the limit
    nearest to its end, reset in seconds."""

    against: Limit | None
    wait: float
    limit: int
    remaining: int
    reset: float


class _Held:
    __slots__ = ("allowance", "asking", "bucket", "waiting")

    def __init__(self, allowance: Allowance, bucket: Bucket) -> None:
        self.allowance, self.bucket = allowance, bucket
        self.asking: asyncio.Task[None] | None = None
        self.waiting = 0


class SharedLimits:
    """`clock` counts real days and seconds. `away` is told when the shared buckets go and come."""

    def __init__(
        self,
        shared: SharedBuckets,
        *,
        clock: Clock,
        away: Callable[[bool], None],
        most_kept: int = MOST_KEPT,
    ) -> None:
        self._shared, self._clock, self._tell_away = shared, clock, away
        self._most_kept = most_kept
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._leased: set[Key] = set()
        self._untold: set[Key] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.away = False
        self._look_at_the_day()

    async def take(self, account: str, plan_class: PlanClass, allowance: Allowance) -> Verdict:
        """Count one request. Never raises."""
        key = (account, plan_class)
        held = self._find(key, allowance)
        bucket, now = held.bucket, self._clock.monotonic()
        step = bucket.take(now=now, day=self._day, shared=not self.away)
        tries = 0
        while step == "ask" and tries < _TRIES:
            tries += 1
            held.waiting += 1
            try:
                await asyncio.shield(self._ask(key, held))
            finally:
                held.waiting -= 1
            now = self._clock.monotonic()
            step = bucket.take(now=now, day=self._day, shared=not self.away)
        if step == "admitted":
            if self.away:
                self._untold.add(key)
            elif held.asking is None and (bucket.should_tell() or bucket.should_lease()):
                self._ask(key, held)
            return self._verdict(bucket, allowance, None, now)
        return self._verdict(bucket, allowance, "daily" if step == "daily" else "rate", now)

    async def run(self) -> None:
        """Give back what is not used, find out when the shared buckets are back, forget. Runs
        until cancelled."""
        tidied = self._clock.monotonic()
        while True:
            await self._clock.sleep(_EVERY)
            self._look_at_the_day()
            self._forget_idle()
            try:
                await self._tell(self._to_tell())
                if self._clock.monotonic() - tidied > _TIDIED_EVERY:
                    tidied = self._clock.monotonic()
                    await self._shared.tidy()
            except (Retry, TimeoutError) as error:
                self._gone(error)

    async def close(self) -> None:
        """Tell what was not told yet, and give back every lease: the process stops."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        everything = ((key, held, held.bucket.empty_out()) for key, held in self._held.items())
        try:
            asks = [(key, held, ask) for key, held, ask in everything if ask]
            await self._tell(asks, within=_AT_THE_STOP_SECONDS)
        except (Retry, TimeoutError) as error:
            self._gone(error)

    def _find(self, key: Key, allowance: Allowance) -> _Held:
        held = self._held.get(key)
        if held is not None and held.allowance is allowance:
            self._held.move_to_end(key)
            return held
        bucket = Bucket(allowance, now=self._clock.monotonic(), day=self._day)
        held = self._held[key] = _Held(allowance, bucket)
        if len(self._held) > self._most_kept:
            # What it may have kept to itself is lost: a tenth of a burst at most.
            forgotten, _ = self._held.popitem(last=False)
            self._leased.discard(forgotten)
            self._untold.discard(forgotten)
        return held

    def _ask(self, key: Key, held: _Held) -> asyncio.Task[None]:
        """The question under way about that bucket, begun here where there is none."""
        if held.asking is None:
            held.asking = asyncio.create_task(self._exchange(key, held), name="plan-bucket")
            self._tasks.add(held.asking)
            held.asking.add_done_callback(self._tasks.discard)
        return held.asking

    async def _exchange(self, key: Key, held: _Held) -> None:
        ask = held.bucket.ask(now=self._clock.monotonic(), waiting=held.waiting)
        try:
            await self._tell([(key, held, ask)])
        except (Retry, TimeoutError) as error:
            self._gone(error)
        finally:
            held.asking = None

    async def _tell(
        self, asks: Sequence[tuple[Key, _Held, Ask]], *, within: float = _AWAITED_SECONDS
    ) -> None:
        """Raises Retry or TimeoutError; what could not be told will be the next time."""
        waiting = list(asks)
        try:
            while True:
                some = waiting[:_TOLD_AT_ONCE]
                asked = [Asking(*key, held.allowance, ask) for key, held, ask in some]
                async with asyncio.timeout(within):
                    granted = await self._shared.take(asked)
                now = self._clock.monotonic()
                for (key, held, ask), answer in zip(some, granted, strict=True):
                    held.bucket.grant(ask, answer, now=now, day=self._day)
                    if held.bucket.lease:
                        self._leased.add(key)
                del waiting[:_TOLD_AT_ONCE]
                if not waiting:
                    break
        finally:
            for key, held, ask in waiting:
                held.bucket.failed(ask)
                self._untold.add(key)
        if self.away:
            self.away = False
            self._tell_away(False)
            log.warning("The shared buckets of plans are back")

    def _to_tell(self) -> list[tuple[Key, _Held, Ask]]:
        """Leases that nobody uses; and, once the shared buckets are back, what they missed."""
        now = self._clock.monotonic()
        found: list[tuple[Key, _Held, Ask]] = []
        for key in tuple(self._leased):
            held = self._held.get(key)
            if held is None or held.bucket.lease == 0:
                self._leased.discard(key)
            elif held.asking is None and (ask := held.bucket.give_back(now=now)):
                found.append((key, held, ask))
        for key in tuple(self._untold):
            held = self._held.get(key)
            self._untold.discard(key)
            if held is not None and held.asking is None and (ask := held.bucket.empty_out()):
                found.append((key, held, ask))
        # With nothing to tell, nothing is asked but whether they are back.
        return found

    def _forget_idle(self) -> None:
        now = self._clock.monotonic()
        for key, held in tuple(islice(self._held.items(), 1000)):
            if held.asking is None and held.bucket.idle(now=now):
                del self._held[key]

    def _gone(self, error: BaseException) -> None:
        if not self.away:
            self.away = True
            self._tell_away(True)
            log.warning("The shared buckets of plans are away, each replica holds alone: %r", error)

    def _look_at_the_day(self) -> None:
        seconds = self._clock.now().timestamp()
        self._day = int(seconds // _DAY)
        self._day_ends = self._clock.monotonic() + _DAY - seconds % _DAY

    def _verdict(
        self, bucket: Bucket, allowance: Allowance, against: Limit | None, now: float
    ) -> Verdict:
        rate, day = bucket.remaining()
        wait = 0.0
        if against is not None:
            wait = bucket.wait(against, now=now, day_ends=self._day_ends)
        if against == "daily" or (against is None and day is not None and day < rate):
            assert allowance.daily is not None
            return Verdict(against, wait, allowance.daily, day or 0, self._day_ends - now)
        reset = max(bucket.full_in(), wait)
        return Verdict(against, wait, allowance.burst, 0 if against else rate, reset)
