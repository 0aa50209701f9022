"""The limits of every account, shared with the other replicas.

A request takes a token from its bucket in memory. The shared buckets are consulted in the
background, and awaited only when no token is left (`token_bucket`). While they are unreachable each
replica applies the limits alone: no request waits for them or fails, and what was admitted is
reported when they are back.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from gateway.quotas.domain.plans import Allowance
from gateway.quotas.domain.token_bucket import Bucket, BucketExchange, Limit
from gateway.quotas.ports import BucketQuery, SharedBuckets
from gateway.routes.domain.plan_names import PlanClass
from socle.clock import Clock
from socle.errors import Retry

log = logging.getLogger("gateway.plans")

MAX_BUCKETS: Final = 50_000
"""Buckets in memory, some 300 bytes each; the least recently used is dropped first."""
_STOP_TIMEOUT: Final = 5.0  # the same for the last report before the process stops
_INTERVAL: Final = 0.5  # seconds between two rounds of `run`
_BATCH: Final = 500  # buckets in one statement
_TIDY_INTERVAL: Final = 600.0  # seconds
_DAY: Final = 86_400  # seconds
_MAX_EXCHANGES: Final = 4  # that one request waits for

Key = tuple[str, PlanClass]
"""Account and class."""


class Admission(NamedTuple):
    """Whether a request is admitted, and the state of the limit nearest to exhaustion."""

    against: Limit | None
    """The limit that refuses the request; None: admitted."""
    wait: float
    """Seconds until that limit admits another request; 0 if this one is admitted."""
    limit: int
    """Requests that the limit admits: the burst, or those of a day."""
    remaining: int
    """Those that are left of them."""
    reset: float
    """Seconds until the limit is full again."""


class _Entry:
    """A bucket in memory, its exchange in flight, and how many requests wait for that."""

    __slots__ = ("allowance", "bucket", "in_flight", "waiting")

    def __init__(self, allowance: Allowance, bucket: Bucket) -> None:
        self.allowance, self.bucket = allowance, bucket
        self.in_flight: asyncio.Task[None] | None = None
        self.waiting = 0


class SharedLimits:
    """The limits of all accounts, as one replica applies them.

    `clock`: the system's.
    `on_local_limits`: called with True when the shared buckets become unreachable, so that this
    replica applies the limits alone, and with False when they are reachable again.
    `timeout`: seconds of one statement.
    `max_buckets`: how many stay in memory.
    """

    def __init__(
        self,
        shared: SharedBuckets,
        *,
        clock: Clock,
        on_local_limits: Callable[[bool], None],
        timeout: float,
        max_buckets: int = MAX_BUCKETS,
    ) -> None:
        self._shared, self._clock, self._on_local_limits = shared, clock, on_local_limits
        self._timeout, self._max_buckets = timeout, max_buckets
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._leased: set[Key] = set()
        """Buckets with a lease."""
        self._unreported: set[Key] = set()
        """Buckets whose admissions are not reported, or whose exchange failed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_local = False
        """Whether the shared buckets are unreachable."""
        self._update_day()

    async def take(self, account: str, plan_class: PlanClass, allowance: Allowance) -> Admission:
        """Count one request, and decide whether it is admitted. Never raises."""
        key = (account, plan_class)
        entry = self._find(key, allowance)
        bucket, now = entry.bucket, self._clock.monotonic()
        step = bucket.take(now=now, day=self._day, shared=not self.is_local)
        tries = 0
        while step == "exchange" and tries < _MAX_EXCHANGES:
            tries += 1
            entry.waiting += 1
            try:
                await asyncio.shield(self._start_exchange(key, entry))
            finally:
                entry.waiting -= 1
            now = self._clock.monotonic()
            step = bucket.take(now=now, day=self._day, shared=not self.is_local)
        if step == "admitted":
            if self.is_local:
                self._unreported.add(key)
            elif entry.in_flight is None and (bucket.should_report() or bucket.should_lease()):
                self._start_exchange(key, entry)
            return self._admission(bucket, allowance, None, now)
        # Still "exchange" after so many of them: others were faster, so the rate refuses it.
        return self._admission(bucket, allowance, "daily" if step == "daily" else "rate", now)

    def charge(
        self, account: str, plan_class: PlanClass, allowance: Allowance, count: int
    ) -> Admission:
        """Count `count` more requests for one that was admitted; returns the state after them."""
        key = (account, plan_class)
        entry, now = self._find(key, allowance), self._clock.monotonic()
        entry.bucket.charge(count, now=now, day=self._day)
        # Reported at the latest by the next round, even if an exchange is in flight.
        self._unreported.add(key)
        if not self.is_local and entry.in_flight is None:
            self._start_exchange(key, entry)
        return self._admission(entry.bucket, allowance, None, now)

    async def run(self) -> None:
        """Return unused leases, retry unreachable buckets, drop idle ones. Runs until cancelled."""
        tidied = self._clock.monotonic()
        while True:
            await self._clock.sleep(_INTERVAL)
            self._update_day()
            self._forget_idle()
            try:
                await self._send(self._due_exchanges())
                if self._clock.monotonic() - tidied > _TIDY_INTERVAL:
                    tidied = self._clock.monotonic()
                    await self._shared.tidy()
            except (Retry, TimeoutError) as error:
                self._apply_locally(error)

    async def close(self) -> None:
        """Report everything and return every lease, since the process stops."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        reports = ((key, entry, entry.bucket.report_all()) for key, entry in self._entries.items())
        try:
            exchanges = [(key, entry, exchange) for key, entry, exchange in reports if exchange]
            await self._send(exchanges, within=_STOP_TIMEOUT)
        except (Retry, TimeoutError) as error:
            self._apply_locally(error)

    def _find(self, key: Key, allowance: Allowance) -> _Entry:
        entry = self._entries.get(key)
        # After a change of plan, or of the plans file, the bucket starts anew.
        if entry is not None and entry.allowance is allowance:
            self._entries.move_to_end(key)
            return entry
        bucket = Bucket(allowance, now=self._clock.monotonic(), day=self._day)
        entry = self._entries[key] = _Entry(allowance, bucket)
        if len(self._entries) > self._max_buckets:
            # What it did not report is lost: a tenth of a burst at most.
            forgotten, _ = self._entries.popitem(last=False)
            self._leased.discard(forgotten)
            self._unreported.discard(forgotten)
        return entry

    def _start_exchange(self, key: Key, entry: _Entry) -> asyncio.Task[None]:
        """The exchange in flight for that bucket, started if there is none."""
        if entry.in_flight is None:
            entry.in_flight = asyncio.create_task(self._exchange(key, entry), name="plan-bucket")
            self._tasks.add(entry.in_flight)
            entry.in_flight.add_done_callback(self._tasks.discard)
        return entry.in_flight

    async def _exchange(self, key: Key, entry: _Entry) -> None:
        exchange = entry.bucket.next_exchange(now=self._clock.monotonic(), waiting=entry.waiting)
        try:
            await self._send([(key, entry, exchange)])
        except (Retry, TimeoutError) as error:
            self._apply_locally(error)
        finally:
            entry.in_flight = None

    async def _send(
        self,
        exchanges: Sequence[tuple[Key, _Entry, BucketExchange]],
        *,
        within: float | None = None,
    ) -> None:
        """Send exchanges in batches, each within `within` seconds; None: the usual timeout.

        Raises Retry or TimeoutError; the exchanges that failed are repeated later.
        """
        waiting = list(exchanges)
        try:
            while True:
                batch = waiting[:_BATCH]
                queries = [
                    BucketQuery(*key, entry.allowance, exchange) for key, entry, exchange in batch
                ]
                async with asyncio.timeout(within or self._timeout):
                    grants = await self._shared.take(queries)
                now = self._clock.monotonic()
                for (key, entry, exchange), grant in zip(batch, grants, strict=True):
                    entry.bucket.grant(exchange, grant, now=now, day=self._day)
                    if entry.bucket.lease:
                        self._leased.add(key)
                del waiting[:_BATCH]
                if not waiting:
                    break
        finally:
            for key, entry, exchange in waiting:
                entry.bucket.failed(exchange)
                self._unreported.add(key)
        if self.is_local:
            self.is_local = False
            self._on_local_limits(False)
            log.warning("The shared buckets are reachable again")

    def _due_exchanges(self) -> list[tuple[Key, _Entry, BucketExchange]]:
        """Unused leases, and what was not reported while the shared buckets were unreachable."""
        now = self._clock.monotonic()
        found: list[tuple[Key, _Entry, BucketExchange]] = []
        for key in tuple(self._leased):
            entry = self._entries.get(key)
            if entry is None or entry.bucket.lease == 0:
                self._leased.discard(key)
            elif entry.in_flight is None and (exchange := entry.bucket.return_lease(now=now)):
                found.append((key, entry, exchange))
        for key in tuple(self._unreported):
            entry = self._entries.get(key)
            self._unreported.discard(key)
            if (
                entry is not None
                and entry.in_flight is None
                and (exchange := entry.bucket.report_all())
            ):
                found.append((key, entry, exchange))
        # An empty list only checks whether they are reachable.
        return found

    def _forget_idle(self) -> None:
        now = self._clock.monotonic()
        for key, entry in tuple(islice(self._entries.items(), 1000)):
            if entry.in_flight is None and entry.bucket.idle(now=now):
                del self._entries[key]

    def _apply_locally(self, error: BaseException) -> None:
        if not self.is_local:
            self.is_local = True
            self._on_local_limits(True)
            log.warning(
                "The shared buckets are unreachable, each replica applies the limits alone: %r",
                error,
            )

    def _update_day(self) -> None:
        seconds = self._clock.now().timestamp()
        self._day = int(seconds // _DAY)
        self._day_ends = self._clock.monotonic() + _DAY - seconds % _DAY

    def _admission(
        self, bucket: Bucket, allowance: Allowance, against: Limit | None, now: float
    ) -> Admission:
        rate, day = bucket.remaining()
        wait = 0.0
        if against is not None:
            wait = bucket.wait(against, now=now, day_ends=self._day_ends)
        if against == "daily" or (against is None and day is not None and day < rate):
            assert allowance.daily is not None
            return Admission(against, wait, allowance.daily, day or 0, self._day_ends - now)
        reset = max(bucket.full_in(), wait)
        return Admission(against, wait, allowance.burst, 0 if against else rate, reset)
