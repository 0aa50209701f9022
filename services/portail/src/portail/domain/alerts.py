"""Alerts, from the public API."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Named:
    """Something an alert is about: a public id and what people call it."""

    id: str
    name: str | None = None

    @property
    def called(self) -> str:
        """Its name, or what is left of its id."""
        return self.name or self.id.partition(":")[2] or self.id


@dataclass(frozen=True, slots=True)
class Informed:
    """One of the things an alert is about; what it does not name is None."""

    route: Named | None = None
    stop: Named | None = None
    trip: Named | None = None
    agency: Named | None = None
    route_type: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`; None where it is open."""

    start: datetime | None = None
    end: datetime | None = None


def disrupts(severity: str, effect: str) -> bool:
    """Whether an alert is more than information: one without severity is, unless declared to
    have no effect."""
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
        """Whether it is more than information."""
        return disrupts(self.severity, self.effect)


@dataclass(frozen=True, slots=True)
class Alert:
    """One disruption. `cause_text` and `effect_text` are French; `language` is the header's."""

    id: str
    feed: str = ""
    header: str | None = None
    language: str | None = None
    description: str | None = None
    description_language: str | None = None
    effect: str = ""
    severity: str = ""
    cause_text: str | None = None
    effect_text: str | None = None
    active: bool = True
    active_periods: tuple[Period, ...] = ()
    informed: tuple[Informed, ...] = ()
    ambiguous: bool = False
    note: str | None = None
    url: str | None = None
    updated_at: datetime | None = None

    @property
    def disrupts(self) -> bool:
        """Whether it is more than information."""
        return disrupts(self.severity, self.effect)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of disruptions; `next` is the cursor of the next one, `message` why there is none."""

    alerts: tuple[Alert, ...] = ()
    next: str | None = None
    message: str | None = None
