"""Journeys by routers that share no code with ours: cafein (Rust) and nigiri (C++).

All read the same GTFS files: the published ones, with the times of `stop_times.txt` as our reader
fills them in, as each program interpolates in a way of its own. nigiri calculates in minutes; its
files have whole minutes.
"""

import csv
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pynigiri
from bench.journeys.peers import named_ways, stop_names

from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import Footpaths
from mobilite.journeys.domain.live_run import LiveRun
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.timetable.domain.timetable import Timetable

MOST_RIDES = 8
NIGIRI_CHANGE = 120
"""Seconds that its changes take at least."""


class Result(NamedTuple):
    """A journey, as far as routers can be compared. Times are POSIX seconds."""

    departure: int
    arrival: int
    rides: int


class Router(Protocol):
    """Another program on the same network."""

    def journeys(self, origin: int, destination: int, minutes: int) -> set[Result]:
        """The best journeys that leave at `at`, or in that many minutes after it."""
        ...


class Cafein:
    """Boards at the origin stop, changes on our ways, walks from the last ride."""

    def __init__(self, files: Sequence[Path], network: JourneyNetwork, at: datetime) -> None:
        # It takes seconds to import.
        import cafein

        paths = [str(path) for path in files]
        self._router = cafein.TransportNetwork.from_gtfs(
            paths, trip_distances=False, leg_geometries=False
        )
        self._names = stop_names(network)
        self._at = at.replace(tzinfo=None)
        midnight = at.replace(hour=0, minute=0, second=0)
        self._origin = int(midnight.timestamp())

    def use(self, ways: Footpaths) -> None:
        """Change on these ways from now on."""
        self._router.set_transfers(named_ways(self._names, ways))

    def journeys(self, origin: int, destination: int, minutes: int) -> set[Result]:
        found = self._router.route_between_stops(
            self._names[origin],
            self._names[destination],
            self._at,
            max_rides=MOST_RIDES,
            departure_time_window=minutes or None,
            geometries=False,
        )
        return {
            Result(
                self._origin + journey["departure_s"],
                self._origin + journey["arrival_s"],
                sum(leg["type"] == "transit" for leg in journey["legs"]),
            )
            for journey in found
        }


class Nigiri:
    """Changes on our ways where they end in the same feed, in minutes."""

    def __init__(self, files: Sequence[Path], network: JourneyNetwork, at: datetime) -> None:
        sources = [
            pynigiri.TimetableSource(str(number), str(path)) for number, path in enumerate(files)
        ]
        days = [str((at + timedelta(days=ahead)).date()) for ahead in (-1, 2)]
        options = pynigiri.FinalizeOptions()
        # Else it makes ways longer whose ends are far.
        options.adjust_footpaths = False
        self._timetable = pynigiri.load_timetable(sources, *days, options)
        self._stops = [
            self._timetable.find_location(stop, pynigiri.SourceIdx(feed))
            for feed, timetable in enumerate(network.feeds)
            for stop in timetable.stop_ids
        ]
        self._at = at

    def journeys(self, origin: int, destination: int, minutes: int) -> set[Result]:
        first = int(self._at.timestamp()) // 60
        found: dict[tuple[int, int], int] = {}
        # The binding accepts no interval: a window is a search for each of its minutes.
        for minute in range(first, first + max(minutes, 1)):
            for journey in pynigiri.route(
                self._timetable, self._query(origin, destination, minute)
            ):
                found[60 * journey.dest_time, journey.transfers + 1] = 60 * minute
        return {Result(departure, *end) for end, departure in found.items()}

    def _query(self, origin: int, destination: int, minute: int) -> Any:
        query = pynigiri.Query()
        query.start_time = minute
        query.start = [pynigiri.Offset(self._stops[origin], 0, 0)]
        query.destination = [pynigiri.Offset(self._stops[destination], 0, 0)]
        query.start_match_mode = query.dest_match_mode = pynigiri.LocationMatchMode.EXACT
        query.max_transfers = MOST_RIDES - 1
        query.max_travel_time = 24 * 60
        return query


def demo_files(folder: Path, at: datetime, *operators: str) -> list[Path]:
    """The demo's GTFS of the day: of all operators, or of these."""
    files = []
    for operator in region():
        if operators and operator.id not in operators:
            continue
        path = folder / f"{operator.id}.zip"
        path.write_bytes(gtfs_zip(operator, at.date()))
        files.append(path)
    return files


def with_every_time(files: Sequence[Path], folder: Path, unit: int) -> list[Path]:
    """The files with every time written, down to a multiple of `unit` seconds."""
    folder.mkdir()
    result = []
    for path in files:
        times = {"stop_times.txt": _stop_times(timetable_of(path), unit)}
        result.append(_rewritten(path, folder / path.name, times))
    return result


