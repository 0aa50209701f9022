"""The region's trains: 63 stations with their platforms, the lines K1 to K19."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from demo.network.data_files import read
from demo.network.draft import BUS, RAIL, Draft, slug
from demo.network.model import Line, Operator, Transfer

DWELL = 60
LARGE = 4
"""Tracks from which a station counts as large: changing trains there takes longer."""


def build(declared: Mapping[str, Any], seed: int) -> Operator:
    """The railway. It does not grow: the facts say how large it is."""
    draft = Draft("sncf", seed)
    for station in read("rail")["stations"]:
        _station(draft, station)
    for row in read("rail")["lines"]:
        _line(draft, row)
    return draft.operator(declared)


def station_id(name: str) -> str:
    """A station's id: its UIC code where it is known."""
    uic = {row["name"]: row["uic"] for row in read("rail")["stations"]}[name]
    return str(uic) if uic else f"gare-{slug(name)}"


def _station(draft: Draft, row: Mapping[str, Any]) -> None:
    id_ = station_id(row["name"])
    draft.station(
        id_,
        row["name"],
        (row["lat"], row["lon"]),
        [str(track + 1) for track in range(row["tracks"])],
        code=row["uic"],
        wheelchair=row["wheelchair"],
    )
    if row["tracks"] >= LARGE:
        draft.transfers.append(Transfer(id_, id_, 480))


def _line(draft: Draft, row: Mapping[str, Any]) -> None:
    road = row.get("road", False)
    line = draft.line(
        row["id"],
        row.get("short", row["id"]),
        row["name"],
        BUS if road else RAIL,
        row["color"],
        live=row.get("live", not road),
    )
    for number, way in enumerate(row["ways"]):
        stops, minutes = _stretch(row, way)
        turnaround = way.get("turn", 0) * 60
        for direction, names in enumerate((stops, stops[::-1])):
            pattern = draft.pattern(
                line,
                direction,
                [_platform(draft, line, name, direction, road=road) for name in names],
                minutes * 60,
                dwell=DWELL,
                way=str(number + 1) if number else "",
            )
            later = turnaround if direction and "back" not in way else 0
            times = way.get("back", way.get("out", {})) if direction else way.get("out", {})
            draft.schedule(pattern, times, later)
            draft.repeat(pattern, way.get("headways", {}))


def _stretch(row: Mapping[str, Any], way: Mapping[str, Any]) -> tuple[list[str], int]:
    """The stations of a way, and its minutes: its own, or those of the whole line."""
    stops: list[str] = row["stops"]
    first = stops.index(way.get("from", stops[0]))
    last = stops.index(way.get("to", stops[-1]))
    minutes: int = way.get("minutes", row["minutes"])
    return stops[first : last + 1], minutes


def _platform(draft: Draft, line: Line, name: str, direction: int, *, road: bool) -> str:
    """Where a line calls in a station, always the same: its track, or the forecourt for coaches."""
    station = station_id(name)
    if road:
        return draft.quay(station, "Car")
    tracks = sum(
        stop.parent == station and stop.platform_code.isdigit() for stop in draft.stops.values()
    )
    chosen = blake2b(f"{line.id}|{name}".encode(), digest_size=2).digest()
    return draft.quay(station, str((int.from_bytes(chosen) + direction) % tracks + 1))
