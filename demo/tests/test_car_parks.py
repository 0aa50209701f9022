"""The park-and-ride of the demo, in the columns of the national file of car parks."""

import csv
from pathlib import Path

from demo.network.data_files import read
from demo.network.geography import distance
from demo.operators.car_parks_file import write_car_parks


def test_it_is_near_its_station(tmp_path: Path) -> None:
    with write_car_parks(tmp_path).open(encoding="utf-8", newline="") as file:
        (park,) = csv.DictReader(file, delimiter=";")
    assert (park["nom"], park["insee"], park["gratuit"]) == ("P+R Gare de Mer", "41136", "1")
    stations = {each["name"]: (each["lat"], each["lon"]) for each in read("rail")["stations"]}
    assert 50 < distance(stations["Mer"], (float(park["Ylat"]), float(park["Xlong"]))) < 300
