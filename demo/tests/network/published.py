"""An independent reader of a feed: from its GTFS text, without code of the generator."""

import csv
import io
import re
import zipfile
from collections import defaultdict
from datetime import date
from functools import cache

from demo.network.gtfs import gtfs_zip
from demo.network.region import region

TODAY = date(2026, 11, 25)
Row = dict[str, str]


class Published:
    """One operator's GTFS, table by table."""

    def __init__(self, content: bytes) -> None:
        self.tables: dict[str, list[Row]] = {}
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in filter(re.compile(r".*\.txt").fullmatch, archive.namelist()):
                text = io.TextIOWrapper(archive.open(name), "utf-8", newline="")
                self.tables[name.removesuffix(".txt")] = list(csv.DictReader(text))
        self.trips = {row["trip_id"]: row for row in self.tables["trips"]}
        self.stops = {row["stop_id"]: row for row in self.tables["stops"]}
        self.calls: dict[str, list[Row]] = defaultdict(list)
        for row in self.tables["stop_times"]:
            self.calls[row["trip_id"]].append(row)

    def services(self, day: date) -> set[str]:
        """What runs that day, by calendar.txt and calendar_dates.txt."""
        written, weekday = f"{day:%Y%m%d}", f"{day:%A}".lower()
        found = {
            row["service_id"]
            for row in self.tables["calendar"]
            if row["start_date"] <= written <= row["end_date"] and row[weekday] == "1"
        }
        for row in self.tables["calendar_dates"]:
            if row["date"] == written:
                (found.add if row["exception_type"] == "1" else found.discard)(row["service_id"])
        return found

    def departures(self, station: str, day: date, route: str = "") -> list[tuple[str, str]]:
        """Times and headsigns at a station or stop, by the name it bears; last stops left out."""
        running = self.services(day)
        found = []
        for trip_id, calls in self.calls.items():
            trip = self.trips[trip_id]
            if trip["service_id"] in running and trip["route_id"].startswith(route):
                found += [
                    (call["departure_time"], trip["trip_headsign"])
                    for call in calls[:-1]
                    if call["stop_id"] and self.stops[call["stop_id"]]["stop_name"] == station
                ]
        return sorted(found)


@cache
def published(operator_id: str) -> Published:
    """An operator of the region at its default size."""
    operator = next(each for each in region() if each.id == operator_id)
    return Published(gtfs_zip(operator, TODAY))
