"""Runs of a timetable from its rows as text, the slow and obvious way (see `naive_board`)."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from naive_runs import HOUR, NaiveRun, Row, seconds


class NaiveTimetable:
    """What follows from `rows` of GTFS files; each reader finds them in its own way."""

    zone: ZoneInfo

    def rows(self, name: str) -> list[Row]:
        raise NotImplementedError

    def frequencies_of(self, trip_id: str) -> list[Row]:
        return [row for row in self.rows("frequencies") if row["trip_id"] == trip_id]

    def starts(self, trip_id: str) -> dict[int | None, bool]:
        """The starts of a frequency-based trip, and whether each is exact."""
        found: dict[int | None, bool] = {}
        for row in self.frequencies_of(trip_id):
            track_catch_up, end = seconds(row["start_time"]), seconds(row["end_time"])
            for start in range(track_catch_up, end, int(row["headway_secs"])):
                found.setdefault(start, row["exact_times"] == "1")
        return found

    def runs_on(self, service: str, day: date) -> bool:
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
            {**trip, "original": trip["trip_id"]},
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
