"""The trams of Orléans and Tours, and the buses that replace them during works."""

from collections.abc import Mapping
from typing import Any

from demo.network.data_files import read
from demo.network.draft import BUS, TRAM, Draft, slug
from demo.network.geography import Point, moved, spread
from demo.network.model import Line, Transfer

DWELL = 20
"""Seconds at each stop."""
STEP = 10
"""Seconds: arrivals are multiples of it."""
TO_REPLACEMENT_BUS = 240
"""Seconds of the walk from a tram's platform to the stop of the replacement bus."""


def add_trams(draft: Draft) -> None:
    """Add the trams of an operator, if it has any."""
    for row in read("trams")["lines"]:
        if row["operator"] == draft.id:
            line = draft.line(row["id"], row["id"], row["name"], TRAM, row["color"])
            places = spread([_point(stop.get("at")) for stop in row["stops"]])
            stations_and_places = [
                (station(draft, stop["name"], place), place)
                for stop, place in zip(row["stops"], places, strict=True)
            ]
            _tram(draft, line, row, [id_ for id_, _ in stations_and_places])
            if "substitute" in row:
                _substitute(draft, row["substitute"], row["color"], stations_and_places)


def station(draft: Draft, name: str, at: Point) -> str:
    """The id of the station of that name, which is added if it is new: lines that cross share
    it."""
    id_ = slug(name)
    if id_ not in draft.stops:
        draft.station(
            id_, name, at, (), code=f"{len(draft.lines)}{len(draft.stops):03d}", wheelchair=1
        )
    return id_


def _tram(draft: Draft, line: Line, row: Mapping[str, Any], stations: list[str]) -> None:
    for direction, ids in enumerate((stations, stations[::-1])):
        quays = [draft.quay(id_, f"{line.id}{direction + 1}") for id_ in ids]
        pattern = draft.pattern(
            line, direction, quays, row["minutes"] * 60, dwell=DWELL, step=STEP, bend=0.03
        )
        draft.schedule(pattern, row["times"], later=direction * 180)


def _substitute(
    draft: Draft, row: Mapping[str, Any], color: str, stations_and_places: list[tuple[str, Point]]
) -> None:
    """Add the bus that can replace the tram. Its stops are in the next street, a walk from the
    platforms."""
    line = draft.line(row["id"], row["short_name"], row["name"], BUS, color, substitute=True)
    stops = []
    for id_, place in stations_and_places:
        stop = f"{id_}-bus-{line.id[-1].lower()}"
        draft.stop(stop, f"{draft.stops[id_].name} (bus de remplacement)", moved(place, east=110.0))
        draft.transfers.append(Transfer(id_, stop, TO_REPLACEMENT_BUS))
        stops.append(stop)
    for direction, ids in enumerate((stops, stops[::-1])):
        pattern = draft.pattern(line, direction, ids, row["minutes"] * 60, step=30, bend=0.05)
        draft.schedule(pattern, {row["service"]: row["times"]}, later=direction * 180)


def _point(at: list[float] | None) -> Point | None:
    return (at[0], at[1]) if at else None
