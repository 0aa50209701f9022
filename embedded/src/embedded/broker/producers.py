"""Idempotent producers of one partition: their last batches, so that a repeat is not stored twice.

Follows Apache Kafka's ProducerStateManager: five batches are remembered; a repeat of one of them
is acknowledged with its former offset; a gap is refused; a producer not known here is believed.
https://cwiki.apache.org/confluence/display/KAFKA/KIP-98
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from embedded.broker.batches import Header
from embedded.broker.codes import BrokerError, Code

_REMEMBERED = 5
_SEQUENCES = 1 << 31  # sequences count from 0 and wrap after 2³¹ − 1

Snapshot = list[list[int]]


@dataclass(slots=True)
class _Producer:
    epoch: int
    seen_ms: int
    batches: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


def _last_sequence(header: Header) -> int:
    return (header.base_sequence + header.last_offset_delta) % _SEQUENCES


class Producers:
    """The producer states of one partition."""

    def __init__(self) -> None:
        self._known: dict[int, _Producer] = {}

    def find_duplicate(self, header: Header) -> int | None:
        """The offset a repeated batch already has; None for a new one that may be appended.

        Raises `BrokerError`: INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER.
        """
        producer = self._known.get(header.producer_id)
        if header.producer_id < 0 or producer is None:
            return None
        if header.producer_epoch < producer.epoch:
            raise BrokerError(Code.INVALID_PRODUCER_EPOCH)
        if header.producer_epoch > producer.epoch:
            if header.base_sequence != 0:
                raise BrokerError(Code.OUT_OF_ORDER_SEQUENCE_NUMBER)
            return None
        last = _last_sequence(header)
        for first_sequence, last_sequence, offset in producer.batches:
            if (first_sequence, last_sequence) == (header.base_sequence, last):
                return offset
        if header.base_sequence != (producer.batches[-1][1] + 1) % _SEQUENCES:
            raise BrokerError(Code.OUT_OF_ORDER_SEQUENCE_NUMBER)
        return None

    def record(self, header: Header, base_offset: int, now_ms: int) -> None:
        """Remember a stored batch; without effect for one that is not idempotent."""
        if header.producer_id < 0:
            return
        producer = self._known.get(header.producer_id)
        if producer is None or producer.epoch != header.producer_epoch:
            producer = self._known[header.producer_id] = _Producer(header.producer_epoch, now_ms)
        producer.seen_ms = now_ms
        producer.batches.append((header.base_sequence, _last_sequence(header), base_offset))

    def forget_before(self, instant_ms: int) -> None:
        """Forget the producers not seen since."""
        for producer_id in [p for p, known in self._known.items() if known.seen_ms < instant_ms]:
            del self._known[producer_id]

    def snapshot(self) -> Snapshot:
        """Rows of plain integers: producer, epoch, seen, then three a batch."""
        return [
            [
                producer_id,
                known.epoch,
                known.seen_ms,
                *(n for batch in known.batches for n in batch),
            ]
            for producer_id, known in self._known.items()
        ]

    def restore(self, snapshot: Iterable[list[int]]) -> None:
        """Replace what is known by a former `snapshot()`."""
        self._known.clear()
        for producer_id, epoch, seen_ms, *numbers in snapshot:
            known = self._known[producer_id] = _Producer(epoch, seen_ms)
            known.batches.extend(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
