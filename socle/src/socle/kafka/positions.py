"""Where a consumer stands, asked without waiting.

aiokafka's position also passes what yields no record: transaction markers, and offsets that
compaction emptied. So positions are compared with ends, never offsets of records.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError


async def position_of(consumer: AIOKafkaConsumer, at: TopicPartition) -> int | None:
    """The offset that will be read next; None while it is not known or not ours."""
    try:
        async with asyncio.timeout(0):
            position: int = await consumer.position(at)
    except (TimeoutError, IllegalStateError):
        return None
    return position
