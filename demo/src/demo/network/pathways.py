"""The ways inside stations: entrances, other places and pathways, as rows of GTFS tables.

https://gtfs.org/documentation/schedule/reference/#pathwaystxt
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.network.data_files import read
from demo.network.geography import moved
from demo.network.model import Operator, Stop

Row = Sequence[object]
COLUMNS = (
    *("pathway_id", "from_stop_id", "to_stop_id", "pathway_mode", "is_bidirectional"),
    *("length", "traversal_time", "stair_count", "signposted_as", "reversed_signposted_as"),
)
LEVEL_COLUMNS = ("level_id", "level_index", "level_name")
BOTH_WAYS = 1
"""The is_bidirectional of every pathway."""


class StationPathways:
    """The pathways of an operator's stations, in the order of `gtfs.py`'s columns."""

    def __init__(self, operator: Operator) -> None:
        self._stops = operator.stop_by_id
        self._stations: list[dict[str, Any]] = read("pathways").get(operator.id, [])

    def __bool__(self) -> bool:
        return bool(self._stations)

    def levels(self) -> Iterator[Row]:
        """The levels of all stations."""
        for station in self._stations:
            for index, name in station["levels"]:
                yield _level(station["station"], index), index, name

    def stops(self) -> Iterator[Row]:
        """The entrances and the places inside, with their levels."""
        for station in self._stations:
            parent = self._stops[station["station"]]
            for place in station["places"]:
                at = moved((parent.lat, parent.lon), north=place["north"], east=place["east"])
                id_ = place_id(parent.id, place["id"])
                level = _level(parent.id, place.get("level", 0))
                yield id_, "", place["name"], *at, place["type"], parent.id, "", 0, level

    def pathways(self) -> Iterator[Row]:
        """The pathways between places of the stations and their platforms."""
        for station in self._stations:
            parent = self._stops[station["station"]]
            places = {place["id"] for place in station["places"]}
            for number, row in enumerate(station["pathways"]):
                if all(end in places or self._has(parent, end) for end in (row["from"], row["to"])):
                    yield _pathway(parent, number, row)

    def _has(self, station: Stop, platform: str) -> bool:
        return place_id(station.id, platform) in self._stops


def place_id(station: str, place: str) -> str:
    """The stop_id of a place of a station, or of a platform by its code."""
    return f"{station}-{place}"


def _level(station: str, index: int) -> str:
    """The level_id of a level of a station."""
    return f"{station}-niveau-{index}"


def _pathway(station: Stop, number: int, row: Mapping[str, Any]) -> Row:
    return (
        f"{station.id}-chemin-{number + 1}",
        place_id(station.id, row["from"]),
        place_id(station.id, row["to"]),
        row["mode"],
        BOTH_WAYS,
        row.get("length", ""),
        row.get("seconds", ""),
        row.get("stairs", ""),
        row.get("sign", ""),
        row.get("back", ""),
    )
