"""Idempotent producers of one partition: their last batches, so that none is stored twice.

Follows Apache Kafka's ProducerStateManager: of each producer the last five batches are known. A
repetition of one of them is acknowledged with its former offset; a gap is refused; an unknown
producer can start with any sequence.
https://cwiki.apache.org/confluence/display/KAFKA/KIP-98
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from embedded.broker.batches import Header
from embedded.broker.codes import BrokerError, Code

_STORED_BATCHES = 5
_SEQUENCES = 1 << 31  # sequences count from 0 and wrap after 2³¹ − 1

Snapshot = list[list[int]]
"""For each producer: id, epoch, when last used, and three numbers for each batch."""


@dataclass(slots=True)
class _Producer:
    """The state of one producer. A batch: its first and last sequence, and its base offset."""

    epoch: int
    seen_ms: int
    batches: deque[tuple[int, int, int]] = field(
        default_factory=lambda: deque(maxlen=_STORED_BATCHES)
    )


def _last_sequence(header: Header) -> int:
    return (header.base_sequence + header.last_offset_delta) % _SEQUENCES


class Producers:
    """The producer states of one partition."""

    def __init__(self) -> None:
        self._known: dict[int, _Producer] = {}

    def find_duplicate(self, header: Header) -> int | None:
        """The offset of a batch that is already stored; None for a new one.

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
        """Record a stored batch; without effect if its producer is not idempotent."""
        if header.producer_id < 0:
            return
        producer = self._known.get(header.producer_id)
        if producer is None or producer.epoch != header.producer_epoch:
            producer = self._known[header.producer_id] = _Producer(header.producer_epoch, now_ms)
        producer.seen_ms = now_ms
        producer.batches.append((header.base_sequence, _last_sequence(header), base_offset))

    def forget_before(self, instant_ms: int) -> None:
        """Delete the producers not used since."""
        for producer_id in [p for p, known in self._known.items() if known.seen_ms < instant_ms]:
            del self._known[producer_id]

    def snapshot(self) -> Snapshot:
        """The state of all producers, for `restore`."""
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
        """Replace the state by that of a former `snapshot()`."""
        self._known.clear()
        for producer_id, epoch, seen_ms, *numbers in snapshot:
            known = self._known[producer_id] = _Producer(epoch, seen_ms)
            known.batches.extend(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
