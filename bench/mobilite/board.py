"""Departure boards in this process, without and with real time. The target is p95 under 1 ms.

Boards of every served stop of Porto Alegre's buses (130,000 stop times) at 08:00 if the real feeds
are present, otherwise of the demo's Orléans. First with the schedule only, then with an update of
every stop of every run of the day, which is more than operators send.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, thread_time

from bench.measuring.options import Options
from bench.measuring.real_feeds import real_feeds
from bench.measuring.report import Cell, Report, percentile
from bench.measuring.timing import seconds_of
from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.boards.api.departures import BoardRenderer
from mobilite.boards.flows.show_departures import get_board
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.live.flows import Live, ServingSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report as ImportReport
from mobilite.realtime.domain.trip_update import StopTimeEvent, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.timetable import Timetable

FEED = FeedId("bench")
LIMIT = 20
RENDER = BoardRenderer()


def main(options: Options) -> None:
    """Measure both cases; print and save the table."""
    timetable, now, name = _timetable()
    live = Live()
    built = seconds_of(lambda: live.install(ServingSchedule(timetable)))
    rows = [_boards(live, timetable, now, "schedule only")]
    updates = {update.key: update for update in _updates(timetable, now)}
    stops = sum(len(update.stop_updates) for update in updates.values())
    feed = live.state.snapshot.feed(FEED)
    resolved = seconds_of(lambda: _swap(live, updates))
    one = next(iter(updates))
    single = seconds_of(lambda: feed.with_updates({one: updates[one]}))
    rows.append(_boards(live, timetable, now, "every run with real time"))
    notes = (
        f"{name}: {len(timetable.stop_ids):,} stops, {len(timetable.trip_ids):,} trips, "
        f"{len(timetable.call_stop):,} stop times",
        f"schedule made ready to serve in {built * 1000:.0f} ms",
        f"{len(updates):,} trip updates ({stops:,} stop updates) matched and resolved in "
        f"{resolved * 1000:.0f} ms; one more in {single * 1000:.2f} ms",
    )
    Report("board", "A board of 20 departures, in process", rows, notes).show()


def _timetable() -> tuple[Timetable, datetime, str]:
    """The timetable, an instant at which it is busy, and its name for the notes."""
    real = real_feeds().get("Porto Alegre bus")
    if real is not None:
        now = datetime.fromisoformat("2019-05-13T08:00:00-03:00")
        return read_timetable(real, FEED, ImportReport(), ArchiveLimits()), now, "Porto Alegre"
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gtfs.zip"
        today = date.today()  # noqa: DTZ011  # any day the region runs
        orleans = next(operator for operator in region() if operator.id == "tao")
        archive.write_bytes(gtfs_zip(orleans, today))
        now = datetime(today.year, today.month, today.day, 7, tzinfo=UTC)
        return read_timetable(archive, FEED, ImportReport(), ArchiveLimits()), now, "demo, Orléans"


def _updates(timetable: Timetable, now: datetime) -> Iterator[TripUpdate]:
    """An update with a random delay at every stop, for each trip of the day."""
    random, today = Random(1), ServiceDate.of_instant(now, timetable.zone(0))
    for trip in range(len(timetable.trip_ids)):
        if not timetable.runs_on(trip, today):
            continue
        start = int(timetable.trip_start[trip])
        calls = timetable.calls_of(trip)
        stops = tuple(
            StopTimeUpdate(
                int(timetable.call_sequence[call]),
                timetable.stop_ids[int(timetable.call_stop[call])],
                StopTimeEvent(delay=random.randint(-60, 600)),
            )
            for call in range(calls.start, calls.stop)
        )
        yield TripUpdate(
            key=f"{FEED}:{trip}",
            source=0,
            seen_at=int(now.timestamp()),
            trip_id=timetable.trip_ids[trip],
            start_date=today,
            start_time=None if start < 0 else start,
            stop_updates=stops,
        )


def _swap(live: Live, updates: dict[str, TripUpdate]) -> None:
    snapshot = live.state.snapshot
    feed = snapshot.feed(FEED).with_updates(updates)
    live.state = replace(live.state, snapshot=snapshot.with_feed(feed))


def _boards(live: Live, timetable: Timetable, now: datetime, case: str) -> dict[str, Cell]:
    stops = [
        f"{FEED}:{timetable.stop_ids[stop]}"
        for stop in range(len(timetable.stop_ids))
        if len(timetable.calls_at(stop))
    ]
    cold = [_board(live, stop, now)[0] for stop in stops]
    later = now + timedelta(seconds=1)
    measured = [_board(live, stop, later) for stop in Random(2).choices(stops, k=5000)]
    warm = [wall for wall, _ in measured]
    cpu = [used for _, used in measured]
    return {
        "case": case,
        "boards": len(warm),
        "p50 ms": percentile(warm, 0.5) * 1000,
        "p95 ms": percentile(warm, 0.95) * 1000,
        "p99 ms": percentile(warm, 0.99) * 1000,
        "p95 CPU ms": percentile(cpu, 0.95) * 1000,
        "first time p95 ms": percentile(cold, 0.95) * 1000,
    }


def _board(live: Live, stop_id: str, now: datetime) -> tuple[float, float]:
    """Wall-clock and CPU seconds of one board; only the first include waits for other programs."""
    start, used = perf_counter(), thread_time()
    RENDER(live.state, get_board(live.state, stop_id, now=now, limit=LIMIT))
    return perf_counter() - start, thread_time() - used


if __name__ == "__main__":
    main(Options())
