"""`consume`: a share of a topic's partitions, each processed separately, with rebalancing.

When partitions move, running handlers have a grace period to finish and commit, then they are
cancelled. A commit the group no longer accepts is dropped. Both are safe because handlers are
idempotent.
"""

import asyncio
import logging
from typing import Generic

from socle.bus import metrics
from socle.bus.partition_worker import Job, PartitionWorker
from socle.bus.stall_detector import FrozenConsumer, StallDetector
from socle.errors import Retry
from socle.events import EventT
from socle.kafka import Member, ensure_topics

log = logging.getLogger(__name__)


class Consumption(Generic[EventT]):
    """One member of a group at work. `run` ends only by an error or by being cancelled."""

    def __init__(self, bootstrap: str, job: Job[EventT], *, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._job = job
        self._works: dict[int, tuple[PartitionWorker[EventT], asyncio.Task[None]]] = {}
        self._failed: asyncio.Future[None] | None = None
        self._joined = False
        self._rebalances = 0
        self._stall_detectors: dict[int, StallDetector] = {}
        self._why_not: str | None = f"{job.group} n'a pas encore rejoint son groupe"

    @property
    def name(self) -> str:
        """The group and its topic, for people."""
        return f"{self._job.group} ← {self._job.event_type.topic}"

    def why_not(self) -> str | None:
        """None when records are being taken, else a sentence."""
        return self._why_not

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions held now."""
        return frozenset(self._works)

    async def run(self) -> None:
        """Join and work. Raises what a handler raised, or `FrozenConsumer`."""
        failures = 0
        while True:
            member = Member(
                self._bootstrap,
                topic=self._job.event_type.topic,
                group=self._job.group,
                client_id=self._client_id,
                session=self._job.limits.session,
                share=self,
            )
            try:
                await ensure_topics(
                    self._bootstrap, [self._job.dead_letters.spec], only_missing=True
                )
                self._member = member
                self._failed = asyncio.get_running_loop().create_future()
                await member.start()
                failures = 0
                await self._watch(member)
            except Retry as error:
                failures += 1
                self._why_not = error.message
                log.warning("%s: %s", self.name, error.message)
            finally:
                # The group can still assign partitions until we have left it: `assign` declines.
                self._failed = None
                await self.revoke()
                await member.stop()
            await asyncio.sleep(min(2.0 ** min(failures, 5), 30.0) * 0.1)

    async def revoke(self) -> None:
        """Let handlers at work finish within the grace, cancel the rest (`kafka.Share`)."""
        self._joined = False
        works, self._works = self._works, {}
        for work, task in works.values():
            work.leave(task)
        tasks = [task for _, task in works.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._job.limits.grace)
            for task in late:
                task.cancel()
            # A handler that will not be cancelled must not hold the group, nor our own end.
            if late and (await asyncio.wait(late, timeout=self._job.limits.grace))[1]:
                log.error("%s: a handler does not end when cancelled", self.name)
        for partition in works:
            self._forget(partition)

    def assign(self, partitions: frozenset[int]) -> None:
        """Begin with these partitions (`kafka.Share`)."""
        if self._failed is None:
            return
        metrics.REBALANCES.labels(self._job.event_type.topic, self._job.group).inc()
        self._rebalances += 1
        log.info("%s holds partitions %s", self.name, sorted(partitions))
        for partition in partitions:
            work = PartitionWorker(partition, self._member, self._job)
            task = asyncio.create_task(work.run(), name=f"{self.name}[{partition}]")
            task.add_done_callback(self._ended)
            self._works[partition] = (work, task)
        self._joined = True
        self._why_not = None

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)
        else:
            log.error("%s failed while leaving: %r", self.name, error)

    async def _watch(self, member: Member) -> None:
        """Measure lag and stalls until a partition's work fails."""
        joining, failed = StallDetector(), self._failed
        assert failed is not None
        while True:
            await asyncio.wait([failed], timeout=self._job.limits.watch)
            if failed.done():
                failed.result()
            try:
                await self._check_progress(member, joining)
            except Retry as error:
                # While the broker is away, frozen and idle cannot be distinguished.
                self._why_not = error.message

    async def _check_progress(self, member: Member, joining: StallDetector) -> None:
        now = asyncio.get_running_loop().time()
        stalled = joining.observe(self._rebalances, waiting=not self._joined, now=now)
        if self._works:
            ends = await member.ends(self._works)
            for partition, end in ends.items():
                stalled = max(stalled, await self._stalled_seconds(member, partition, end, now))
        else:
            await member.ends([0])
        # A handler can use its full time limit.
        frozen = self._job.limits.frozen + self._job.time_limit
        if stalled > frozen:
            self._why_not = f"{self.name} : figé depuis {stalled:.0f} s"
        else:
            self._why_not = None if self._joined else f"{self.name} : partitions en cours"
        if stalled > 2 * frozen:
            raise FrozenConsumer(f"{self.name}: nothing moved for {stalled:.0f} s")

    async def _stalled_seconds(self, member: Member, partition: int, end: int, now: float) -> float:
        if partition not in self._works:
            return 0.0
        work, _ = self._works[partition]
        position = await member.position(partition)
        if position is None:
            lag = None
        else:
            lag = max(0, end - position) + work.pending
            labels = (self._job.event_type.topic, self._job.group, str(partition))
            metrics.LAG.labels(*labels).set(lag)
        stalled = self._stall_detectors.setdefault(partition, StallDetector())
        return stalled.observe((position, work.steps), waiting=lag != 0, now=now)

    def _forget(self, partition: int) -> None:
        self._stall_detectors.pop(partition, None)
        labels = (self._job.event_type.topic, self._job.group, str(partition))
        metrics.LAG.remove(*labels)
