"""The region's trains: 63 stations with their platforms, the lines K1 to K19."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from demo.network.data_files import read
from demo.network.draft import BUS, RAIL, Draft, slug
from demo.network.model import Line, Operator, Transfer

DWELL = 60
"""Seconds at each stop."""
LARGE = 4
"""Tracks from which a station is large, so that a change of trains takes `LARGE_TRANSFER`."""
LARGE_TRANSFER = 480
"""Seconds."""


def build(declared: Mapping[str, Any], seed: int) -> Operator:
    """The operator of the trains. `declared`: its row of `operators.toml`. It has the same size at
    every scale."""
    draft = Draft("sncf", seed)
    for station in read("rail")["stations"]:
        _station(draft, station)
    for row in read("rail")["lines"]:
        _line(draft, row)
    return draft.operator(declared)


def station_id(name: str) -> str:
    """The id of a station of `data/rail.toml`: its UIC code if known, else one from its name."""
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
        draft.transfers.append(Transfer(id_, id_, LARGE_TRANSFER))


def _line(draft: Draft, row: Mapping[str, Any]) -> None:
    """Add a line of `data/rail.toml` with its variants (`ways`). `out` and `back`: the departures
    of a variant by service. Without `back`, those of `out` apply `turn` minutes later."""
    road = row.get("road", False)
    line = draft.line(
        row["id"],
        row.get("short", row["id"]),
        row["name"],
        BUS if road else RAIL,
        row["color"],
        live=row.get("live", not road),
    )
    for number, variant in enumerate(row["ways"]):
        stops, minutes = _section(row, variant)
        turnaround = variant.get("turn", 0) * 60
        for direction, names in enumerate((stops, stops[::-1])):
            pattern = draft.pattern(
                line,
                direction,
                [_platform(draft, line, name, direction, road=road) for name in names],
                minutes * 60,
                dwell=DWELL,
                variant=str(number + 1) if number else "",
            )
            later = turnaround if direction and "back" not in variant else 0
            times = (
                variant.get("back", variant.get("out", {})) if direction else variant.get("out", {})
            )
            draft.schedule(pattern, times, later)
            draft.repeat(pattern, variant.get("headways", {}))


def _section(row: Mapping[str, Any], variant: Mapping[str, Any]) -> tuple[list[str], int]:
    """The stations of a variant of a line, and its duration in minutes. `row`: the line in
    `data/rail.toml`; it gives what the variant does not."""
    stops: list[str] = row["stops"]
    first = stops.index(variant.get("from", stops[0]))
    last = stops.index(variant.get("to", stops[-1]))
    minutes: int = variant.get("minutes", row["minutes"])
    return stops[first : last + 1], minutes


def _platform(draft: Draft, line: Line, name: str, direction: int, *, road: bool) -> str:
    """The id of the boarding place of a line in a station: a track that is always the same, or the
    forecourt if the line is a coach (`road`)."""
    station = station_id(name)
    if road:
        return draft.quay(station, "Car")
    tracks = sum(
        stop.parent == station and stop.platform_code.isdigit() for stop in draft.stops.values()
    )
    chosen = blake2b(f"{line.id}|{name}".encode(), digest_size=2).digest()
    return draft.quay(station, str((int.from_bytes(chosen) + direction) % tracks + 1))
