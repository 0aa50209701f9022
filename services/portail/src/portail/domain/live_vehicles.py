"""The vehicles in service, from the public API."""

from dataclasses import dataclass
from datetime import datetime

from portail.domain.alerts import Named
from portail.domain.stops import Route


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle where it was last seen. Fields are those of `GET /vehicles`."""

    id: str
    feed: str
    lat: float
    lon: float
    measured_at: datetime
    label: str | None = None
    """Text for people, such as a number."""
    route: Route | None = None
    headsign: str | None = None
    delay: int | None = None
    """Seconds predicted at its stop; None without a prediction."""
    status: str = ""
    """incoming_at, stopped_at or in_transit_to: with respect to its stop."""
    stop: Named | None = None
    trip_id: str | None = None
    start_date: str | None = None
    start_time: str | None = None
    occupancy: str | None = None
    stale: bool = False
    """Whether it is surely elsewhere by now."""


@dataclass(frozen=True, slots=True)
class VehicleList:
    """Vehicles at one instant."""

    generated_at: datetime
    vehicles: tuple[Vehicle, ...] = ()
    next: str | None = None
    """The cursor of the next page; None on the last one."""
