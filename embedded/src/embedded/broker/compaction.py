"""Compaction: sealed segments retain the newest record of each key, at its offset.

`plan` and `install` run on the event loop, `clean` in a thread, over files that no longer change.
The active segment is never changed. A tombstone stays until `delete.retention.ms` after the pass
that first removed the records it deletes, so that a reader who had started before still reads it.
https://kafka.apache.org/documentation/#compaction
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from embedded.broker.batches import Header, Record, can_decompress, read_header, rebuild, records
from embedded.broker.partition import Partition, install_swap
from embedded.broker.producers import Snapshot
from embedded.broker.segment import Segment

_CHUNK = 256 << 10


@dataclass(frozen=True, slots=True)
class Job:
    """One pass over the oldest sealed segments of a partition. Times are milliseconds."""

    partition: Partition
    segments: tuple[Segment, ...]
    """Those to clean, in order."""
    end: int
    """The base offset of the first segment that is not cleaned."""
    now: int
    delete_retention: int
    """How long tombstones stay after their first pass."""
    segment_bytes: int
    """The largest new segment."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A new file that will replace a range of segments."""

    segment: Segment
    """The new segment."""
    written: Path
    """The file, which has a temporary name."""
    swap: Path
    """Its name once it is complete: `<first base offset>-<end>.swap` replaces every segment whose
    base offset is in [first, end)."""


def plan(partition: Partition, now: int) -> Job | None:
    """The pass that this partition needs now, if any. `now`: POSIX milliseconds."""
    config = partition.config
    if not config.compact or partition.closed:
        return None
    eligible: list[Segment] = []
    for segment in partition.segments[:-1]:
        if config.compaction_lag_ms and segment.max_timestamp > now - config.compaction_lag_ms:
            break
        eligible.append(segment)
    dirty = sum(segment.size for segment in eligible if not segment.cleaned)
    total = sum(segment.size for segment in eligible)
    expired = any(
        at + config.delete_retention_ms <= now for s in eligible for at in s.tombstones.values()
    )
    if not expired and (dirty == 0 or dirty <= config.dirty_ratio * total):
        return None
    end = partition.segments[len(eligible)].base_offset
    return Job(
        partition, tuple(eligible), end, now, config.delete_retention_ms, config.segment_bytes
    )


def clean(job: Job) -> list[Cleaned]:
    """Write the replacements as new files.

    Raises OSError, or ValueError for unreadable segments; the partition is then unchanged.
    """
    newest = _newest_offsets(job.segments)
    groups = _groups(job)
    ends = [group[0].base_offset for group in groups[1:]] + [job.end]
    return [_clean_group(job, group, end, newest) for group, end in zip(groups, ends, strict=True)]


def install(job: Job, replacements: list[Cleaned]) -> None:
    """Replace the segments, unless the partition changed meanwhile: then delete the new files."""
    partition = job.partition
    count = len(job.segments)
    if partition.closed or tuple(partition.segments[:count]) != job.segments:
        for cleaned in replacements:
            cleaned.written.unlink(missing_ok=True)
            cleaned.swap.with_suffix(".swapindex").unlink(missing_ok=True)
        return
    for cleaned in replacements:
        cleaned.written.replace(cleaned.swap)
        install_swap(cleaned.swap)
    partition.segments[:count] = [cleaned.segment for cleaned in replacements]


def _newest_offsets(segments: tuple[Segment, ...]) -> dict[bytes, int]:
    """The last offset of each key, from the first segment that is not cleaned yet on.

    Cleaned segments come before it and contain each key once: a key that is not in the result is
    retained there.
    """
    newest: dict[bytes, int] = {}
    dirty = False
    for segment in segments:
        dirty = dirty or not segment.cleaned
        if dirty:
            for header, batch in _batches(segment):
                if can_decompress(header.codec):
                    newest.update((r.key, r.offset) for r in records(batch) if r.key is not None)
    return newest


def _groups(job: Job) -> list[list[Segment]]:
    """Consecutive segments that fit into one together, so that cleaned logs do not consist of many
    small files."""
    groups: list[list[Segment]] = []
    room = 0
    for segment in job.segments:
        if not groups or segment.size > room:
            groups.append([])
            room = job.segment_bytes
        groups[-1].append(segment)
        room -= segment.size
    return groups


def _clean_group(job: Job, group: list[Segment], end: int, newest: dict[bytes, int]) -> Cleaned:
    result = Segment.at(job.partition.path, group[0].base_offset)
    result.cleaned = True
    swap = job.partition.path / f"{group[0].base_offset:020d}-{end:020d}.swap"
    written = swap.with_suffix(".cleaned")
    with written.open("wb") as file:
        for segment in group:
            for header, batch in _batches(segment):
                _retain(job, segment, result, (header, batch), newest, file)
    result.save_index(
        _producers_after(group[-1]), swap.with_suffix(".swapindex"), file_size=result.size
    )
    return Cleaned(result, written, swap)


def _retain(
    job: Job,
    segment: Segment,
    result: Segment,
    stored: tuple[Header, bytes],
    newest: dict[bytes, int],
    file: BufferedWriter,
) -> None:
    """Write the retained records of one batch: the same batch if all are retained, a new one if
    some are, nothing if none is. A batch that cannot be decompressed here is retained."""
    header, batch = stored
    if can_decompress(header.codec):
        all_records = list(records(batch))
        retained = [r for r in all_records if _is_retained(job, segment, r, newest)]
        if not retained:
            return
        if len(retained) < len(all_records):
            batch = rebuild(header, retained)
        for record in retained:
            if record.value is None:
                first_cleaned = segment.tombstones.get(record.offset, job.now)
                result.tombstones[record.offset] = first_cleaned
    file.write(batch)
    stored_header = read_header(batch)
    if stored_header is None:
        raise ValueError("a rebuilt batch has no header")
    result.index_batch(stored_header)


def _is_retained(job: Job, segment: Segment, record: Record, newest: dict[bytes, int]) -> bool:
    if record.key is None or newest.get(record.key, -1) > record.offset:
        return False
    if record.value is not None:
        return True
    first_cleaned = segment.tombstones.get(record.offset)
    return first_cleaned is None or first_cleaned + job.delete_retention > job.now


def _batches(segment: Segment) -> Iterator[tuple[Header, bytes]]:
    end = 0
    for position, header in segment.headers(chunk_size=_CHUNK):
        yield header, segment.read(position, header.size)
        end = position + header.size
    if end != segment.size:
        raise ValueError(f"{segment.path.name} cannot be read after byte {end}")


def _producers_after(segment: Segment) -> Snapshot:
    snapshot: Snapshot = json.loads(segment.index_path.read_text())["producers"]
    return snapshot
