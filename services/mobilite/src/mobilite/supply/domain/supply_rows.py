"""The rows of answers about supply."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.domain.date_ranges import DateRange
from mobilite.supply.domain.day_spans import MeasuredAlong
from mobilite.supply.domain.day_types import DayType

Grouping = Literal["route", "network"]
Per = Literal["date", "day_type"]


@dataclass(frozen=True, slots=True)
class SupplyQuery:
    """Whose supply, and of which dates."""

    dates: DateRange
    feeds: tuple[FeedId, ...]
    """In order."""
    route_id: str | None
    """The local id of the only route; None: all."""
    by: Grouping
    per: Per


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """What a route or a network offers on a date, or on the most frequent day of a type. Times are
    seconds of the service day, headways seconds."""

    feed_id: FeedId
    route_id: str | None
    """Local; None for the network."""
    date: date
    """The service date; of a day type, the first date with exactly this offer."""
    day_type: DayType
    days: int
    """How many dates have exactly this offer."""
    days_of_type: int
    """How many dates of the type the timetables have in the period."""
    trips: int
    service_hours: float
    service_km: float | None
    """None: the length of a trip is unknown."""
    measured_along: MeasuredAlong | None
    first_departure: int | None
    last_departure: int | None
    last_arrival: int | None
    headways: int
    headway_mean_s: float | None
    headway_median_s: float | None
    headway_peak_s: float | None
    peak_vehicles: int
    stops: int
    routes: int


@dataclass(frozen=True, slots=True)
class StopRow:
    """The departures of a stop or station on the days of a type."""

    feed_id: FeedId
    stop_id: str
    """Local."""
    day_type: DayType
    days: int
    """The dates of the type in the period on which a service of the timetable runs."""
    departures: int
    """On all of them together."""
    first_departure: int
    """Seconds of the service day, on any of them."""
    last_departure: int


@dataclass(frozen=True, slots=True)
class MissingSupply:
    """A feed whose offer is not known."""

    feed_id: FeedId
    reason: str
    """In French."""
