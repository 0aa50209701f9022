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
    """One member of a group, which handles its partitions. `run` ends only by an error or by being
    cancelled."""

    def __init__(self, bootstrap: str, job: Job[EventT], *, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._job = job
        self._workers: dict[int, tuple[PartitionWorker[EventT], asyncio.Task[None]]] = {}
        self._failed: asyncio.Future[None] | None = None
        """Receives the error of the first worker that fails; None before joining and while leaving
        the group."""
        self._joined = False
        self._rebalances = 0
        self._stall_detectors: dict[int, StallDetector] = {}
        self._why_not: str | None = f"{job.group} n'a pas encore rejoint son groupe"

    @property
    def name(self) -> str:
        """The group and its topic, for people."""
        return f"{self._job.group} ← {self._job.event_type.topic}"

    def why_not(self) -> str | None:
        """A readiness check: None when records are received, else a French sentence."""
        return self._why_not

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions assigned to this member now."""
        return frozenset(self._workers)

    async def run(self) -> None:
        """Join the group and handle records. Raises what a handler raised, or `FrozenConsumer`."""
        failures = 0
        while True:
            member = Member(
                self._bootstrap,
                topic=self._job.event_type.topic,
                group=self._job.group,
                client_id=self._client_id,
                session_seconds=self._job.limits.session,
                handler=self,
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
                # Until we have left, the group can still assign partitions: `assign` ignores them.
                self._failed = None
                await self.revoke()
                await member.stop()
            await asyncio.sleep(min(2.0 ** min(failures, 5), 30.0) * 0.1)

    async def revoke(self) -> None:
        """Implements `RebalanceHandler`: let running handlers finish within the grace period, and
        cancel the others."""
        self._joined = False
        workers, self._workers = self._workers, {}
        for worker, task in workers.values():
            worker.leave(task)
        tasks = [task for _, task in workers.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._job.limits.grace)
            for task in late:
                task.cancel()
            # A handler that does not end when cancelled must not block the group, or our own end.
            if late and (await asyncio.wait(late, timeout=self._job.limits.grace))[1]:
                log.error("%s: a handler does not end when cancelled", self.name)
        for partition in workers:
            self._remove_lag(partition)

    def assign(self, partitions: frozenset[int]) -> None:
        """Implements `RebalanceHandler`: start a worker for each of these partitions."""
        if self._failed is None:
            return
        metrics.REBALANCES.labels(self._job.event_type.topic, self._job.group).inc()
        self._rebalances += 1
        log.info("%s is assigned partitions %s", self.name, sorted(partitions))
        for partition in partitions:
            worker = PartitionWorker(partition, self._member, self._job)
            task = asyncio.create_task(worker.run(), name=f"{self.name}[{partition}]")
            task.add_done_callback(self._ended)
            self._workers[partition] = (worker, task)
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
        """Measure lag and stalls until the worker of a partition fails."""
        join_detector, failed = StallDetector(), self._failed
        assert failed is not None
        while True:
            await asyncio.wait([failed], timeout=self._job.limits.watch)
            if failed.done():
                failed.result()
            try:
                await self._check_progress(member, join_detector)
            except Retry as error:
                # While the broker is unreachable, frozen and idle cannot be distinguished.
                self._why_not = error.message
                for detector in (join_detector, *self._stall_detectors.values()):
                    detector.forget()

    async def _check_progress(self, member: Member, join_detector: StallDetector) -> None:
        now = asyncio.get_running_loop().time()
        stalled = join_detector.observe(self._rebalances, waiting=not self._joined, now=now)
        if self._workers:
            ends = await member.ends(self._workers)
            for partition, end in ends.items():
                stalled = max(stalled, await self._stalled_seconds(member, partition, end, now))
        else:
            # A member without partitions asks too: it raises Retry while the broker is unreachable.
            await member.ends([0])
        # A handler can use its full time limit.
        frozen = self._job.limits.frozen + self._job.time_limit
        if stalled > frozen:
            self._why_not = f"{self.name} : figé depuis {stalled:.0f} s"
        else:
            self._why_not = None if self._joined else f"{self.name} : partitions en cours"
        if stalled > 2 * frozen:
            raise FrozenConsumer(f"{self.name}: no progress for {stalled:.0f} s")

    async def _stalled_seconds(self, member: Member, partition: int, end: int, now: float) -> float:
        if partition not in self._workers:
            return 0.0
        worker, _ = self._workers[partition]
        position = await member.position(partition)
        if position is None:
            lag = None  # unknown: a position that never becomes known is a stall
        else:
            lag = max(0, end - position) + worker.pending
            labels = (self._job.event_type.topic, self._job.group, str(partition))
            metrics.LAG.labels(*labels).set(lag)
        stalled = self._stall_detectors.setdefault(partition, StallDetector())
        return stalled.observe((position, worker.steps), waiting=lag != 0, now=now)

    def _remove_lag(self, partition: int) -> None:
        self._stall_detectors.pop(partition, None)
        labels = (self._job.event_type.topic, self._job.group, str(partition))
        metrics.LAG.remove(*labels)
