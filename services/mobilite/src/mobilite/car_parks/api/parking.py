"""The JSON of a park-and-ride. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.car_parks.domain.car_park import CarPark


class ParkingJson(TypedDict):
    """The park-and-ride where the car stays, by the file of car parks; null: not known. Whether it
    is full is never known."""

    capacity: Annotated[int | None, Field(description="Places en tout")]
    park_and_ride: Annotated[int | None, Field(description="Places au tarif du parking relais")]
    disabled: Annotated[
        int | None, Field(description="Places pour personnes à mobilité réduite, en tout")
    ]
    free: Annotated[bool | None, Field(description="true : gratuit pour tous")]
    max_height: Annotated[
        int | None, Field(description="Hauteur maximale, en cm ; null : sans limite ou pas connue")
    ]
    info: Annotated[str | None, Field(description="Ce qu'écrit l'exploitant")]
    url: str | None


def parking_json(park: CarPark) -> ParkingJson:
    """A car park, but for its name and place."""
    return {
        "capacity": park.capacity,
        "park_and_ride": park.park_and_ride,
        "disabled": park.disabled,
        "free": park.free,
        "max_height": park.max_height,
        "info": park.info,
        "url": park.url,
    }
