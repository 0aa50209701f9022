"""Bicycles and scooters to rent, from the public API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeCount:
    """The number of available vehicles of one type."""

    words: str
    """The type, in French."""
    count: int


@dataclass(frozen=True, slots=True)
class Station:
    """The availability at a station; None if unknown."""

    vehicles_available: int | None = None
    docks_available: int | None = None
    vehicle_types: tuple[TypeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class RentalPlace:
    """A rental station, or a free-floating vehicle."""

    id: str
    name: str
    kind: str = "station"
    lat: float | None = None
    lon: float | None = None
    distance: float | None = None
    """Metres."""
    available: bool | None = None
    """Whether a vehicle can be rented now; None if unknown."""
    station: Station | None = None
    """None for a free-floating vehicle."""


@dataclass(frozen=True, slots=True)
class RentalPage:
    """The rental places around a point, nearest first."""

    rental: tuple[RentalPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class RentalSystem:
    """A system of bicycles or scooters to rent."""

    feed: str
    name: str = ""
    state: str = "fresh"
    """fresh, stale or none."""
    message: str = ""
    """Its state in a sentence, in French."""


@dataclass(frozen=True, slots=True)
class RentalSystemList:
    """The rental systems."""

    systems: tuple[RentalSystem, ...] = ()
