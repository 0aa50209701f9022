"""What an alert touches, by GTFS text alone: every departure tried against every selector.

Slow and plain on purpose, sharing no code with the service: https://gtfs.org/documentation/realtime/
reference/#message-entityselector. Days are YYYYMMDD, a trip without frequencies runs when its
service has it.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

Row = dict[str, str]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TRAMS = {"0", *map(str, range(900, 907))}
BUSES = {"3", *map(str, range(700, 717))}
OF_TYPE = {
    "0": TRAMS,
    "900": TRAMS,
    "3": {*BUSES, *map(str, range(200, 210))},
    "700": BUSES,
}
"""The types that one covers, written out of Google's table of extended types."""


@dataclass(frozen=True)
class Passage:
    """One call of a trip on one day."""

    trip: Row
    route: Row
    day: str
    stop: str
    first_departure: str


class NaiveNetwork:
    """A city's text, read line by line."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.rows = {name: list(csv.DictReader(StringIO(text))) for name, text in files.items()}
        self.parents = {row["stop_id"]: row["parent_station"] for row in self.rows["stops.txt"]}
        self.routes = {row["route_id"]: row for row in self.rows["routes.txt"]}
        self.passages = list(self._passages())

    def _passages(self) -> Iterator[Passage]:
        services = {row["service_id"]: row for row in self.rows["calendar.txt"]}
        for trip in self.rows["trips.txt"]:
            calls = [c for c in self.rows["stop_times.txt"] if c["trip_id"] == trip["trip_id"]]
            calls.sort(key=lambda call: int(call["stop_sequence"]))
            for day in _days(services[trip["service_id"]]):
                for call in calls:
                    route = self.routes[trip["route_id"]]
                    yield Passage(trip, route, day, call["stop_id"], calls[0]["departure_time"])

    def above(self, stop: str) -> list[str]:
        """The stop and the stations over it."""
        found = []
        while stop:
            found.append(stop)
            stop = self.parents[stop]
        return found

    def below(self, stop: str) -> list[str]:
        """The stop and its platforms."""
        return [each for each in self.parents if stop in self.above(each)]

    def holds(self, selector: Mapping[str, Any], passage: Passage) -> bool:
        """Whether everything the selector gives is true of the passage."""
        trip = selector.get("trip", {})
        truths = {
            "agency_id": lambda content: passage.route["agency_id"] == content,
            "route_id": lambda content: passage.route["route_id"] == content,
            "route_type": lambda content: (
                passage.route["route_type"] in OF_TYPE.get(str(content), {str(content)})
            ),
            "direction_id": lambda content: passage.trip["direction_id"] == str(content),
            "stop_id": lambda content: content in self.above(passage.stop),
            "trip": lambda content: True,
        }
        in_trip = {
            "trip_id": lambda content: passage.trip["trip_id"] == content,
            "route_id": truths["route_id"],
            "direction_id": truths["direction_id"],
            "start_date": lambda content: passage.day == content,
            # The start of a trip that is not frequency-based adds nothing to its id.
            "start_time": lambda content: "trip_id" in trip or passage.first_departure == content,
        }
        return all(truths[name](content) for name, content in selector.items()) and all(
            in_trip[name](content) for name, content in trip.items()
        )

    def touches(self, alert: list[Mapping[str, Any]], passage: Passage) -> bool:
        """Whether one selector matches; an alert without any affects the whole network."""
        return not alert or any(self.holds(selector, passage) for selector in alert)

    def touches_route(self, alert: list[Mapping[str, Any]], route: str) -> bool:
        """Whether it touches a passage of the line, or names the line alone."""
        own = self.routes[route]
        lone = Passage({"trip_id": "", "direction_id": ""}, own, "", "", "")
        return self._one(alert, [p for p in self.passages if p.route is own]) or any(
            _of_lines_alone(selector) and self.holds(selector, lone) for selector in alert
        )

    def touches_stop(self, alert: list[Mapping[str, Any]], stop: str) -> bool:
        """Whether it touches a passage at the stop or its platforms by more than a trip, or names
        the stop, its station or a platform alone."""
        lasting = [each for each in alert if not _of_single_trips(each)]
        here = [p for p in self.passages if p.stop in self.below(stop)]
        near = {*self.above(stop), *self.below(stop)}
        return not alert or any(
            (set(each) == {"stop_id"} and each["stop_id"] in near)
            or any(self.holds(each, passage) for passage in here)
            for each in lasting
        )

    def _one(self, alert: list[Mapping[str, Any]], passages: list[Passage]) -> bool:
        return not alert or any(self.touches(alert, passage) for passage in passages)


def _of_lines_alone(selector: Mapping[str, Any]) -> bool:
    """Whether it names nothing smaller than a line; a trip descriptor may name the line too."""
    return not {"stop_id", "direction_id"} & set(selector) and set(selector.get("trip", ())) <= {
        "route_id"
    }


def _of_single_trips(selector: Mapping[str, Any]) -> bool:
    return bool({"trip_id", "start_date", "start_time"} & set(selector.get("trip", {})))


def _days(service: Row) -> Iterator[str]:
    first, last = (date.fromisoformat(service[name]) for name in ("start_date", "end_date"))
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        if service[WEEKDAYS[day.weekday()]] == "1":
            yield f"{day:%Y%m%d}"
