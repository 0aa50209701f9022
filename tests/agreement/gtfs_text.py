"""A feed's GTFS read as text, and its runs around a day: nothing of the service is used."""

import csv
import re
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

from naive_runs import NaiveRun, Row
from naive_timetable import NaiveTimetable


class GtfsText(NaiveTimetable):
    """The rows of a feed, and its runs from the day before `first` to `days` after it."""

    def __init__(self, archive: bytes, first: date, *, days: int) -> None:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            self._files = {
                name.removesuffix(".txt"): list(
                    csv.DictReader(StringIO(opened.read(name).decode("utf-8-sig")))
                )
                for name in opened.namelist()
            }
        self.zone = ZoneInfo(self.rows("agency")[0]["agency_timezone"])
        self.parents = {row["stop_id"]: row["parent_station"] for row in self.rows("stops")}
        lines = sorted(self.rows("routes"), key=_as_people_count)
        self.ranks = {row["route_id"]: rank for rank, row in enumerate(lines)}
        self._calls: dict[str, list[Row]] = defaultdict(list)
        on_demand = set()
        for row in self.rows("stop_times"):
            self._calls[row["trip_id"]].append(row)
            if row.get("start_pickup_drop_off_window"):
                on_demand.add(row["trip_id"])
        # No board has a trip that comes when it is booked.
        trips = {row["trip_id"]: row for row in self.rows("trips")}
        self.trips = {each: row for each, row in trips.items() if each not in on_demand}
        self._repeated: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("frequencies"):
            self._repeated[row["trip_id"]].append(row)
        self.runs: dict[str, list[NaiveRun]] = defaultdict(list)
        for ahead in range(-1, days + 1):
            self._plan(first + timedelta(days=ahead))

    def rows(self, name: str) -> list[Row]:
        return self._files.get(name, [])

    def calls_of(self, trip_id: str) -> list[Row]:
        return sorted(self._calls[trip_id], key=lambda row: int(row["stop_sequence"]))

    @property
    def stops(self) -> list[str]:
        """Every stop and station."""
        return [row["stop_id"] for row in self.rows("stops") if int(row["location_type"] or 0) < 2]

    def _plan(self, day: date) -> None:
        services = {row["service_id"] for row in self.rows("trips")}
        running = {service for service in services if self.runs_on(service, day)}
        for place, (trip_id, trip) in enumerate(self.trips.items()):
            if trip["service_id"] in running:
                calls = self.calls_of(trip_id)
                starts = sorted(self.starts(trip_id).items()) or [(None, True)]
                for nth, (start, exact) in enumerate(starts):
                    run = self.run(trip, calls, day, start, exact, (place, nth))
                    self.runs[trip_id].append(run)

    def frequencies_of(self, trip_id: str) -> list[Row]:
        return self._repeated[trip_id]


def _as_people_count(route: Row) -> tuple[object, ...]:
    """Lines by name, numbers as numbers: 2 before 10."""
    name = route["route_short_name"] or route["route_long_name"]
    parts = re.findall(r"\d+|\D+", name.casefold())
    # A name that begins with a number goes before one that begins with a letter.
    keys = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
    return (keys, route["route_id"])
