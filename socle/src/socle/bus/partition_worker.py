"""Processes one partition's records in order: handle, then commit the named offset + 1.

Several records can be handled at once. If that fails in any way, they are handled one by one.

What the handler does, and what follows:

    returns     → the record is committed
    Refusal     → the record becomes a dead letter, then it is committed; so is an unreadable one
    Retry       → only this partition waits, then the same record is handled again
    too slow    → the handler is cancelled and the record handled again, as after a Retry; the third
                  time in a row (`Limits.slow_attempts`) it becomes a dead letter, so that it cannot
                  block the partition
    (others)    → raised: the consumer stops, and the record is not committed

A dead letter that cannot be written counts as a `Retry`: nothing is committed without it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from socle.bus import metrics
from socle.bus.dead_letters import DeadLetters
from socle.bus.envelope import open_envelope
from socle.bus.limits import Limits
from socle.errors import Refusal, Retry
from socle.events import EventT, Received
from socle.kafka import Member, Record
from socle.telemetry import use_trace

log = logging.getLogger(__name__)

Handle = Callable[[Received[EventT]], Awaitable[None]]
"""Handles one record; the module's table says what follows."""
HandleBatch = Callable[[Sequence[Received[EventT]]], Awaitable[None]]
"""Handles records of one partition, in their order; one at least."""


@dataclass(frozen=True, slots=True)
class Job(Generic[EventT]):
    """The work of a group on a topic."""

    event_type: type[EventT]
    """The event, which names the topic."""
    group: str
    handle: HandleBatch[EventT]
    time_limit: float
    """Seconds for one call of the handler."""
    batch: int
    """Records that are handled at once and committed together, at most."""
    dead_letters: DeadLetters
    limits: Limits


class TooSlow(Exception):
    """The handler exceeded its time limit and was cancelled."""


