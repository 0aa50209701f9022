"""The addresses of the demo's town, in the columns of the Base adresse nationale."""

import csv
from collections import defaultdict
from pathlib import Path

from demo.network.geography import Point, distance
from demo.network.streets import street_plan
from demo.operators.addresses_file import write_addresses


def test_every_house_is_along_a_street_of_its_name(tmp_path: Path) -> None:
    plan = street_plan()
    with write_addresses(plan, tmp_path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert 3_000 < len(rows) < 10_000
    assert len({row["id"] for row in rows}) == len(rows)
    corners = defaultdict[str, list[Point]](list)
    for nodes, tags in plan.ways:
        corners[tags.get("name", "")] += (plan.nodes[node] for node in nodes)
    for row in rows:
        place = float(row["lat"]), float(row["lon"])
        nearest = min(distance(place, corner) for corner in corners[row["nom_voie"]])
        assert nearest < 100, row["id"]
    assert {row["code_postal"] for row in rows} == {"41000"}
    assert any(row["numero"] == "30" for row in rows)
