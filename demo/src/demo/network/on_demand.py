"""Vans on demand: what GTFS-Flex adds to the tables of an operator.

https://gtfs.org/documentation/schedule/reference/#locationsgeojson
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.network.data_files import read
from demo.network.draft import text_color_on
from demo.network.model import Operator

Row = Sequence[object]
BUS_ON_DEMAND = 715
"""The extended GTFS route type "demand and response bus service"."""
STOP_TIME_COLUMNS = (
    *("location_id", "location_group_id", "start_pickup_drop_off_window"),
    *("end_pickup_drop_off_window", "pickup_type", "drop_off_type", "pickup_booking_rule_id"),
    "drop_off_booking_rule_id",
)
"""The columns that vans add to stop_times.txt."""
BY_BOOKING, NEVER = 2, 1
"""Values of pickup_type and drop_off_type."""


class Vans:
    """The vans of an operator, as rows of GTFS tables in the order of `gtfs.py`'s columns."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._vans: list[dict[str, Any]] = read("on_demand").get(operator.id, [])

    def __bool__(self) -> bool:
        return bool(self._vans)

    def stops(self) -> Iterator[Row]:
        """Where they wait at stations."""
        for van in self._vans:
            stop = van["stop"]
            yield stop["id"], "", stop["name"], *stop["at"], 0, "", "", 0

    def routes(self) -> Iterator[Row]:
        """Their lines."""
        for van in self._vans:
            colors = van["color"], text_color_on(van["color"])
            agency = self._operator.agency.id
            yield van["id"], agency, van["short"], van["name"], BUS_ON_DEMAND, *colors

    def trips(self) -> Iterator[Row]:
        """A trip in each direction, then the factor and the seconds of its duration."""
        for van in self._vans:
            for direction, headsign in enumerate((van["stop"]["name"], van["zone"]["name"])):
                trip = van["id"], van["service"], _trip_id(van, direction), headsign, direction
                yield *trip, "", "", 1, 0, 1, van["detour"] * 60

    def booking_rules(self) -> Iterator[Row]:
        """Until when, and how, to book."""
        agency = self._operator.agency
        for van in self._vans:
            most = van["opens"] * 24 * 60
            rule = f"{van['id']}-reservation", 1, van["notice"], most, van["message"]
            yield *rule, agency.phone, agency.url + "reservation"

    def stop_time_lines(self) -> Iterator[str]:
        """Their lines of stop_times.txt: from anywhere in the zone to the stop, and back."""
        for van in self._vans:
            zone, group = f"{van['zone']['id']},", f",{van['group']}"
            rule = f"{van['id']}-reservation"
            for direction, ends in enumerate(((zone, group), (group, zone))):
                trip, window = (
                    _trip_id(van, direction),
                    ",".join(van["back" if direction else "out"]),
                )
                picked_up = f"{BY_BOOKING},{NEVER},{rule},"
                dropped_off = f"{NEVER},{BY_BOOKING},,{rule}"
                yield f"{trip},,,,1,{ends[0]},{window},{picked_up}\r\n"
                yield f"{trip},,,,2,{ends[1]},{window},{dropped_off}\r\n"

    def location_groups(self) -> Iterator[Row]:
        """A group for each stop."""
        return ((van["group"], van["stop"]["name"]) for van in self._vans)

    def location_group_stops(self) -> Iterator[Row]:
        """The stop of each group."""
        return ((van["group"], van["stop"]["id"]) for van in self._vans)

    def locations(self) -> str:
        """locations.geojson: the zones."""
        features = [
            {
                "type": "Feature",
                "id": van["zone"]["id"],
                "properties": {"stop_name": van["zone"]["name"]},
                "geometry": {"type": "Polygon", "coordinates": [_rectangle(van["bounds"])]},
            }
            for van in self._vans
        ]
        content = {"type": "FeatureCollection", "features": features}
        return json.dumps(content, ensure_ascii=False)


def _trip_id(van: Mapping[str, Any], direction: int) -> str:
    return f"{van['id']}-{'AR'[direction]}"


def _rectangle(bounds: Sequence[Sequence[float]]) -> list[list[float]]:
    """A closed ring of longitudes and latitudes, counter-clockwise (RFC 7946, 3.1.6)."""
    (south, west), (north, east) = bounds
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
