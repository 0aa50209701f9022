"""addresses.csv of the demo's town, beside its feeds.toml, in the columns of the Base adresse
nationale. The houses are invented, along the invented streets near its centre."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from demo.network.data_files import read
from demo.network.geography import Point, between, distance, moved
from demo.network.streets import TOWN, StreetPlan

_COLUMNS: Final = (
    "id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune",
    "code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position",
)  # fmt: skip
_RADIUS: Final = 2_000.0
"""Metres from the centre within which streets have houses."""
_SHARES: Final = (0.15, 0.4, 0.65, 0.9)
"""Where houses are along a block, odd and even numbers on alternate sides."""
_FROM_STREET: Final = 10.0
"""Metres."""


def write_addresses(plan: StreetPlan, folder: Path) -> Path:
    """Write addresses.csv into a folder, a line for each house. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "addresses.csv"
    town = next(row for row in read("towns")["towns"] if row["operator"] == TOWN)
    commune = next(row for row in read("communes")["communes"] if row["name"] == town["name"])
    numbers, keys = defaultdict[str, int](int), dict[str, str]()
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";", lineterminator="\n")
        rows.writerow(_COLUMNS)
        for street, (lat, lon) in _houses(plan, (town["at"][0], town["at"][1])):
            numbers[street] += 1
            key = keys.setdefault(street, f"{commune['code']}_{len(keys) + 1:04}")
            known = {
                "id": f"{key}_{numbers[street]:05}",
                "id_fantoir": key,
                "numero": numbers[street],
                "nom_voie": street,
                "code_postal": commune["postcodes"][0],
                "code_insee": commune["code"],
                "nom_commune": commune["name"],
                "lon": lon,
                "lat": lat,
                "type_position": "entrée",
            }
            rows.writerow([known.get(column, "") for column in _COLUMNS])
    return path


def _houses(plan: StreetPlan, centre: Point) -> Iterator[tuple[str, Point]]:
    """The street and the place of each house, in the order of their numbers."""
    for (one, other), tags in plan.ways:
        start, end = plan.nodes[one], plan.nodes[other]
        if "name" not in tags or "bridge" in tags or distance(centre, start) > _RADIUS:
            continue
        # Blocks go north or east: the sides are west and east of it, or north and south.
        northwards = abs(end[0] - start[0]) > abs(end[1] - start[1])
        for at, share in enumerate(_SHARES):
            side = _FROM_STREET if at % 2 else -_FROM_STREET
            place = between(start, end, share)
            yield tags["name"], moved(place, **{"east" if northwards else "north": side})
