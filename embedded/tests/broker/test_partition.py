"""One partition's files: what was acknowledged is there again, whatever ended the process."""

import os
import resource
from pathlib import Path

import pytest
from broker_clients import batch, decode
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.broker.batches import check_incoming
from embedded.broker.codes import BrokerError, Code
from embedded.broker.config import parse_config
from embedded.broker.partition import Partition


def _open(path: Path, **given: object) -> Partition:
    return Partition(path, parse_config({k.replace("_", "."): str(v) for k, v in given.items()}))


def _append(partition: Partition, data: bytes) -> int:
    return partition.append(check_incoming(data, keyed=False), data)


def _read(partition: Partition, offset: int, max_bytes: int = 1 << 20) -> bytes:
    found = partition.find_batches(offset, max_bytes, at_least_one=True)
    return b"" if found is None else found.read()


def _everything(partition: Partition, offset: int | None = None) -> list[tuple[int, bytes | None]]:
    offset = partition.start_offset if offset is None else offset
    found: list[tuple[int, bytes | None]] = []
    while offset < partition.end_offset:
        read = [(at, value) for at, _, value in decode(_read(partition, offset)) if at >= offset]
        found += read
        offset = read[-1][0] + 1
    return found


def test_a_batch_is_stored_unchanged_but_for_its_offset(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0")
    sent = [batch((b"a", b"1"), (b"b", None)), batch((None, b"3"), codec=1)]
    assert [_append(partition, data) for data in sent] == [0, 2]
    assert [data[16:] for data in (_read(partition, 0, 1), _read(partition, 2))] == [
        data[16:] for data in sent
    ]
    assert decode(_read(partition, 0)) == [(0, b"a", b"1"), (1, b"b", None), (2, None, b"3")]


@pytest.mark.parametrize("cut", [1, 30, 61, 70])
def test_a_torn_tail_is_cut_at_the_start(tmp_path: Path, cut: int) -> None:
    partition = _open(tmp_path / "0")
    _append(partition, batch((b"k", b"kept")))
    full_size = partition.active.size
    _append(partition, batch((b"k", b"torn" * 20)))
    os.truncate(partition.active.path, full_size + cut)

    again = _open(tmp_path / "0")
    assert again.end_offset == 1
    assert again.active.path.stat().st_size == full_size
    assert _append(again, batch((b"k", b"next"))) == 1
    assert _everything(again) == [(0, b"kept"), (1, b"next")]


def test_a_false_tail_is_cut_at_the_start(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0")
    _append(partition, batch((b"k", b"kept")))
    _append(partition, batch((b"k", b"turned")))
    with partition.active.path.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"\x00")
    assert _everything(_open(tmp_path / "0")) == [(0, b"kept")]


def test_zeros_after_the_last_batch_are_cut(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0")
    _append(partition, batch((b"k", b"kept")))
    with partition.active.path.open("ab") as file:
        file.write(bytes(4096))
    assert _everything(_open(tmp_path / "0")) == [(0, b"kept")]


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 400)), min_size=1, max_size=40),
    segment_bytes=st.integers(200, 4000),
    ways=st.data(),
)
def test_any_offset_reads_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[tuple[int, int]],
    segment_bytes: int,
    ways: st.DataObject,
) -> None:
    """Whatever the batches, the segments, and the clean or sudden restarts between."""
    path = tmp_path_factory.mktemp("log") / "0"
    partition = _open(path, segment_bytes=segment_bytes)
    expected: list[tuple[int, bytes | None]] = []
    for count, size in sizes:
        values = [bytes([len(expected) % 251]) * size + b"%d" % n for n in range(count)]
        offset = _append(partition, batch(*((b"k", value) for value in values)))
        expected += [(offset + n, value) for n, value in enumerate(values)]
        restart = ways.draw(st.sampled_from(["none", "none", "none", "clean", "kill"]))
        if restart == "clean":
            partition.close()
        if restart != "none":
            partition = _open(path, segment_bytes=segment_bytes)
    assert [at for at, _ in expected] == list(range(partition.end_offset))
    assert _everything(partition) == expected
    offset = ways.draw(st.integers(0, partition.end_offset - 1))
    max_bytes = ways.draw(st.integers(1, 5000))
    read = [(at, value) for at, _, value in decode(_read(partition, offset, max_bytes))]
    assert read
    assert read[-1][0] >= offset
    assert read == expected[read[0][0] : read[-1][0] + 1]


