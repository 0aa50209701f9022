"""Alerts, from the public API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

OBSTACLE: Final = "ACCESSIBILITY_ISSUE"
"""The effect of an alert about a lift out of order (GTFS-Realtime)."""


@dataclass(frozen=True, slots=True)
class Named:
    """A route, stop, trip or agency that an alert affects."""

    id: str
    """Its public id: `<feed>:<GTFS id>`."""
    name: str | None = None

    @property
    def called(self) -> str:
        """Its name; without one, its id without the feed."""
        return self.name or self.id.partition(":")[2] or self.id


@dataclass(frozen=True, slots=True)
class Informed:
    """One selector of an alert (GTFS-Realtime EntitySelector); None: any."""

    route: Named | None = None
    stop: Named | None = None
    trip: Named | None = None
    agency: Named | None = None
    route_type: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A period from `start` to `end`; None is an open end."""

    start: datetime | None = None
    end: datetime | None = None


def disrupts(severity: str, effect: str) -> bool:
    """Whether an alert is a disruption rather than mere information.

    `severity`, `effect`: of GTFS-Realtime. Without a severity it is one, unless its effect is
    NO_EFFECT.
    """
    if severity.upper() in ("WARNING", "SEVERE"):
        return True
    return severity.upper() != "INFO" and effect.upper() != "NO_EFFECT"


@dataclass(frozen=True, slots=True)
class AlertSummary:
    """An alert on a board."""

    id: str
    header: str = ""
    effect: str = ""
    severity: str = ""
    active: bool = True
    language: str | None = None
    period: Period = Period()

    @property
    def disrupts(self) -> bool:
        """Whether it is a disruption rather than mere information."""
        return disrupts(self.severity, self.effect)


@dataclass(frozen=True, slots=True)
class Image:
    """The picture of an alert, on its operator's server."""

    url: str
    language: str | None = None
    """Of the texts in it; None: none or unknown."""
    alternative_text: str | None = None
    alternative_text_language: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert in the list of disruptions. Fields are those of `GET /alerts`."""

    id: str
    feed: str = ""
    header: str | None = None
    language: str | None = None
    """Of the header."""
    description: str | None = None
    description_language: str | None = None
    effect: str = ""
    severity: str = ""
    cause_text: str | None = None
    cause_language: str | None = None
    effect_text: str | None = None
    effect_language: str | None = None
    active: bool = True
    """Whether it is in force now."""
    period: Period = Period()
    """The current one, else the next."""
    active_periods: tuple[Period, ...] = ()
    informed: tuple[Informed, ...] = ()
    ambiguous: bool = False
    note: str | None = None
    note_language: str | None = None
    url: str | None = None
    image: Image | None = None
    updated_at: datetime | None = None
    """When its operator last published its alerts."""
    attribution: str | None = None
    """Whom to credit."""

    @property
    def disrupts(self) -> bool:
        """Whether it is a disruption rather than mere information."""
        return disrupts(self.severity, self.effect)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of alerts."""

    alerts: tuple[Alert, ...] = ()
    next: str | None = None
    """The cursor of the next page; None on the last one."""
