"""aiokafka's consumer with our settings, shared by group members and readers.

aiokafka's position also passes offsets without a record: transaction markers, and those that
compaction removed. So positions are compared with ends, never offsets of records.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from socle.kafka import limits
from socle.kafka.errors import translated

log = logging.getLogger(__name__)


def make_consumer(bootstrap: str, client_id: str, **group_settings: Any) -> AIOKafkaConsumer:
    """A consumer that is not started and does not commit by itself.

    `group_settings`: aiokafka's settings for the member of a group.
    """
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=limits.MAX_REQUEST_BYTES,
        request_timeout_ms=limits.ms(limits.REQUEST_SECONDS),
        retry_backoff_ms=limits.ms(limits.RETRY_BACKOFF_SECONDS),
        metadata_max_age_ms=limits.ms(limits.METADATA_SECONDS),
        **group_settings,
    )


async def stop_consumer(consumer: AIOKafkaConsumer, topic: str) -> None:
    """Close every connection, within a few seconds."""
    try:
        async with asyncio.timeout(limits.CLOSE_SECONDS):
            await consumer.stop()
    except TimeoutError:
        log.warning("consumer of %s closed without a clean stop", topic)
        await consumer._client.close()


async def ends_of(
    consumer: AIOKafkaConsumer, topic: str, partitions: Iterable[int]
) -> dict[int, int]:
    """The offset after the last record of each partition. Raises `Retry`."""
    with translated(f"lecture de {topic}"):
        async with asyncio.timeout(limits.REQUEST_SECONDS):
            ends = await consumer.end_offsets(
                [TopicPartition(topic, partition) for partition in partitions]
            )
    return {at.partition: offset for at, offset in ends.items()}


async def position_of(consumer: AIOKafkaConsumer, at: TopicPartition) -> int | None:
    """The offset that will be read next, without waiting; None if it is not yet known, or the
    partition is not assigned to this consumer."""
    try:
        async with asyncio.timeout(0):
            position: int = await consumer.position(at)
    except (TimeoutError, IllegalStateError):
        return None
    return position
