"""Compaction never loses the newest value of a key, never moves an offset, and ends."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from broker_clients import batch, decode, end_of
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.broker import compaction
from embedded.broker.batches import check_incoming
from embedded.broker.config import TopicConfig, parse_config
from embedded.broker.partition import Partition, recover_swaps

Entry = tuple[bytes, bytes | None]


def _config(**given: object) -> TopicConfig:
    stated = {"cleanup_policy": "compact", "min_cleanable_dirty_ratio": 0, **given}
    return parse_config({name.replace("_", "."): str(value) for name, value in stated.items()})


def _append(partition: Partition, *entries: Entry, codec: int = 0) -> None:
    data = batch(*entries, codec=codec)
    partition.append(check_incoming(data, keyed=True), data)


def _compact(partition: Partition, now: int = 0) -> bool:
    job = compaction.plan(partition, now)
    if job is not None:
        compaction.install(job, compaction.clean(job))
    return job is not None


def _records(partition: Partition) -> list[tuple[int, bytes | None, bytes | None]]:
    """Everything a reader sees who follows from the start."""
    found: list[tuple[int, bytes | None, bytes | None]] = []
    offset = partition.start_offset
    while (part := partition.find_batches(offset, 700, at_least_one=True)) is not None:
        data = part.read()
        found += [record for record in decode(data) if record[0] >= offset]
        offset = end_of(data)
    return found


def test_the_newest_of_each_key_stays_at_its_offset(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config())
    _append(partition, (b"a", b"1"), (b"b", b"1"), (b"a", b"2"))
    _append(partition, (b"c", b"1"))
    _append(partition, (b"b", b"2"))
    partition.roll()
    _append(partition, (b"a", b"3"))
    assert _compact(partition)
    assert _records(partition) == [
        (2, b"a", b"2"),  # the active segment is not compacted
        (3, b"c", b"1"),
        (4, b"b", b"2"),
        (5, b"a", b"3"),
    ]
    assert not _compact(partition)


def test_a_tombstone_stays_for_its_time_and_no_longer(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config(delete_retention_ms=1000))
    _append(partition, (b"a", b"1"), (b"b", b"1"))
    _append(partition, (b"a", None))
    partition.roll()
    _append(partition, (b"z", b"1"))
    assert _compact(partition, now=5000)
    assert [record[:2] for record in _records(partition)] == [(1, b"b"), (2, b"a"), (3, b"z")]
    partition = Partition(tmp_path / "0", partition.config)
    assert not _compact(partition, now=5999)
    assert _compact(partition, now=6000)
    assert [record[:2] for record in _records(partition)] == [(1, b"b"), (3, b"z")]
    assert not _compact(partition, now=60_000)


def test_nothing_is_done_below_the_dirty_ratio(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config(min_cleanable_dirty_ratio=0.5))
    for number in range(20):
        _append(partition, (b"%d" % number, b"v" * 50))
    partition.roll()
    assert _compact(partition)
    _append(partition, (b"0", b"new"))
    partition.roll()
    assert not _compact(partition)
    for number in range(25):
        _append(partition, (b"%d" % number, b"w" * 50))
    partition.roll()
    assert _compact(partition)
    assert {key: value for _, key, value in _records(partition)}[b"0"] == b"w" * 50


def test_small_segments_are_joined(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config(segment_bytes=2000))
    for number in range(200):
        _append(partition, (b"%d" % (number % 10), b"v" * 50))
    assert len(partition.segments) > 8
    _compact(partition)
    partition.roll()
    _compact(partition)
    assert len(partition.segments) <= 3
    assert len(list((tmp_path / "0").glob("*.log"))) == len(partition.segments)
    assert len(_records(partition)) == 10


def test_compressed_batches_are_compacted_and_stay_compressed(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config())
    _append(partition, (b"a", b"1" * 500), (b"b", b"2" * 500), codec=1)
    _append(partition, (b"a", b"3" * 500), codec=1)
    partition.roll()
    _compact(partition)
    assert [record[:2] for record in _records(partition)] == [(1, b"b"), (2, b"a")]
    assert partition.segments[0].size < 500


def test_the_producers_are_known_after_compaction_and_a_restart(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config())
    sent = [batch((b"a", b"%d" % n), producer=7, epoch=0, sequence=n) for n in range(3)]
    for data in sent:
        partition.append(check_incoming(data, keyed=True), data)
    partition.roll()
    _append(partition, (b"a", b"last"))
    partition.roll()
    _compact(partition)
    again = Partition(tmp_path / "0", partition.config)
    assert again.append(check_incoming(sent[2], keyed=True), sent[2]) == 2
    assert again.end_offset == 4


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_kill_in_the_middle_of_the_replacement_loses_nothing(
    tmp_path: Path, renamed: int
) -> None:
    """Killed with the replacements written, one of them announced, or one half in place."""
    partition = Partition(tmp_path / "0", _config(segment_bytes=400))
    for number in range(30):
        _append(partition, (b"%d" % (number % 7), b"%d" % number + b"v" * 60))
    expected = {key: value for _, key, value in _records(partition)}
    job = compaction.plan(partition, 0)
    assert job is not None
    replacements = compaction.clean(job)
    assert len(replacements) > 2
    if renamed:
        replacements[0].written.replace(replacements[0].swap)
    if renamed == 2:
        partition.segments[0].delete()
    again = Partition(tmp_path / "0", partition.config)
    assert {key: value for _, key, value in _records(again)} == expected
    assert again.end_offset == partition.end_offset
    leftovers = {file.suffix for file in (tmp_path / "0").iterdir()}
    assert leftovers <= {".log", ".index"}
    _compact(again)
    assert {key: value for _, key, value in _records(again)} == expected


def test_a_partition_that_changed_meanwhile_retains_its_segments(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config(cleanup_policy="compact,delete"))
    _append(partition, (b"a", b"1"), (b"a", b"2"))
    partition.roll()
    job = compaction.plan(partition, 0)
    assert job is not None
    replacements = compaction.clean(job)
    partition.delete_before(-1)
    compaction.install(job, replacements)
    assert (partition.start_offset, partition.end_offset) == (2, 2)
    assert {file.suffix for file in (tmp_path / "0").iterdir()} == {".log", ""}


@dataclass
class _Model:
    """A model of a compacted log: a list and a dictionary."""

    written: list[Entry] = field(default_factory=list)

    def check(self, partition: Partition, *, tombstones_expire: bool) -> None:
        seen = _records(partition)
        offsets = [offset for offset, _, _ in seen]
        assert offsets == sorted(set(offsets))
        assert all((key, value) == self.written[offset] for offset, key, value in seen)
        newest = {key: offset for offset, (key, _) in enumerate(self.written)}
        missing = set(newest.values()) - set(offsets)
        assert all(tombstones_expire and self.written[at][1] is None for at in missing)
        live = {key: value for key, value in self.written if value is not None}
        table = dict(self.written)
        followed = {key: value for _, key, value in seen}
        expected = {key: value for key, value in table.items() if value is not None}
        assert {k: v for k, v in followed.items() if v is not None} == expected
        assert live.keys() >= expected.keys()
        active = range(partition.active.base_offset, partition.end_offset)
        assert set(active) <= set(offsets)
        assert partition.end_offset == len(self.written)


_entries = st.lists(
    st.tuples(
        st.sampled_from([b"a", b"b", b"c", b"d", b"e"]),
        st.one_of(st.none(), st.binary(max_size=40)),
    ),
    min_size=1,
    max_size=4,
)
_steps = st.lists(
    st.one_of(_entries, st.sampled_from(["roll", "compact", "reopen", "kill", "later"])),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(steps=_steps, segment_bytes=st.integers(150, 1500), retention=st.sampled_from([0, 50]))
def test_a_follower_always_sees_the_table(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[list[Entry] | str],
    segment_bytes: int,
    retention: int,
) -> None:
    path = tmp_path_factory.mktemp("compacted") / "0"
    config = _config(segment_bytes=segment_bytes, delete_retention_ms=retention)
    partition, model, now = Partition(path, config), _Model(), 0
    for step in itertools.chain(steps, ["compact", "kill"]):
        if isinstance(step, list):
            _append(partition, *step)
            model.written += step
        elif step == "roll" and partition.active.size:
            partition.roll()
        elif step == "later":
            now += 60
        elif step == "compact":
            _compact(partition, now)
        elif step in ("reopen", "kill"):
            if step == "reopen":
                partition.close()
            partition = Partition(path, config)
        model.check(partition, tombstones_expire=now >= retention)


def test_finishing_swaps_twice_is_finishing_once(tmp_path: Path) -> None:
    partition = Partition(tmp_path / "0", _config())
    _append(partition, (b"a", b"1"), (b"a", b"2"))
    partition.roll()
    job = compaction.plan(partition, 0)
    assert job is not None
    for cleaned in compaction.clean(job):
        cleaned.written.replace(cleaned.swap)
    recover_swaps(tmp_path / "0")
    recover_swaps(tmp_path / "0")
    assert _records(Partition(tmp_path / "0", _config())) == [(1, b"a", b"2")]
