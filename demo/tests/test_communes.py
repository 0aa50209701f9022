"""The communes of the demo region, as the search of places reads them."""

import csv
from pathlib import Path

from demo.operators.communes_file import write_communes


def test_every_commune_has_postcodes_of_its_department_and_a_place(tmp_path: Path) -> None:
    with write_communes(tmp_path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) > 25
    for row in rows:
        assert len(row["code_postal"]) == len(row["code_commune_insee"]) == 5
        assert row["code_postal"][:2] == row["code_commune_insee"][:2]
        lat, lon = map(float, row["_geopoint"].split(","))
        assert 46 < lat < 49
        assert 0 < lon < 3.2
    assert len({(row["code_commune_insee"], row["code_postal"]) for row in rows}) == len(rows)
