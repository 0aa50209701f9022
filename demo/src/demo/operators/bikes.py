"""The shared bikes and scooters of a town: at its stations and in its streets, over a day.

A station follows the day (homes empty in the morning, the centre fills), a free vehicle stands for
an hour or two, is ridden for some minutes and stands elsewhere, under another id, as the standard
asks. https://github.com/MobilityData/gbfs
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from demo.days.dice import dice, number, share
from demo.network.model import Operator, Stop

HOUR = 3600
Form = Literal["bicycle", "scooter", "cargo_bicycle"]
_STANDS = (50 * 60, 110 * 60)
"""Seconds a free vehicle stays at one place."""
_RIDES = 9 * 60
_LOOK = 300
"""Seconds between two looks of the system at a station."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the town: its place is that of a stop near by."""

    id: str
    name: str
    lat: float
    lon: float
    capacity: int
    centre: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """The vehicles and docks of a station; `measured_at` in POSIX seconds."""

    usable: int
    disabled: int
    docks: int
    measured_at: int


@dataclass(frozen=True, slots=True)
class FreeVehicle:
    """A vehicle in the street."""

    id: str
    form: Form
    lat: float
    lon: float
    reserved: bool
    range_metres: int
    measured_at: int


class Fleet:
    """The vehicles of one operator's town, `stations` and `free` of them."""

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
        rng = dice(seed, operator.id, "stations")
        self._places = places
        chosen = rng.sample(places, min(stations, len(places)))
        self.stations = tuple(self._station(stop, nth) for nth, stop in enumerate(chosen))

    def _station(self, stop: Stop, nth: int) -> Station:
        rng = dice(self._seed, stop.id, "station")
        return Station(
            id=f"{nth + 1:03d}",
            name=stop.name,
            lat=round(stop.lat + rng.uniform(-4e-4, 4e-4), 6),
            lon=round(stop.lon + rng.uniform(-6e-4, 6e-4), 6),
            capacity=rng.choice((10, 12, 16, 20, 24)),
            centre=rng.random() < 0.4,
        )

    def stock(self, station: Station, now: int) -> Stock:
        """The vehicles and docks of a station at `now` (POSIX seconds)."""
        phase = number(self._seed, station.id) % _LOOK
        at = now - (now - phase) % _LOOK
        # 14:00 in Paris is about 13:00 UTC: the centre is fullest, the homes emptiest.
        wave = math.cos(2 * math.pi * (at % 86_400 - 13 * HOUR) / 86_400)
        filled = 0.5 + (0.35 if station.centre else -0.35) * wave
        filled += 0.3 * (share(self._seed, station.id, at) - 0.5)
        there = min(max(round(filled * station.capacity), 0), station.capacity)
        disabled = min(there, number(self._seed, station.id, at // 86_400) % 3 // 2)
        return Stock(there - disabled, disabled, station.capacity - there, at)

    def vehicles(self, now: int) -> Iterator[FreeVehicle]:
        """The vehicles standing in the streets at `now`."""
        for nth in range(self._free):
            stays = _STANDS[0] + number(self._seed, nth, "stays") % (_STANDS[1] - _STANDS[0])
            stay, since = divmod(now + nth * 617, stays)
            if since >= stays - _RIDES:
                continue  # on a ride: not available
            rng = dice(self._seed, nth, stay)
            near = rng.choice(self._places)
            yield FreeVehicle(
                id=f"{number(self._seed, nth, stay):016x}",
                form=self._forms[nth % len(self._forms)],
                lat=round(near.lat + rng.uniform(-2e-3, 2e-3), 6),
                lon=round(near.lon + rng.uniform(-3e-3, 3e-3), 6),
                reserved=since >= stays - _RIDES - 180,
                range_metres=rng.randrange(4, 38) * 1000,
                measured_at=now - since % _LOOK,
            )
