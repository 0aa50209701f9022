"""Park-and-ride car parks (P+R): where people leave their car and go on by public transport."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.gtfs.domain.ids import GlobalId

CAR_PARK_PREFIX: Final = "car_park:"
Rejection = Literal["cut", "no_id", "no_name", "no_place", "outside", "repeated"]
"""Why a line of a file is left out."""


@dataclass(frozen=True, slots=True)
class CarPark:
    """A park-and-ride car park. None: not known."""

    local_id: str
    """Its id in the file."""
    name: str
    lat: float
    """WGS 84 degrees; so is the longitude."""
    lon: float
    capacity: int | None = None
    """Places for cars of all types."""
    park_and_ride: int | None = None
    """Those at the price of the park-and-ride."""
    disabled: int | None = None
    """Those for people with reduced mobility."""
    free: bool | None = None
    """Whether it is free for all."""
    max_height: int | None = None
    """The greatest height of a car, in centimetres; None also if there is none."""
    info: str | None = None
    """As the operator writes it."""
    url: str | None = None

    @property
    def id(self) -> GlobalId:
        """The public id."""
        return GlobalId(f"{CAR_PARK_PREFIX}{self.local_id}")

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.lat, self.lon


class CarParks:
    """All car parks. Immutable."""

    def __init__(self, parks: Sequence[CarPark] = ()) -> None:
        """`parks`: each id once."""
        self._parks = tuple(parks)
        self._by_id = {park.id: park for park in parks}
        points = np.array([park.point for park in parks], np.float64).reshape(-1, 2)
        self._lat, self._lon = points[:, 0], points[:, 1]

    def __len__(self) -> int:
        return len(self._parks)

    def __iter__(self) -> Iterator[CarPark]:
        return iter(self._parks)

    def find(self, car_park: str) -> CarPark | None:
        """The car park of a public id."""
        return self._by_id.get(GlobalId(car_park))

    def near(self, point: tuple[float, float], radius: float) -> Iterator[tuple[CarPark, float]]:
        """The car parks within `radius` metres of a point, the nearest first, with the straight
        metres to each."""
        far = distances(*point, self._lat, self._lon)
        for row in np.argsort(far, kind="stable").tolist():
            if far[row] > radius:
                break
            yield self._parks[row], float(far[row])


NO_CAR_PARKS: Final = CarParks()
