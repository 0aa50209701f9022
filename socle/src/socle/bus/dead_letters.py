"""Dead letters: the topic `<group>.dlq` receives the records that a group refuses, unchanged.

Key, value and headers are copied byte for byte. `dlq_*` headers give the reason and the origin, so
that the record can be inspected, repaired and published again.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from socle.clock import Clock
from socle.kafka import Outgoing, Record, TopicSpec
from socle.kafka.limits import MAX_REQUEST_BYTES

log = logging.getLogger(__name__)

Send = Callable[[Sequence[Outgoing]], Awaitable[None]]

_REASON_CHARACTERS = 1_000
"""Length of a stored reason: an exception's message can be longer than a record."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one group."""

    group: str
    send: Send
    clock: Clock

    @property
    def spec(self) -> TopicSpec:
        """The topic: retained for a month, with room for a record and its reasons."""
        return TopicSpec(
            f"{self.group}.dlq",
            partitions=1,
            kind="fact",
            retention_hours=30 * 24,
            max_record_bytes=MAX_REQUEST_BYTES,
        )

    async def write(self, record: Record, *, category: str, reason: str) -> None:
        """Write a record; return once the broker has acknowledged it. Raises `Retry`.

        `category`: of the `Refusal`, or "undecodable" or "too_slow". `reason`: in French.
        """
        at = record.position
        why = {
            "dlq_category": category,
            "dlq_reason": reason[:_REASON_CHARACTERS],
            "dlq_topic": at.topic,
            "dlq_partition": str(at.partition),
            "dlq_offset": str(at.offset),
            "dlq_group": self.group,
            "dlq_time": self.clock.now().isoformat(),
        }
        headers = record.headers + tuple((name, text.encode()) for name, text in why.items())
        await self.send([Outgoing(self.spec.name, record.key, record.value, headers)])
        log.warning(
            "dead letter: %s[%d]@%d %s: %s", at.topic, at.partition, at.offset, category, reason
        )
