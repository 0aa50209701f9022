"""Reads a complete topic from its first record, without a group: used by tables.

New partitions are detected and read from their first record; the others continue.
"""

import asyncio
import logging
from collections.abc import Mapping

from aiokafka import TopicPartition

from socle.kafka import limits
from socle.kafka.consumers import ends_of, make_consumer, position_of, stop_consumer
from socle.kafka.errors import translated
from socle.kafka.records import Record, read

log = logging.getLogger(__name__)


class Reader:
    """Reads every partition of `topic`, between `start` and `stop`."""

    def __init__(self, bootstrap: str, *, topic: str, client_id: str) -> None:
        self._topic = topic
        self._assigned: frozenset[int] = frozenset()
        self._next: dict[int, int] = {}
        """By partition, the offset that will be read next, as last observed."""
        self._consumer = make_consumer(bootstrap, client_id)

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions being read."""
        return self._assigned

    @property
    def positions(self) -> dict[int, int]:
        """By partition, the offset that will be read next; absent until it is known."""
        return dict(self._next)

    async def start(self, positions: Mapping[int, int]) -> None:
        """Connect and read on from `positions`, by partition; others from their first record.

        Raises `Retry` when no broker answers or the topic is missing.
        """
        self._next = dict(positions)
        with translated(f"lecture de {self._topic}"):
            await self._consumer.start()
            async with asyncio.timeout(limits.REQUEST_SECONDS):
                known = await self._consumer._client._wait_on_metadata(self._topic)
        self._assign(frozenset(known))

    async def stop(self) -> None:
        """Close every connection, within a few seconds."""
        await stop_consumer(self._consumer, self._topic)

    async def records(self, *, wait: float, at_most: int) -> list[Record]:
        """The next records, `at_most` so many, in order within a partition; none if none arrives
        within `wait` seconds. Raises `Retry`."""
        known = self._consumer.partitions_for_topic(self._topic)
        if known and frozenset(known) != self._assigned:
            self._assign(frozenset(known))
        with translated(f"lecture de {self._topic}"):
            batches = await self._consumer.getmany(timeout_ms=limits.ms(wait), max_records=at_most)
        await self._update_positions()
        return [record for batch in batches.values() for record in read(batch)]

    async def ends(self) -> dict[int, int]:
        """The offset after the last record of each partition. Raises `Retry`."""
        return await ends_of(self._consumer, self._topic, sorted(self._assigned))

    def _assign(self, partitions: frozenset[int]) -> None:
        if self._assigned:
            log.info("%s has partitions %s now", self._topic, sorted(partitions))
        self._assigned = partitions
        self._next = {p: offset for p, offset in self._next.items() if p in partitions}
        self._consumer.assign(self._as_topic_partitions())
        for partition, offset in self._next.items():
            self._consumer.seek(TopicPartition(self._topic, partition), offset)

    def _as_topic_partitions(self) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in sorted(self._assigned)]

    async def _update_positions(self) -> None:
        for at in self._as_topic_partitions():
            position = await position_of(self._consumer, at)
            if position is None:
                continue
            if position < self._next.get(at.partition, 0):
                log.warning(
                    "%s[%d] went back from %d to %d",
                    self._topic, at.partition, self._next[at.partition], position,
                )  # fmt: skip
            self._next[at.partition] = position