def test_offsets_outside_the_log_are_refused(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0")
    _append(partition, batch((b"k", b"v")))
    assert _read(partition, 1) == b""
    for offset in (-1, 2):
        with pytest.raises(BrokerError) as refused:
            _read(partition, offset)
        assert refused.value.code is Code.OFFSET_OUT_OF_RANGE


def test_time_finds_the_first_record_at_or_after_it(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_bytes=2000)
    for n in range(60):
        # Ten apart, three records of one millisecond each, some of them in long segments.
        data = batch(*((b"k", b"v" * (n * 13 % 300)) for _ in range(3)), timestamp=10 * n)
        _append(partition, data)
    assert len(partition.segments) > 3
    for restarted in (partition, _open(tmp_path / "0", segment_bytes=2000)):
        assert restarted.find_timestamp(0) == (0, 0)
        assert restarted.find_timestamp(301) == (301, 91)
        assert restarted.find_timestamp(303) == (310, 93)
        assert restarted.find_timestamp(592) == (592, 179)
        assert restarted.find_timestamp(593) is None


def test_retention_by_time_drops_old_segments_even_the_active_one(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_bytes=300, retention_ms=100)
    for n in range(6):
        _append(partition, batch((b"k", b"v" * 200), timestamp=1000 + 50 * n))
    partition.expire(1150 + 100)
    assert (partition.start_offset, partition.end_offset) == (3, 6)
    partition.expire(10_000)
    assert (partition.start_offset, partition.end_offset) == (6, 6)
    again = _open(tmp_path / "0", segment_bytes=300, retention_ms=100)
    assert (again.start_offset, again.end_offset) == (6, 6)
    assert _append(again, batch((b"k", b"v"))) == 6
    assert len(list((tmp_path / "0").glob("*.log"))) == 1


def test_retention_by_size_retains_at_least_that_much(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_bytes=300, retention_bytes=900, retention_ms=-1)
    for _ in range(20):
        _append(partition, batch((b"k", b"v" * 200)))
    partition.expire(1 << 50)
    assert 900 <= sum(segment.size for segment in partition.segments) < 900 + 300
    assert partition.start_offset == partition.segments[0].base_offset > 0


def test_a_time_limit_rolls_the_segment(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_ms=1000)
    for timestamp in (0, 900, 1001, 1002, 2500):
        _append(partition, batch((b"k", b"v"), timestamp=timestamp))
    assert [segment.base_offset for segment in partition.segments] == [0, 2, 4]


def test_deleted_records_stay_deleted(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_bytes=300)
    for n in range(6):
        _append(partition, batch((b"k", b"%d" % n + b"v" * 200)))
    assert partition.delete_before(3) == 3
    with pytest.raises(BrokerError):
        partition.delete_before(7)
    again = _open(tmp_path / "0", segment_bytes=300)
    assert again.start_offset == 3
    assert [at for at, _ in _everything(again)] == [3, 4, 5]
    assert again.delete_before(-1) == 6


def test_a_full_disk_is_reported_and_leaves_the_log_intact(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0")
    _append(partition, batch((b"k", b"kept")))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel cuts the write in the middle of the batch, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (partition.active.size + 50, before[1]))
    try:
        with pytest.raises(BrokerError) as refused:
            _append(partition, batch((b"k", b"v" * 500)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.code is Code.KAFKA_STORAGE_ERROR
    assert partition.active.path.stat().st_size == partition.active.size
    assert _append(partition, batch((b"k", b"next"))) == 1
    assert _everything(_open(tmp_path / "0")) == [(0, b"kept"), (1, b"next")]


def test_memory_holds_an_index_not_the_log(tmp_path: Path) -> None:
    partition = _open(tmp_path / "0", segment_bytes=1 << 20)
    for _ in range(2000):
        _append(partition, batch((b"k", os.urandom(2000))))
    entries = sum(len(segment._offsets) for segment in partition.segments)
    assert sum(segment.size for segment in partition.segments) > 4_000_000
    assert entries <= 300
