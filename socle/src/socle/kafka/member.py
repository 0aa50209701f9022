"""One member of a consumer group: a share of a topic's partitions, assigned by the broker.

A member reads each of its partitions separately and commits the offsets it is given. On a rebalance
it calls a `RebalanceHandler` with the partitions it gains and loses.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError

from socle.kafka import limits
from socle.kafka.consumers import ends_of, make_consumer, position_of, stop_consumer
from socle.kafka.errors import translated
from socle.kafka.records import Record, read

log = logging.getLogger(__name__)


class RebalanceHandler(Protocol):
    """Receives the partitions a member gains and loses."""

    async def revoke(self) -> None:
        """Release every partition; the group waits for this call to return."""
        ...

    def assign(self, partitions: frozenset[int]) -> None:
        """Read these partitions, and only these, from their committed offsets on."""
        ...


class Member:
    """A member of `group` on `topic`, between `start` and `stop`.

    `session_seconds`: without a heartbeat for this long, the group considers it dead.
    `handler`: called on rebalances.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str,
        group: str,
        client_id: str,
        session_seconds: float,
        handler: RebalanceHandler,
    ) -> None:
        self._topic = topic
        self._listener = _Listener(handler)
        self._consumer = make_consumer(
            bootstrap,
            client_id,
            group_id=group,
            session_timeout_ms=limits.ms(session_seconds),
            heartbeat_interval_ms=limits.ms(session_seconds / limits.HEARTBEATS_PER_SESSION),
            rebalance_timeout_ms=limits.ms(limits.REBALANCE_SECONDS),
            max_poll_interval_ms=limits.ms(limits.POLL_INTERVAL_SECONDS),
        )

    async def start(self) -> None:
        """Connect and join. Raises `Retry` when no broker answers or the topic is missing."""
        with translated(f"lecture de {self._topic}"):
            await self._consumer.start()
            await self._consumer._client._wait_on_metadata(self._topic)
            self._consumer.subscribe([self._topic], listener=self._listener)

    async def stop(self) -> None:
        """Leave the group and close every connection, within a few seconds."""
        await stop_consumer(self._consumer, self._topic)

    async def records(self, partition: int, *, wait: float) -> list[Record]:
        """The next records of one partition; none if none arrives within `wait` seconds.

        Raises `Retry`.
        """
        at = TopicPartition(self._topic, partition)
        with translated(f"lecture de {self._topic}"):
            batches = await self._consumer.getmany(at, timeout_ms=limits.ms(wait))
        return read(batches.get(at, ()))

    async def commit(self, partition: int, offset: int) -> bool:
        """Commit `offset`: the records below it are handled. Returns False if the partition was
        reassigned.

        Raises `Retry` when the broker does not answer.
        """
        at = TopicPartition(self._topic, partition)
        try:
            with translated(f"validation dans {self._topic}"):
                async with asyncio.timeout(limits.REQUEST_SECONDS):
                    await self._consumer.commit({at: offset})
        except (CommitFailedError, IllegalStateError, ConsumerStoppedError) as error:
            log.warning("commit of %s[%d]@%d dropped: %s", self._topic, partition, offset, error)
            return False
        return True

    async def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last record of each partition. Raises `Retry`."""
        return await ends_of(self._consumer, self._topic, partitions)

    async def position(self, partition: int) -> int | None:
        """The offset that will be read next; None if it is not yet known, or the partition is not
        assigned to this member."""
        return await position_of(self._consumer, TopicPartition(self._topic, partition))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """aiokafka's rebalance call-backs, passed to the handler."""

    def __init__(self, handler: RebalanceHandler) -> None:
        self._handler = handler

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        # The eager protocol revokes every partition.
        await self._handler.revoke()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._handler.assign(frozenset(at.partition for at in assigned))