class PartitionWorker(Generic[EventT]):
    """Handles the records of one partition, from its assignment to its revocation."""

    def __init__(self, partition: int, member: Member, job: Job[EventT]) -> None:
        self._partition = partition
        self._member = member
        self._job = job
        self._handling = False
        self._leaving = False
        self.steps = 0
        """Attempts and commits so far: while it increases, the partition is not frozen."""
        self.pending = 0
        """Records read and not yet processed, the current one included."""

    async def run(self) -> None:
        """Run until the partition is revoked. Raises what the handler raised."""
        while not self._leaving:
            records = await self._records()
            self.pending = len(records)
            for at in range(0, len(records), self._job.batch):
                batch = records[at : at + self._job.batch]
                if self._leaving or not await self._process(batch):
                    return
                self.pending -= len(batch)

    def leave(self, task: "asyncio.Task[None]") -> None:
        """Handle no further record. Only a running handler continues, until the caller cancels
        `task`, which runs `run`."""
        self._leaving = True
        if not self._handling:
            task.cancel()

    async def _records(self) -> list[Record]:
        failures = 0
        while True:
            try:
                return await self._member.records(self._partition, wait=self._job.limits.poll)
            except Retry as error:
                failures += 1
                log.warning("partition %d: %s", self._partition, error.message)
                await asyncio.sleep(self._back_off(failures, error))

    async def _process(self, batch: Sequence[Record]) -> bool:
        """Handle records and commit them; False if the partition was revoked meanwhile."""
        self._handling = True
        try:
            if len(batch) > 1 and await self._handle_at_once(batch):
                return await self._commit(batch[-1].position.offset + 1)
            for each in batch:
                if self._leaving and each is not batch[0]:
                    return False
                if not await self._handle_one(each):
                    return False
                if not await self._commit(each.position.offset + 1):
                    return False
            return True
        finally:
            self._handling = False

    async def _handle_at_once(self, batch: Sequence[Record]) -> bool:
        """Handle several records once; False if they have to be handled one by one."""
        self.steps += 1
        try:
            await self._handle([open_envelope(each, self._job.event_type) for each in batch])
        except (Refusal, Retry, TooSlow) as error:
            log.info("%d records are handled one by one: %s", len(batch), error)
            return False
        self._count("handled", len(batch))
        return True

    async def _handle_one(self, record: Record) -> bool:
        """Handle a record, or write it as a dead letter; False if the partition was revoked
        meanwhile."""
        failures, slow = 0, 0
        while True:
            self.steps += 1
            try:
                await self._attempt(record, last=slow + 1 >= self._job.limits.slow_attempts)
                return True
            except TooSlow:
                slow += 1
                self._count("too_slow")
                delay = self._back_off(slow, None)
            except Retry as error:
                slow = 0
                failures += 1
                self._count("retried")
                delay = self._back_off(failures, error)
                log.warning("retried in %.1f s: %s", delay, error.message)
            await self._pause(delay)
            if self._leaving:
                return False

    async def _attempt(self, record: Record, *, last: bool) -> None:
        """Handle a record once, or write it as a dead letter. Raises `Retry`, `TooSlow` (unless
        `last`), or what the handler raised."""
        dead_letters = self._job.dead_letters
        try:
            received = open_envelope(record, self._job.event_type)
        except Refusal as refusal:
            await dead_letters.write(record, category="undecodable", reason=_describe(refusal))
            self._count("dead_letter")
            return
        try:
            await self._handle([received])
            self._count("handled")
        except Refusal as refusal:
            await dead_letters.write(record, category=refusal.category, reason=_describe(refusal))
            self._count("dead_letter")
        except TooSlow:
            if not last:
                raise
            reason = f"Traitement interrompu {self._job.limits.slow_attempts} fois après "
            reason += f"{self._job.time_limit:g} s"
            await dead_letters.write(record, category="too_slow", reason=reason)
            self._count("dead_letter")

    async def _handle(self, received: Sequence[Received[EventT]]) -> None:
        topic, group = self._job.event_type.topic, self._job.group
        trace = received[0].traceparent if len(received) == 1 else None
        with use_trace(trace), metrics.HANDLING.labels(topic, group).time():
            try:
                async with asyncio.timeout(self._job.time_limit) as limit:
                    await self._job.handle(received)
            except TimeoutError as error:
                if not limit.expired():
                    raise
                at = received[0].position
                log.error(
                    "handler cancelled after %g s on %s[%d]@%d",
                    self._job.time_limit, at.topic, at.partition, at.offset,
                )  # fmt: skip
                raise TooSlow from error

    async def _pause(self, seconds: float) -> None:
        # Between two attempts no handler runs: a revocation does not have to wait.
        self._handling = False
        await asyncio.sleep(seconds)
        self._handling = True

    async def _commit(self, offset: int) -> bool:
        failures = 0
        while True:
            self.steps += 1
            try:
                committed = await self._member.commit(self._partition, offset)
            except Retry as error:
                failures += 1
                log.warning("commit is retried: %s", error.message)
                await asyncio.sleep(self._back_off(failures, error))
                continue
            if not committed:
                metrics.COMMITS_DROPPED.labels(self._job.event_type.topic, self._job.group).inc()
            return committed

    def _back_off(self, failures: int, error: Retry | None) -> float:
        limits = self._job.limits
        if error is not None and error.after is not None:
            return min(error.after, limits.back_off_most)
        longest = min(limits.back_off * 2.0 ** min(failures - 1, 30), limits.back_off_most)
        # Replicas that failed together must not retry together.
        return longest * random.uniform(0.5, 1.0)  # noqa: S311

    def _count(self, outcome: str, records: int = 1) -> None:
        metrics.CONSUMED.labels(self._job.event_type.topic, self._job.group, outcome).inc(records)


def _describe(refusal: Refusal) -> str:
    return f"{refusal.message} {refusal.details}" if refusal.details else refusal.message
