"""Observing passages: the CPU of one observation, the memory of the runs, the size of a day.

The 2,000 longest runs of a day of Orléans under way, whose updates have all changed since the
observation before; then the file of a day of the demo region in which every call was observed.
"""

import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.measuring.options import Options
from bench.measuring.report import Cell, Report
from demo.network.gtfs import gtfs_zip
from demo.network.model import Operator
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.live.flows import ServingSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report as ImportReport
from mobilite.passages.domain.merge_passages import merge_passages
from mobilite.passages.domain.observe_feed import FeedObserver
from mobilite.passages.domain.passage_table import SCHEMA, planned_table
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.trip_update import StopTimeEvent, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.domain.fleet import Fleet

DAY: Final = date(2026, 3, 3)
RUNS: Final = 2000


def main(options: Options) -> None:
    """Measure both; print and save the table."""
    rows: list[dict[str, Cell]] = [_observing()]
    rows += [_day_of(scale) for scale in options.scales]
    Report("passages", "Passages: observing, and the file of a day", rows, ()).show()


def _observing() -> dict[str, Cell]:
    schedule = _schedule(next(each for each in region(4) if each.id == "tao"))
    trips = _longest_trips(schedule)
    feed, now = FeedSnapshot(FeedId("tao"), schedule), schedule.day_start(DAY.toordinal()) + 43_200
    observer, cpu_times = FeedObserver(schedule), list[float]()
    tracemalloc.start()
    for step in range(6):
        updates = dict(_updates(schedule, trips, step, now + 10 * step))
        feed = feed.with_updates(updates)
        for run in feed.runs.values():
            run.resolution.get()
        since = process_time()
        observer.observe(feed, Fleet(), now + 10 * step)
        cpu_times.append(process_time() - since)
        if not step:
            memory = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
    calls = sum(len(run.trip) for run in feed.runs.values())
    return {
        "case": f"{len(feed.runs):,} runs, {calls:,} calls",
        "CPU ms": round(1000 * sorted(cpu_times[1:])[len(cpu_times) // 2 - 1]),
        "MB": round(memory / 1e6),
    }


def _longest_trips(schedule: FeedSchedule) -> list[int]:
    """The longest trips of the day."""
    timetable = schedule.timetable
    running = schedule.services_on(DAY.toordinal())[timetable.trip_service]
    lengths = np.where(running, np.diff(timetable.trip_first), 0)
    return [int(trip) for trip in np.argsort(-lengths, kind="stable")[:RUNS]]


def _updates(
    schedule: FeedSchedule, trips: list[int], delay: int, now: int
) -> Iterator[tuple[str, TripUpdate]]:
    """Every run an hour into the past and the future: its second half is a second later."""
    timetable, day = schedule.timetable, ServiceDate(DAY)
    for trip in trips:
        calls = timetable.calls_of(trip)
        middle = (calls.stop - calls.start) // 2
        stops = tuple(
            StopTimeUpdate(
                int(timetable.call_sequence[calls.start + position]),
                None,
                *(StopTimeEvent(time=now + 60 * (position - middle) + delay),) * 2,
            )
            for position in range(calls.stop - calls.start)
        )
        key = f"tao:{trip}"
        yield (
            key,
            TripUpdate(
                key=key,
                source=0,
                seen_at=now,
                trip_id=timetable.trip_ids[trip],
                start_date=day,
                stop_updates=stops,
            ),
        )


def _day_of(scale: int) -> dict[str, Cell]:
    rows = size = 0
    cpu_time = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.parquet"
        for operator in region(scale):
            schedule = _schedule(operator)
            observed = _observed(planned_table(schedule, DAY.toordinal()))
            since = process_time()
            merged = merge_passages(planned_table(schedule, DAY.toordinal()), observed)
            pq.write_table(merged, path, compression="zstd")
            cpu_time += process_time() - since
            rows, size = rows + len(merged), size + path.stat().st_size
    return {
        "case": f"a day of scale {scale}, one source: {rows:,} rows",
        "CPU ms": round(1000 * cpu_time),
        "MB": round(size / 1e6, 1),
    }


def _observed(planned: pa.Table) -> pa.Table:
    """Every planned call, observed at random."""
    random, count = np.random.default_rng(1), len(planned)
    departures = planned["scheduled_departure"].cast(pa.int64()).to_numpy()
    departures = departures + random.normal(60, 60, count).astype(np.int64)
    columns: dict[str, Any] = {
        "observed_arrival": departures - 5,
        "observed_departure": departures,
    }
    for index, name in enumerate(each for each in SCHEMA.names if each.startswith("forecast_")):
        columns[name] = departures + random.normal(0, 10 * index + 10, count).astype(np.int64)
    for name, values in columns.items():
        place = SCHEMA.get_field_index(name)
        column = pa.array(values).cast(SCHEMA.field(place).type)
        planned = planned.set_column(place, SCHEMA.field(place), column)
    for name, text in (("state", "observed"), ("source", "predictions")):
        place = SCHEMA.get_field_index(name)
        column = pa.array([text] * count, pa.string()).cast(SCHEMA.field(place).type)
        planned = planned.set_column(place, SCHEMA.field(place), column)
    return planned


def _schedule(operator: Operator) -> FeedSchedule:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gtfs.zip"
        archive.write_bytes(gtfs_zip(operator, DAY))
        timetable = read_timetable(archive, FeedId(operator.id), ImportReport(), ArchiveLimits())
    return ServingSchedule(timetable).schedule
