"""The streets of one town: an invented grid on both banks of a river, written as `.osm.pbf`.

The town and its centre are real (`data/towns.toml`), the streets are not. They have what a
reader of OpenStreetMap must treat with care: two bridges alone cross the river, some streets are
steps, some are private, some are for bicycles. Streets for everybody have names.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import osmium

from demo.network.data_files import read
from demo.network.geography import Point, moved

TOWN: Final = "azalys"
"""The operator of the town, Blois."""
BLOCK: Final = 150.0
"""Metres between two parallel streets."""
MARGIN: Final = 300.0
"""Metres of streets beyond the last stops."""
RIVER: Final = 700.0
"""Metres from the centre to the river, which flows past it in the south-east."""
BRIDGES: Final = (0.0, 2_400.0)
"""Metres along the river, from the point nearest to the centre."""
_SHARES: Final = (
    (0.04, {"highway": "footway"}),
    (0.06, {"highway": "steps", "wheelchair": "no"}),
    (0.08, {"highway": "service", "access": "private"}),
    (0.09, {"highway": "cycleway"}),
)
"""Up to that share of the blocks is of that type; the others are streets."""
_NAMED: Final = frozenset({"residential", "tertiary", "secondary"})
_TYPES: Final = ("Rue", "Allée", "Chemin")

Tags = dict[str, str]
Line = tuple[str, int]
"""The streets of the grid that continue each other: « north » or « east » of the centre, and by how
many blocks."""
Corner = tuple[int, int]
"""Blocks east and north of the centre."""


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """Streets as OpenStreetMap has them."""

    nodes: dict[int, Point]
    """By their ids."""
    ways: tuple[tuple[tuple[int, int], Tags], ...]
    """The nodes and tags of each; the place in the tuple is the id, less one."""


def street_plan(seed: int = 1) -> StreetPlan:
    """The streets of the town; the same seed gives the same streets."""
    town = next(row for row in read("towns")["towns"] if row["operator"] == TOWN)
    centre, radius = (town["at"][0], town["at"][1]), town["radius"] + MARGIN
    reach = int(radius / BLOCK)
    corners = [
        (east, north)
        for east in range(-reach, reach + 1)
        for north in range(-reach, reach + 1)
        if math.hypot(east, north) * BLOCK <= radius
    ]
    number = {corner: index for index, corner in enumerate(corners, start=1)}
    rng = Random(f"{seed}:streets")  # noqa: S311 – a simulation, not a secret
    nodes = {index: _place(centre, corner, rng) for corner, index in number.items()}
    bridges = _bridges(corners)
    names = _line_names(reach, seed)
    ways = []
    for one, other in _blocks(corners):
        tags = {"highway": "secondary", "bridge": "yes"}
        if (one, other) not in bridges:
            if _crosses(one, other):
                continue
            tags = _tags(one, other, rng)
        if tags["highway"] in _NAMED:
            tags = {**tags, "name": names[_line(one, other)]}
        ways.append(((number[one], number[other]), tags))
    return StreetPlan(nodes, tuple(ways))


def write_streets(plan: StreetPlan, path: Path) -> Path:
    """Write the extract. Returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    try:
        for number, (lat, lon) in plan.nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat)))
        for number, (refs, tags) in enumerate(plan.ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))
    finally:
        writer.close()
    return path


def _place(centre: Point, corner: Corner, rng: Random) -> Point:
    """A corner, up to a tenth of a block from its place in the grid."""
    east, north = ((blocks + rng.uniform(-0.1, 0.1)) * BLOCK for blocks in corner)
    return moved(centre, east=east, north=north)


def _blocks(corners: list[Corner]) -> Iterator[tuple[Corner, Corner]]:
    """Each two neighbours."""
    known = set(corners)
    for east, north in corners:
        for other in ((east + 1, north), (east, north + 1)):
            if other in known:
                yield (east, north), other


def _line(one: Corner, other: Corner) -> Line:
    east, north = one
    return ("north", north) if other[1] == north else ("east", east)


def _line_names(reach: int, seed: int) -> dict[Line, str]:
    """The invented name of every line: those near the centre are of streets, the others of lanes
    and paths."""
    lines = [(side, at) for at in range(-reach, reach + 1) for side in ("north", "east")]
    proper: list[str] = read("names")["stops"]["names"]
    rng = Random(f"{seed}:names")  # noqa: S311 – a simulation, not a secret
    names = [f"{type_} {name}" for type_ in _TYPES for name in rng.sample(proper, len(proper))]
    return dict(zip(sorted(lines, key=lambda line: abs(line[1])), names, strict=False))


def _tags(one: Corner, other: Corner, rng: Random) -> Tags:
    if _line(one, other)[1] % 5 == 0:
        return {"highway": "tertiary", "sidewalk": "both"}
    drawn = rng.random()
    return next((tags for share, tags in _SHARES if drawn < share), {"highway": "residential"})


def _across(corner: Corner) -> float:
    """Metres from the river, negative on the bank of the centre."""
    return (corner[0] - corner[1]) * BLOCK / math.sqrt(2) - RIVER


def _crosses(one: Corner, other: Corner) -> bool:
    return (_across(one) < 0) != (_across(other) < 0)


def _bridges(corners: list[Corner]) -> set[tuple[Corner, Corner]]:
    """The block that crosses the river nearest to each bridge."""
    crossing = [pair for pair in _blocks(corners) if _crosses(*pair)]
    return {
        min(crossing, key=lambda pair: abs(sum(pair[0]) * BLOCK / math.sqrt(2) - along))
        for along in BRIDGES
    }
