"""The partition of a key is the one that other Kafka clients calculate."""

import pytest
from aiokafka import partitioner as aiokafka_partitioner
from hypothesis import given
from hypothesis import strategies as st

from socle.kafka.partitioner import Partitioner, murmur2

PARTITIONS = list(range(12))


# Of Kafka's own tests (UtilsTest.testMurmur2).
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_kafka(key: bytes, expected: int) -> None:
    assert murmur2(key) == expected % 2**32


@given(st.binary(max_size=300))
def test_the_partition_of_any_key_is_the_former_one(key: bytes) -> None:
    assert murmur2(key) == aiokafka_partitioner.murmur2(key)
    former = aiokafka_partitioner.DefaultPartitioner()(key, PARTITIONS, PARTITIONS)
    assert Partitioner()(key, PARTITIONS, PARTITIONS) == former


def test_a_record_without_a_key_is_of_any_partition() -> None:
    assert Partitioner()(None, PARTITIONS, [3]) == 3
