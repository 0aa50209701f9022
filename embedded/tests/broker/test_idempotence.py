"""A repeated batch is stored once; a missing one is noticed; the broker remembers both."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka.protocol.transaction import InitProducerIdRequest_v0
from broker_clients import batch, create_topics, decode, wire
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import running

from embedded.broker.batches import check_incoming
from embedded.broker.codes import BrokerError, Code
from embedded.broker.config import parse_config
from embedded.broker.partition import Partition


def _batch(sequence: int, count: int = 1, *, producer: int = 5, epoch: int = 0) -> bytes:
    entries = [(b"k", b"%d" % (sequence + n)) for n in range(count)]
    return batch(*entries, producer=producer, epoch=epoch, sequence=sequence)


def test_repeats_gaps_and_fences(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()
    with wire(broker) as client:
        assert client.produce(topic, _batch(0, 3)) == (Code.NONE, 0)
        assert client.produce(topic, _batch(3, 2)) == (Code.NONE, 3)
        assert client.produce(topic, _batch(0, 3)) == (Code.NONE, 0)
        assert client.produce(topic, _batch(3, 2)) == (Code.NONE, 3)
        assert client.produce(topic, _batch(6))[0] == Code.OUT_OF_ORDER_SEQUENCE_NUMBER
        assert client.produce(topic, _batch(4))[0] == Code.OUT_OF_ORDER_SEQUENCE_NUMBER
        assert client.produce(topic, _batch(0, epoch=1)) == (Code.NONE, 5)
        assert client.produce(topic, _batch(5))[0] == Code.INVALID_PRODUCER_EPOCH
        assert client.produce(topic, _batch(9, epoch=2))[0] == Code.OUT_OF_ORDER_SEQUENCE_NUMBER
        assert client.produce(topic, _batch(0, producer=6)) == (Code.NONE, 6)
        assert [value for _, _, value in decode(client.fetch(topic, 0)[2])] == [
            b"0", b"1", b"2", b"3", b"4", b"0", b"0",
        ]  # fmt: skip


def test_sequences_wrap(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()
    with wire(broker) as client:
        assert client.produce(topic, _batch(2**31 - 2, 3)) == (Code.NONE, 0)
        assert client.produce(topic, _batch(1)) == (Code.NONE, 3)
        assert client.produce(topic, _batch(2**31 - 2, 3)) == (Code.NONE, 0)


def test_producer_ids_are_never_given_twice(tmp_path: Path) -> None:
    given_ids = []
    for _ in range(3):
        with running("broker", tmp_path / "data") as server, wire(server.address) as client:
            for _ in range(2):
                answer = client.call(InitProducerIdRequest_v0(None, 0))
                given_ids.append(answer.producer_id)
    assert len(set(given_ids)) == 6


def test_transactions_are_refused(broker: str) -> None:
    with wire(broker) as client:
        answer = client.call(InitProducerIdRequest_v0("transfert", 1000))
    assert answer.error_code == Code.INVALID_REQUEST


@pytest.mark.parametrize("stop", ["SIGKILL", "SIGTERM"])
def test_the_sequences_survive_a_restart(tmp_path: Path, stop: str) -> None:
    import signal

    with running("broker", tmp_path / "data") as server:
        create_topics(server.address, {"t": 1}, segment_bytes=300)
        with wire(server.address) as client:
            for sequence in range(10):
                assert client.produce("t", _batch(sequence)) == (Code.NONE, sequence)
        server.end(getattr(signal, stop))
    with running("broker", tmp_path / "data") as server, wire(server.address) as client:
        assert client.produce("t", _batch(9)) == (Code.NONE, 9)
        assert client.produce("t", _batch(8)) == (Code.NONE, 8)
        assert client.produce("t", _batch(11))[0] == Code.OUT_OF_ORDER_SEQUENCE_NUMBER
        assert client.produce("t", _batch(10)) == (Code.NONE, 10)


@settings(max_examples=80, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 3), st.integers(0, 3), st.booleans()),
        max_size=30,
    )
)
def test_a_storm_of_retries_stores_each_batch_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, bool]]
) -> None:
    """Producers send in order, and repeat any of their last batches, restarts in between."""
    path = tmp_path_factory.mktemp("producers") / "0"
    config = parse_config({"segment.bytes": "400"})
    partition = Partition(path, config)
    sent: dict[int, list[tuple[bytes, int]]] = {1: [], 2: [], 3: []}
    following = dict.fromkeys(sent, 0)
    stored = 0
    for producer, count, repeat, restart in steps:
        data = _batch(following[producer], count, producer=producer)
        offset = partition.append(check_incoming(data, keyed=False), data)
        assert offset == stored
        stored += count
        following[producer] += count
        sent[producer].append((data, offset))
        if restart:
            partition = Partition(path, config)
        for again, former in sent[producer][-1 - repeat :]:
            assert partition.append(check_incoming(again, keyed=False), again) == former
        gap = _batch(following[producer] + 1, producer=producer)
        with pytest.raises(BrokerError):
            partition.append(check_incoming(gap, keyed=False), gap)
    assert partition.end_offset == stored
