"""car_parks.csv of the demo region, beside its feeds.toml, in the columns of the Base nationale des
lieux de stationnement."""

import csv
from pathlib import Path
from typing import Final

from demo.network.data_files import read

_COLUMNS: Final = (
    "id", "nom", "insee", "adresse", "url", "type_usagers", "gratuit", "nb_places", "nb_pr",
    "nb_pmr", "nb_voitures_electriques", "nb_velo", "nb_2r_el", "nb_autopartage", "nb_2_rm",
    "nb_covoit", "hauteur_max", "num_siret", "Xlong", "Ylat", "tarif_pmr", "tarif_1h", "tarif_2h",
    "tarif_3h", "tarif_4h", "tarif_24h", "abo_resident", "abo_non_resident", "type_ouvrage", "info",
)  # fmt: skip


def write_car_parks(folder: Path) -> Path:
    """Write car_parks.csv into a folder. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "car_parks.csv"
    communes = {commune["name"]: commune for commune in read("communes")["communes"]}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, _COLUMNS, restval="", delimiter=";", lineterminator="\n")
        rows.writeheader()
        for park in read("car_parks")["car_parks"]:
            commune = communes[park["commune"]]
            rows.writerow(
                {
                    "id": park["id"],
                    "nom": park["name"],
                    "insee": commune["code"],
                    "adresse": f"{park['address']}, {commune['postcodes'][0]}, {commune['name']}",
                    "type_usagers": "tous",
                    "gratuit": int(park["free"]),
                    "nb_places": park["spaces"],
                    "nb_pr": park["park_and_ride"],
                    "nb_pmr": park["disabled"],
                    "hauteur_max": "N/A",
                    "Xlong": park["at"][1],
                    "Ylat": park["at"][0],
                    "type_ouvrage": "enclos_en_surface",
                    "info": park["info"],
                }
            )
    return path
