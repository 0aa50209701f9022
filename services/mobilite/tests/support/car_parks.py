"""The valley with car parks: one at its station, one on the way to the town."""

from typing import Final

from valley import Valley

from mobilite.car_parks.domain.car_park import CarPark, CarParks

FARM: Final = "47.6400,1.2600"
"""Seven kilometres from the station of the valley; no stop is near."""
STATION: Final = CarPark(
    "41001-P-001",
    "P+R Gare de Val",
    47.6012,
    1.2012,
    capacity=120,
    park_and_ride=80,
    disabled=4,
    free=True,
    info="Ouvert jour et nuit",
    url="https://val.example/parking",
)
HALFWAY: Final = CarPark("41001-P-002", "Mi-chemin", 47.7505, 1.5505, park_and_ride=20, free=False)
BY_CAR: Final = {"from": FARM, "modes": "transit,car"}
"""From the farm, by car to a car park; then by any vehicle."""


def with_car_parks(*parks: CarPark, valley: Valley | None = None) -> Valley:
    """The valley with these car parks; without any, that at its station."""
    found = valley or Valley()
    found.networks.park_at(CarParks(parks or (STATION,)))
    return found
