"""What timetables offer, and how good the data of networks are, from the public API."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DayType = Literal["weekday", "saturday", "sunday"]


@dataclass(frozen=True, slots=True)
class Supply:
    """The offer of a network or a line on the usual day of a type."""

    feed: str
    day_type: DayType
    trips: int = 0
    route: str | None = None
    service_hours: float = 0.0
    service_km: float | None = None
    """None: unknown."""
    first_departure: str | None = None
    """HH:MM:SS of the service day; after 24:00:00, the next day."""
    last_departure: str | None = None
    headway_mean_s: float | None = None
    """In the daytime."""
    headway_peak_s: float | None = None
    stops: int = 0
    routes: int = 0


@dataclass(frozen=True, slots=True)
class MissingSupply:
    """A network whose offer is not known."""

    feed: str
    reason: str


@dataclass(frozen=True, slots=True)
class SupplyList:
    """The rows of an answer."""

    definition: str = ""
    rows: tuple[Supply, ...] = ()
    next: str | None = None
    """The cursor of the next page."""
    missing: tuple[MissingSupply, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedQuality:
    """The quality of the data of a network on some days. Shares are None if nothing was
    measured."""

    feed: str
    n: int = 0
    """Measurements."""
    coverage: float | None = None
    """The share of the days that was measured."""
    fresh_60s: float | None = None
    """Of the measured time, with real time of up to 60 seconds."""
    fresh_300s: float | None = None
    errors: float | None = None
    """Of the polls."""
    trips_with_real_time: float | None = None
    """Of the runs under way."""
    vehicles_with_trip: float | None = None
    days_left: int | None = None
    """Days until the end of the timetable."""
    date: datetime.date | None = None
    """None for several days."""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class FeedQualityList:
    """The rows of an answer."""

    definition: str = ""
    rows: tuple[FeedQuality, ...] = ()
    next: str | None = None
    """The cursor of the next page."""


def mean_quality(rows: Iterable[FeedQuality]) -> FeedQuality:
    """The quality of a network over several days, at least one: days weigh by their
    measurements. What lasts until the end of the timetable is that of the last day."""
    days = sorted(rows, key=lambda row: row.date or datetime.date.min)

    def mean(shares: Iterable[float | None]) -> float | None:
        known = [
            (share, row.n) for share, row in zip(shares, days, strict=True) if share is not None
        ]
        weight = sum(n for _, n in known)
        return sum(share * n for share, n in known) / weight if weight else None

    last = days[-1]
    return FeedQuality(
        last.feed,
        sum(row.n for row in days),
        sum(row.coverage or 0.0 for row in days) / len(days),
        mean(row.fresh_60s for row in days),
        mean(row.fresh_300s for row in days),
        mean(row.errors for row in days),
        mean(row.trips_with_real_time for row in days),
        mean(row.vehicles_with_trip for row in days),
        last.days_left,
        last.date if len(days) == 1 else None,
        all(row.complete for row in days),
    )
