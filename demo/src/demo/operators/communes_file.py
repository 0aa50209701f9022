"""communes.csv of the demo region, beside its feeds.toml, in the columns of La Poste's file."""

import csv
from pathlib import Path

from demo.network.data_files import read


def write_communes(folder: Path) -> Path:
    """Write communes.csv into a folder, a line for each postcode. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "communes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(("code_commune_insee", "nom_de_la_commune", "code_postal", "_geopoint"))
        for commune in read("communes")["communes"]:
            place = ",".join(map(str, commune["at"]))
            for postcode in commune["postcodes"]:
                rows.writerow((commune["code"], commune["name"], postcode, place))
    return path
