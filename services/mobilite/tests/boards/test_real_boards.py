"""A week of boards of the real feeds against the same files read line by line.

Times a feed leaves out are held between those given before and after on the same trip.
"""

import csv
import io
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mobilite.boards.flows.show_departures import get_board
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live, ServingSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report

WEEK = 7 * 86_400
Call = tuple[str, str, int, int, int]
"""A departure of the files: trip, service, sequence, and the earliest and latest time it can be."""


class Files:
    """A feed's tables as dictionaries of texts."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.tables = {name: list(rows(archive, name)) for name in archive.namelist()}
        self.zone = ZoneInfo(self.tables["agency.txt"][0]["agency_timezone"])
        self.calls = self._calls()
        self.running = {
            service: {day for day in days(row) if row[f"{day:%A}".lower()] == "1"}
            for row in self.tables["calendar.txt"]
            for service in [row["service_id"]]
        }
        for row in self.tables.get("calendar_dates.txt", []):
            day = datetime.strptime(row["date"], "%Y%m%d").date()
            which = self.running.setdefault(row["service_id"], set())
            (which.add if row["exception_type"] == "1" else which.discard)(day)

    def _calls(self) -> dict[str, list[Call]]:
        """The calls at each stop, but the last ones of trips and those without boarding."""
        services = {row["trip_id"]: row["service_id"] for row in self.tables["trips.txt"]}
        trips = defaultdict(list)
        for row in self.tables["stop_times.txt"]:
            trips[row["trip_id"]].append(row)
        found = defaultdict(list)
        for trip, calls in trips.items():
            calls.sort(key=lambda row: int(row["stop_sequence"]))
            given = [seconds(row["departure_time"] or row["arrival_time"]) for row in calls]
            for place, row in enumerate(calls[:-1]):
                if row.get("pickup_type") != "1":
                    low = next(t for t in reversed(given[: place + 1]) if t is not None)
                    high = next(t for t in given[place:] if t is not None)
                    sequence = int(row["stop_sequence"])
                    found[row["stop_id"]].append((trip, services[trip], sequence, low, high))
        return found

    def week(self, stop: str, first: date) -> Iterator[tuple[tuple[str, str, int], int, int]]:
        """Each departure of the days around a week: trip, day, sequence; earliest, latest."""
        for ahead in range(-2, 9):
            day = first + timedelta(days=ahead)
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
            zero = int(noon.timestamp()) - 43_200
            for trip, service, sequence, low, high in self.calls.get(stop, []):
                if day in self.running.get(service, ()):
                    yield (trip, f"{day:%Y%m%d}", sequence), zero + low, zero + high


def rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with archive.open(name) as raw:
        reader = csv.reader(io.TextIOWrapper(raw, "utf-8-sig"))
        header = [cell.strip() for cell in next(reader)]
        for row in reader:
            yield dict(zip(header, (cell.strip() for cell in row), strict=False))


def days(row: dict[str, str]) -> Iterator[date]:
    day, last = (datetime.strptime(row[f"{e}_date"], "%Y%m%d").date() for e in ("start", "end"))
    while day <= last:
        yield day
        day += timedelta(days=1)


def seconds(text: str) -> int | None:
    if not text:
        return None
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + rest


def result(live: Live, stop: str, at: datetime) -> Iterator[tuple[tuple[str, str, int], int]]:
    """Every departure on the pages of a board."""
    cursor, before = None, 0
    while True:
        page: Any = get_board(live.state, f"f:{stop}", now=at, at=at, limit=100, cursor=cursor)
        for line in page.departures:
            assert line.scheduled >= before
            before = line.scheduled
            day = f"{date.fromordinal(line.day):%Y%m%d}"
            sequence = line.trip.sequence(line.position)
            yield (line.trip.trip_id, day, sequence), line.scheduled
        cursor = page.next
        if cursor is None:
            return


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("poa_eptc.zip", date(2019, 4, 17)),
        ("poa_trensurb.zip", date(2019, 12, 27)),
        ("raba.zip", date(2025, 3, 7)),
        ("raba.zip", date(2025, 6, 8)),
    ],
    ids=["bus, a holiday", "train, its last days", "Redding, clocks change", "Redding"],
)
def test_a_week_of_boards_is_what_the_files_report(
    real_feeds: Path, name: str, first: date
) -> None:
    files, live = Files(real_feeds / name), Live()
    timetable = read_timetable(real_feeds / name, FeedId("f"), Report(), ArchiveLimits())
    schedule = ServingSchedule(timetable)
    live.install(schedule)
    dice = random.Random(name)
    stops = sorted({row["stop_id"] for row in files.tables["stops.txt"]})
    seen = 0
    for stop in dice.sample(stops, 12):
        at = datetime(first.year, first.month, first.day, dice.randrange(24), tzinfo=files.zone)
        start = int(at.timestamp())
        pages = list(result(live, stop, at))
        lines = dict(pages)
        assert len(lines) == len(pages)
        expected = {key: (low, high) for key, low, high in files.week(stop, first)}
        sure = {
            key for key, (low, high) in expected.items() if start <= low and high < start + WEEK
        }
        assert sure <= lines.keys() <= expected.keys()
        for key, time in lines.items():
            assert expected[key][0] <= time <= expected[key][1], key
        seen += len(lines)
    assert seen > 100
