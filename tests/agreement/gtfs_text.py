"""A feed's GTFS read as text, and its runs around a day: nothing of the service is used."""

import csv
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

from naive_runs import NaiveRun, Row, seconds

HOUR = 3600


class GtfsText:
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
        self.trips = {row["trip_id"]: row for row in self.rows("trips")}
        self._calls: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("stop_times"):
            self._calls[row["trip_id"]].append(row)
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
        running = {service for service in services if self._runs_on(service, day)}
        for place, (trip_id, trip) in enumerate(self.trips.items()):
            if trip["service_id"] in running:
                calls = self.calls_of(trip_id)
                starts = sorted(self._starts(trip_id).items()) or [(None, True)]
                for nth, (start, exact) in enumerate(starts):
                    run = self.run(trip, calls, day, start, exact, (place, nth))
                    self.runs[trip_id].append(run)

    def _starts(self, trip_id: str) -> dict[int | None, bool]:
        found: dict[int | None, bool] = {}
        for row in self._repeated[trip_id]:
            begin, end = seconds(row["start_time"]), seconds(row["end_time"])
            for start in range(begin, end, int(row["headway_secs"])):
                found.setdefault(start, row["exact_times"] == "1")
        return found

    def _runs_on(self, service: str, day: date) -> bool:
        text = f"{day:%Y%m%d}"
        for row in self.rows("calendar_dates"):
            if (row["service_id"], row["date"]) == (service, text):
                return row["exception_type"] == "1"
        weekday = f"{day:%A}".lower()
        return any(
            row["service_id"] == service
            and row["start_date"] <= text <= row["end_date"]
            and row[weekday] == "1"
            for row in self.rows("calendar")
        )

    def run(
        self,
        trip: Row,
        calls: Sequence[Row],
        day: date,
        start: int | None,
        exact: bool,
        order: tuple[int, int],
    ) -> NaiveRun:
        """One run of a trip, its calls in POSIX seconds."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).timestamp()
        zero = int(noon) - 12 * HOUR
        if start is not None:
            zero += start - seconds(calls[0]["departure_time"])
        return NaiveRun(
            {"original": trip["trip_id"], **trip},
            day,
            start,
            order,
            stops=[row["stop_id"] for row in calls],
            sequences=[int(row["stop_sequence"]) for row in calls],
            arrivals=[zero + seconds(row["arrival_time"]) for row in calls],
            departures=[zero + seconds(row["departure_time"]) for row in calls],
            pickups=[int(row.get("pickup_type") or 0) for row in calls],
            exact=exact,
        )


def _as_people_count(route: Row) -> tuple[object, ...]:
    """Lines by name, numbers as numbers: 2 before 10."""
    name = route["route_short_name"] or route["route_long_name"]
    parts = re.findall(r"\d+|\D+", name.casefold())
    # A name that begins with a number goes before one that begins with a letter.
    keys = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
    return (keys, route["route_id"])
