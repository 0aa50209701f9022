"""The demo region's timetables, and GTFS-Realtime messages of any size about their runs."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from google.transit import gtfs_realtime_pb2

from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.timetable.domain.timetable import Timetable

_LATER_SECONDS = 600


@cache
def demo_archive(operator: str, scale: int, day: date) -> bytes:
    """The GTFS zip of one operator of the demo region."""
    return gtfs_zip(next(each for each in region(scale=scale) if each.id == operator), day)


@cache
def demo_timetable(operator: str, scale: int, day: date) -> Timetable:
    """The timetable of one operator of the demo region, packed as the import role packs it."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gtfs.zip"
        archive.write_bytes(demo_archive(operator, scale, day))
        return read_timetable(archive, FeedId(operator), Report(), ArchiveLimits())


def noon(day: date) -> datetime:
    """11:00 UTC of that day, when most lines of the region run."""
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """A serialised FeedMessage of trip updates, and its contents in numbers."""

    body: bytes
    runs: int
    """Number of trip updates."""
    stop_updates: int
    """Number of stop time updates, in all trip updates."""
    late_at: tuple[str, ...]
    """Stops that late runs leave more than ten minutes after the message's instant.

    The stops with the most such runs come first.
    """


def trip_updates(
    timetable: Timetable,
    now: datetime,
    *,
    most: int,
    late: int = 60,
    of: float = 1.0,
    within: timedelta | None = None,
) -> Message:
    """A message about every stop of the day's runs.

    `most`: no more runs are added once there are so many stop updates. `late`: the delay of the
    late runs in seconds; the others are on time. `of`: the share of late runs (0 to 1), the same
    runs each time. `within`: only runs that are under way at most that long before or after `now`.
    """
    message = gtfs_realtime_pb2.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    instant = message.header.timestamp = int(now.timestamp())
    left, late_at = most, Counter[str]()
    for trip, day, start in _runs(timetable, now):
        calls = timetable.calls_of(trip)
        if within is not None and not _under_way(timetable, calls, instant - start, within):
            continue
        update = message.entity.add(id=str(trip)).trip_update
        update.trip.trip_id, update.trip.start_date = timetable.trip_ids[trip], str(day)
        shift = late if Random(trip).random() < of else 0
        for call in range(calls.start, calls.stop):
            stop_id = timetable.stop_ids[int(timetable.call_stop[call])]
            stop = update.stop_time_update.add(stop_id=stop_id)
            stop.stop_sequence = int(timetable.call_sequence[call])
            stop.arrival.time = start + int(timetable.call_arrival[call]) + shift
            stop.departure.time = start + int(timetable.call_departure[call]) + shift
            if shift and call < calls.stop - 1 and stop.departure.time > instant + _LATER_SECONDS:
                late_at[stop_id] += 1
        left -= calls.stop - calls.start
        if left <= 0:
            break
    stops = tuple(stop for stop, _ in late_at.most_common())
    return Message(bytes(message.SerializeToString()), len(message.entity), most - left, stops)


def _under_way(timetable: Timetable, calls: slice, at: int, within: timedelta) -> bool:
    """Whether a run is under way at most `within` before or after `at` (seconds of its day)."""
    first = int(timetable.call_departure[calls.start])
    last = int(timetable.call_departure[calls.stop - 1])
    return first - within.total_seconds() < at < last + within.total_seconds()


def _runs(timetable: Timetable, now: datetime) -> Iterator[tuple[int, ServiceDate, int]]:
    """Each trip of the day (its row), the day, and the POSIX second its times count from."""
    day = ServiceDate.of_instant(now, timetable.zone(0))
    start = int(day.start(timetable.zone(0)).timestamp())
    for trip in range(len(timetable.trip_ids)):
        if int(timetable.trip_start[trip]) < 0 and timetable.runs_on(trip, day):
            yield trip, day, start
