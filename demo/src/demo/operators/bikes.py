"""The shared bikes and scooters of a town: at its stations and in its streets, over a day.

Stations near homes are empty during the day, when those in the centre are full. A free vehicle is
parked for an hour or two, then ridden for some minutes, and parked elsewhere under another id, as
the standard requires. https://github.com/MobilityData/gbfs
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from demo.days.dice import draw_integer, draw_share, seeded_random
from demo.network.model import Operator, Stop

HOUR = 3600
Form = Literal["bicycle", "scooter", "cargo_bicycle"]
"""GBFS form_factor."""
_PARKED = (50 * 60, 110 * 60)
"""Seconds from the parking of a free vehicle to the end of its next ride: least and most."""
_RIDE = 9 * 60
"""Seconds of a ride."""
_RESERVED = 180
"""Seconds before a ride for which a vehicle is reserved."""
_UPDATE = 300
"""Seconds between two measurements of a station or a vehicle."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the town, near a stop of the operator."""

    id: str
    name: str
    """Never that of a stop, which alerts are about."""
    lat: float
    lon: float
    capacity: int
    """Docks."""
    centre: bool
    """Whether it is in the centre, and full during the day; otherwise it is near homes."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The vehicles and docks of a station at one instant."""

    usable: int
    disabled: int
    docks: int
    """Free docks."""
    measured_at: int
    """POSIX seconds."""


@dataclass(frozen=True, slots=True)
class FreeVehicle:
    """A vehicle parked in a street."""

    id: str
    form: Form
    lat: float
    lon: float
    reserved: bool
    range_metres: int
    """Distance that its battery allows."""
    measured_at: int
    """POSIX seconds."""


class Fleet:
    """The stations and free vehicles of one operator's town.

    `stations`: number of stations, at most. `free`: number of free vehicles. `forms`: of the free
    vehicles, one after the other.
    """

    def __init__(
        self,
        operator: Operator,
        *,
        stations: int,
        free: int,
        forms: tuple[Form, ...],
        seed: int,
    ) -> None:
        self._seed, self._free, self._forms = seed, free, forms
        places = [stop for stop in operator.stops if stop.location_type == 1 or not stop.parent]
        rng = seeded_random(seed, operator.id, "stations")
        self._places = places
        chosen = rng.sample(places, min(stations, len(places)))
        self.stations = tuple(self._station(stop, nth) for nth, stop in enumerate(chosen))

    def _station(self, stop: Stop, nth: int) -> Station:
        rng = seeded_random(self._seed, stop.id, "station")
        return Station(
            id=f"{nth + 1:03d}",
            name=f"Vélos – {stop.name}",
            lat=round(stop.lat + rng.uniform(-4e-4, 4e-4), 6),
            lon=round(stop.lon + rng.uniform(-6e-4, 6e-4), 6),
            capacity=rng.choice((10, 12, 16, 20, 24)),
            centre=rng.random() < 0.4,
        )

    def stock(self, station: Station, now: int) -> Stock:
        """The vehicles and docks of a station at `now` (POSIX seconds)."""
        phase = draw_integer(self._seed, station.id) % _UPDATE
        at = now - (now - phase) % _UPDATE
        # 14:00 in Paris is about 13:00 UTC: the centre is fullest, the homes emptiest.
        wave = math.cos(2 * math.pi * (at % 86_400 - 13 * HOUR) / 86_400)
        filled = 0.5 + (0.35 if station.centre else -0.35) * wave
        filled += 0.3 * (draw_share(self._seed, station.id, at) - 0.5)
        there = min(max(round(filled * station.capacity), 0), station.capacity)
        disabled = min(there, draw_integer(self._seed, station.id, at // 86_400) % 3 // 2)
        return Stock(there - disabled, disabled, station.capacity - there, at)

    def vehicles(self, now: int) -> Iterator[FreeVehicle]:
        """The vehicles parked in the streets at `now` (POSIX seconds)."""
        for nth in range(self._free):
            stays = _PARKED[0] + draw_integer(self._seed, nth, "stays") % (_PARKED[1] - _PARKED[0])
            # The offset makes vehicles move at different instants.
            stay, since = divmod(now + nth * 617, stays)
            if since >= stays - _RIDE:
                continue  # on a ride: not available
            rng = seeded_random(self._seed, nth, stay)
            near = rng.choice(self._places)
            yield FreeVehicle(
                id=f"{draw_integer(self._seed, nth, stay):016x}",
                form=self._forms[nth % len(self._forms)],
                lat=round(near.lat + rng.uniform(-2e-3, 2e-3), 6),
                lon=round(near.lon + rng.uniform(-3e-3, 3e-3), 6),
                reserved=since >= stays - _RIDE - _RESERVED,
                range_metres=rng.randrange(4, 38) * 1000,
                measured_at=now - since % _UPDATE,
            )
