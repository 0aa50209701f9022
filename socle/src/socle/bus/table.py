"""`follow`: every replica reads the complete compacted topic into its own state, without commits.

It is ready once it has passed the end offsets of the start. Compaction and transaction markers
leave offsets without records, so positions are compared, never counts.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Generic, Literal

from socle.bus import metrics
from socle.bus.envelope import open_envelope
from socle.bus.limits import Limits
from socle.bus.stall_detector import FrozenConsumer, StallDetector
from socle.errors import Refusal, Retry
from socle.events import EventT, Received
from socle.kafka import Reader, Record

log = logging.getLogger(__name__)

Into = Callable[[Sequence[Received[EventT]]], None]
"""Applies a batch of records to a state."""
Unreadable = Literal["skipped", "deleted"]
"""What happens to the key of an unreadable record."""


class Table(Generic[EventT]):
    """One followed topic. `run` ends only by an error or by being cancelled.

    The parameters are those of `Bus.follow`.
    """

    def __init__(
        self,
        bootstrap: str,
        event_type: type[EventT],
        into: Into[EventT],
        *,
        client_id: str,
        limits: Limits,
        unreadable: Unreadable = "skipped",
    ) -> None:
        self._bootstrap = bootstrap
        self._event_type = event_type
        self._into = into
        self._client_id = client_id
        self._limits = limits
        self._unreadable = unreadable
        self._complete_at = -math.inf
        """The latest time of the loop at which the state was complete."""
        self._caught_up = asyncio.Event()
        self._lag = 0
        self._positions: dict[int, int] = {}
        self._behind: str | None = f"{event_type.topic} : pas encore lu"
        """Why the table has not caught up yet, a French sentence; None once it has."""
        self._frozen: str | None = None
        """That it has stalled, a French sentence; None while it has not."""

    @property
    def ready(self) -> bool:
        """Whether the state can be used."""
        return self.why_not() is None

    @property
    def lag(self) -> int:
        """Offsets between the position and the end, at the last measurement."""
        return self._lag

    def why_not(self) -> str | None:
        """A readiness check: None when ready, else a French sentence.

        A table that was ready stays ready while the broker is unreachable: its state is that of the
        outage's start, and its readers can report its age.
        """
        return self._behind or self._frozen

    def age(self) -> float:
        """Seconds since the state was last known to be complete; infinite before the first time.

        It is measured every few seconds (`Limits.watch`), and grows while the broker is
        unreachable.
        """
        return asyncio.get_running_loop().time() - self._complete_at

    async def caught_up(self) -> None:
        """Wait until the state contains all records that were in the topic at the start."""
        await self._caught_up.wait()

    async def run(self) -> None:
        """Read until cancelled. Raises what `into` raised, or `FrozenConsumer`."""
        failures = 0
        while True:
            reader = Reader(
                self._bootstrap, topic=self._event_type.topic, client_id=self._client_id
            )
            try:
                await reader.start(self._positions)
                failures = 0
                await self._read(reader)
            except Retry as error:
                failures += 1
                if not self._caught_up.is_set():
                    self._behind = error.message
                log.warning("table %s: %s", self._event_type.topic, error.message)
            finally:
                await reader.stop()
            await asyncio.sleep(min(2.0 ** min(failures, 5), 30.0) * 0.1)

    async def _read(self, reader: Reader) -> None:
        requested_at = asyncio.get_running_loop().time()
        goal = await reader.ends()
        watching = asyncio.create_task(self._watch(reader))
        try:
            while not watching.done():
                # Short waits until caught up: offsets without records do not end a wait.
                wait = self._limits.poll if self._caught_up.is_set() else 0.05
                records = await reader.records(wait=wait, at_most=self._limits.batch)
                for batch in split_by_size(records, self._limits.batch_bytes):
                    self._apply(batch)
                    await asyncio.sleep(0)
                self._positions = reader.positions
                if not self._caught_up.is_set():
                    self._check_caught_up(goal, requested_at)
            await watching
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def _apply(self, records: Sequence[Record]) -> None:
        topic = self._event_type.topic
        batch: list[Received[EventT]] = []
        for record in records:
            try:
                batch.append(open_envelope(record, self._event_type))
            except Refusal as refusal:
                at = record.position
                metrics.TABLE_RECORDS.labels(topic, "undecodable").inc()
                log.error(
                    "%s %s[%d]@%d: %s %s", self._unreadable,
                    topic, at.partition, at.offset, refusal.message, refusal.details,
                )  # fmt: skip
                if self._unreadable == "deleted" and record.key is not None:
                    with suppress(Refusal):
                        tombstone = replace(record, value=None, headers=())
                        batch.append(open_envelope(tombstone, self._event_type))
        if batch:
            self._into(batch)
            metrics.TABLE_RECORDS.labels(topic, "applied").inc(len(batch))

    def _check_caught_up(self, goal: dict[int, int], requested_at: float) -> None:
        # A partition has no position until its first offset is known, even when it is empty.
        missing = sum(max(0, end - self._positions.get(p, 0)) for p, end in goal.items())
        if missing == 0 and goal.keys() <= self._positions.keys():
            self._caught_up.set()
            self._behind = None
            self._complete_at = max(self._complete_at, requested_at)
            log.info("table %s caught up", self._event_type.topic)
        else:
            self._behind = f"{self._event_type.topic} : encore {missing} messages à lire"

    async def _watch(self, reader: Reader) -> None:
        detector = StallDetector()
        seen: dict[int, int] = {}
        seen_at = -math.inf
        while True:
            await asyncio.sleep(self._limits.watch)
            requested_at = asyncio.get_running_loop().time()
            try:
                ends = await reader.ends()
            except Retry as error:
                log.warning("table %s: %s", self._event_type.topic, error.message)
                detector.forget()
                continue
            self._record_lag(ends)
            now = asyncio.get_running_loop().time()
            if self._lag == 0:
                self._complete_at = requested_at
            elif self._passed(seen):
                self._complete_at = max(self._complete_at, seen_at)
            seen, seen_at = ends, requested_at
            marker = tuple(sorted(self._positions.items()))
            stalled = detector.observe(marker, waiting=self._lag > 0, now=now)
            frozen = stalled > self._limits.frozen
            self._frozen = (
                f"{self._event_type.topic} : figé depuis {stalled:.0f} s" if frozen else None
            )
            if stalled > 2 * self._limits.frozen:
                raise FrozenConsumer(f"{self._event_type.topic}: nothing read for {stalled:.0f} s")

    def _passed(self, ends: dict[int, int]) -> bool:
        return all(self._positions.get(p, 0) >= end for p, end in ends.items())

    def _record_lag(self, ends: dict[int, int]) -> None:
        lags = {p: max(0, end - self._positions.get(p, 0)) for p, end in ends.items()}
        self._lag = sum(lags.values())
        for partition, lag in lags.items():
            metrics.LAG.labels(self._event_type.topic, "table", str(partition)).set(lag)


def split_by_size(records: Sequence[Record], max_bytes: int) -> Iterator[Sequence[Record]]:
    """The records in order, in batches whose values have `max_bytes` at most in all; a larger
    record has a batch of its own."""
    first, size = 0, 0
    for index, record in enumerate(records):
        size += len(record.value or b"")
        if size > max_bytes and index > first:
            yield records[first:index]
            first, size = index, len(record.value or b"")
    if first < len(records):
        yield records[first:]
