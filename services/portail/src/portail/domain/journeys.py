"""Journeys, from the public API. Times are aware, in the time zone of their stops."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portail.domain.alerts import AlertSummary
from portail.domain.arrangements import Booking, Parking, Rental
from portail.domain.stops import Route

ENDS: Mapping[str, str] = {"start": "from", "end": "to"}
"""The names of the members `from` and `to` here, as `from` is a keyword of Python."""


@dataclass(frozen=True, slots=True)
class JourneyWishes:
    """What a traveller accepts."""

    vehicle: str | None = None
    """A mode to use besides public transport: bicycle, shared_scooter, car; None: none."""
    bicycle_aboard: bool = False
    """Only in vehicles that are known to take bicycles."""
    walk_speed: float | None = None
    """Kilometres an hour; None: that of the API."""
    max_walk: int | None = None
    """Metres of each way on foot; None: those of the API."""
    wheelchair: bool = False
    """Only what is not known to exclude wheelchairs, and ways without steps."""


@dataclass(frozen=True, slots=True)
class JourneyPlace:
    """Where a leg starts, ends or passes: a stop, or a point without a name."""

    id: str | None = None
    name: str | None = None
    platform: str | None = None
    state: str | None = None
    """Of the call, at a stop that is passed."""
    departure: datetime | None = None
    """From a stop that is passed."""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class LegShape:
    """Where a leg goes: a GeoJSON LineString."""

    coordinates: tuple[tuple[float, ...], ...] = ()
    """Longitude and latitude."""


@dataclass(frozen=True, slots=True)
class StationStep:
    """A part of a way inside a station."""

    text: str
    """« ascenseur », in the language of the request."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The change that leads to a ride."""

    slack: int
    """Seconds left; negative if it is missed as things are."""
    tight: bool = False
    probability: float | None = None
    """That it is caught; None if it is unknown."""
    observations: int = 0
    """The calls that the probability is from."""
    missed_arrival: datetime | None = None
    """The arrival of people who miss it; None if it is unknown."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A ride, or a way on foot, by bicycle, by scooter or by car. Fields are those of
    `GET /journeys`."""

    __pydantic_config__: ClassVar[Mapping[str, Callable[[str], str]]] = {
        "alias_generator": lambda name: ENDS.get(name, name)
    }

    mode: str
    start: JourneyPlace
    end: JourneyPlace
    departure: datetime
    arrival: datetime
    scheduled_departure: datetime
    duration: int
    """Seconds."""
    distance: int | None = None
    """Metres of a way."""
    route: Route | None = None
    headsign: str | None = None
    trip_id: str | None = None
    start_date: str | None = None
    """The service day of the run, YYYYMMDD."""
    start_time: str | None = None
    """HH:MM:SS of a run of a frequency."""
    state: str | None = None
    occupancy: str | None = None
    wheelchair: str | None = None
    """Of the vehicle: yes, no or unknown; None on foot."""
    stops: tuple[JourneyPlace, ...] = ()
    """Those between both ends, also those left out."""
    alerts: tuple[str, ...] = ()
    """Ids of the alerts that affect it."""
    on_streets: bool | None = None
    """Whether a way follows the streets; None for a ride with a timetable."""
    stay_seated: bool | None = None
    """Whether people stay aboard from the leg before; None on foot."""
    booking: Booking | None = None
    """None: nothing to book."""
    rental: Rental | None = None
    parking: Parking | None = None
    """Where the car stays; None without one."""
    steps: tuple[StationStep, ...] = ()
    """The way inside stations, where it is known."""
    connection: Connection | None = None
    """None for the first ride, on foot, and once aboard."""
    geometry: LegShape | None = None

    @property
    def cycled(self) -> bool:
        """Whether it is a way by bicycle, own or rented, or by scooter."""
        return self.mode in ("bicycle", "shared_bicycle", "shared_scooter")

    @property
    def is_live(self) -> bool:
        """Whether real time covers a call of the ride."""
        states = (self.state, *(each.state for each in self.stops))
        return any(each in ("predicted", "added") for each in states)

    @property
    def delay(self) -> int | None:
        """Seconds late at the departure; None without a prediction."""
        if self.state not in ("predicted", "added"):
            return None
        return int((self.departure - self.scheduled_departure).total_seconds())


@dataclass(frozen=True, slots=True)
class Emissions:
    """What a journey emits for one person. None: unknown."""

    co2e_g: int | None = None
    """Grams of CO2 equivalent."""
    nox_mg: int | None = None
    pm10_mg: int | None = None


@dataclass(frozen=True, slots=True)
class Fare:
    """What a journey costs one person."""

    amount: float
    currency: str
    """ISO 4217."""
    products: tuple[str, ...] = ()
    note: str = ""
    """For whom and on which conditions, in the language of the request."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One way from the origin to the destination."""

    id: str
    departure: datetime
    arrival: datetime
    transfers: int
    walk: int
    """Metres."""
    legs: tuple[Leg, ...]
    wheelchair: str = "unknown"
    """yes, no or unknown."""
    wheelchair_without_alerts: str = "unknown"
    """The same without the obstacles that alerts report."""
    emissions: Emissions = Emissions()
    fare: Fare | None = None
    """None: unknown."""
    reasons: tuple[str, ...] = ()
    """What it is the best in on its page, as the API names it: earliest_arrival, least_co2e."""


@dataclass(frozen=True, slots=True)
class Walking:
    """How ways on foot are found."""

    distance: str = ""
    """`streets`, or how straight distances are converted."""


@dataclass(frozen=True, slots=True)
class EmissionsMethod:
    """How emissions are calculated."""

    method: str
    """In the language of the request."""
    factors: str
    """The address of the emissions per kilometre."""


@dataclass(frozen=True, slots=True)
class OnDemandService:
    """The next ride on demand of a place without a stop."""

    route: Route
    departure: datetime
    """The first one that can still be booked."""
    booking: Booking
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class JourneyPage:
    """A page of journeys."""

    journeys: tuple[Journey, ...] = ()
    message: str | None = None
    """Why there is none, in the language of the request."""
    on_demand: OnDemandService | None = None
    """Without a journey: None if there is none in the next days."""
    alerts: tuple[AlertSummary, ...] = ()
    walking: Walking = Walking()
    emissions: EmissionsMethod | None = None
    next: str | None = None
    """The cursor of later journeys."""
    previous: str | None = None
    """The cursor of earlier journeys."""
