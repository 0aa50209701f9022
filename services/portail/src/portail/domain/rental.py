"""Bicycles and scooters to rent, from the public API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many of one type, in French words."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Station:
    """What is known of a station; None is unknown."""

    vehicles_available: int | None = None
    docks_available: int | None = None
    vehicle_types: tuple[TypeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class RentalPlace:
    """A station, or a free-floating vehicle. `available` is None if unknown."""

    id: str
    name: str
    kind: str = "station"
    distance: float | None = None
    available: bool | None = None
    station: Station | None = None


@dataclass(frozen=True, slots=True)
class RentalPage:
    """Those around a place, nearest first."""

    rental: tuple[RentalPlace, ...] = ()