def with_one_day(files: Sequence[Path], folder: Path, at: datetime) -> list[Path]:
    """The files with the services of one date."""
    folder.mkdir()
    day = ServiceDate(at.date())
    result = []
    for path in files:
        timetable = timetable_of(path)
        ids = [timetable.service_ids[row] for row in np.flatnonzero(timetable.services_on(day))]
        dates = [(each, f"{at:%Y%m%d}", 1) for each in dict.fromkeys(ids)]
        head = "service_id", "date", "exception_type"
        tables = {"calendar.txt": iter(()), "calendar_dates.txt": iter((head, *dates))}
        result.append(_rewritten(path, folder / path.name, tables))
    return result


def with_delays(
    files: Sequence[Path], folder: Path, day: DayNetwork, delayed: Sequence[LiveRun]
) -> list[Path]:
    """The files with the predicted times of runs of that day as their times."""
    folder.mkdir()
    result, network = [], day.network
    for feed, (path, timetable) in enumerate(zip(files, network.feeds, strict=True)):
        arrival, departure = timetable.call_arrival.copy(), timetable.call_departure.copy()
        for run in delayed:
            if run.feed == feed:
                calls = timetable.calls_of(run.trip - int(network.trip_first[feed]))
                arrival[calls] = run.arrivals - day.origin
                departure[calls] = run.departures - day.origin
        live = replace(timetable, call_arrival=arrival, call_departure=departure)
        tables = {"stop_times.txt": _stop_times(live, 1)}
        result.append(_rewritten(path, folder / path.name, tables))
    return result


def with_transfers(
    files: Sequence[Path], folder: Path, network: JourneyNetwork, ways: Footpaths
) -> list[Path]:
    """The files with these ways as `transfers.txt`, and stops far from each other: nigiri links
    near stops of one name, of one station and of several feeds without being asked."""
    folder.mkdir()
    result = []
    for path, first, timetable in zip(
        files, network.stop_first.tolist(), network.feeds, strict=False
    ):
        tables = {
            "stops.txt": _far_stops(timetable, first),
            "transfers.txt": _transfers(timetable, first, ways),
        }
        result.append(_rewritten(path, folder / path.name, tables))
    return result


def timetable_of(path: Path) -> Timetable:
    """A GTFS file as our reader packs it."""
    return read_timetable(path, FeedId(path.stem), Report(), ArchiveLimits())


Rows = Iterator[Sequence[object]]
"""The rows of a table, its header first."""


def _rewritten(path: Path, target: Path, tables: Mapping[str, Rows]) -> Path:
    """The archive with some tables replaced or added; an empty one is left out."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        others = [name for name in source.namelist() if name not in tables]
        for name in others:
            content = source.read(name)
            if name.endswith(".txt"):
                content = _csv(_without_blanks(content.decode("utf-8-sig"))).encode()
            archive.writestr(name, content)
        for name, rows in tables.items():
            if text := _csv(rows):
                archive.writestr(name, text)
    return target


def _csv(rows: Rows) -> str:
    written = StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _without_blanks(text: str) -> Rows:
    """The rows of a table; some headers have blanks, and nigiri reads no such column."""
    rows = csv.reader(StringIO(text), skipinitialspace=True)
    yield [name.strip() for name in next(rows)]
    yield from rows


def _stop_times(timetable: Timetable, unit: int) -> Rows:
    yield (
        "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type",
        "drop_off_type",
    )  # fmt: skip
    # A trip of frequencies.txt is a row for each of its runs here, and one there.
    _, first = np.unique([*timetable.trip_ids], return_index=True)
    once = np.isin(timetable.call_trip, first)
    columns = (
        timetable.call_trip,
        timetable.call_arrival // unit * unit,
        timetable.call_departure // unit * unit,
        timetable.call_stop,
        timetable.call_sequence,
        timetable.call_pickup,
        timetable.call_drop_off,
    )
    rows = zip(*(column[once].tolist() for column in columns), strict=True)
    for trip, arrival, departure, stop, *others in rows:
        times = _clock(arrival), _clock(departure)
        yield timetable.trip_ids[trip], *times, timetable.stop_ids[stop], *others


def _far_stops(timetable: Timetable, first: int) -> Rows:
    yield "stop_id", "stop_name", "stop_lat", "stop_lon"
    for row, stop in enumerate(timetable.stop_ids, first):
        yield stop, stop, -60 + row // 300, -170 + row % 300


def _transfers(timetable: Timetable, first: int, ways: Footpaths) -> Rows:
    yield "from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"
    for row, stop in enumerate(timetable.stop_ids):
        for way in range(int(ways.first[first + row]), int(ways.first[first + row + 1])):
            target = timetable.stop_ids[int(ways.target[way]) - first]
            yield stop, target, 2, int(ways.seconds[way])


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
