"""Notices of operators without software: an alert or a cancelled trip.

Fields follow GTFS-Realtime; ids are local, instants are aware and in UTC.
https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mobilite.gtfs.domain.ids import FeedId

NoticeState = Literal["upcoming", "in_force", "ended", "withdrawn"]
"""The state of a notice at an instant. `ended`: its last period is over; `withdrawn` takes
precedence over the others."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period of time, open where a bound is None."""

    start: datetime | None = None
    end: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class InformedEntity:
    """A selector with local ids: all given conditions must hold."""

    route_id: str | None = None
    direction_id: int | None = None
    stop_id: str | None = None
    trip_id: str | None = None
    start_date: str | None = None
    """YYYYMMDD: the run of that day only."""


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """An alert."""

    header: Mapping[str, str]
    """Text by language (BCP 47)."""
    description: Mapping[str, str]
    """Text by language."""
    cause: str
    """A value of `Cause`; the next two are values of `Effect` and `Severity`."""
    effect: str
    severity: str
    periods: tuple[Period, ...] = ()
    """When the service is affected; empty: until the notice is withdrawn."""
    informed: tuple[InformedEntity, ...] = ()
    """What it affects; empty: the entire network."""
    url: str | None = None

    @property
    def period(self) -> Period:
        """From the start of its first period to the end of its last one; open on a side where one
        of them is, and on both without periods."""
        starts = [period.start for period in self.periods]
        ends = [period.end for period in self.periods]
        return Period(
            None if not starts or None in starts else min(filter(None, starts)),
            None if not ends or None in ends else max(filter(None, ends)),
        )


@dataclass(frozen=True, slots=True)
class CancellationNotice:
    """One cancelled run."""

    trip_id: str
    start_date: str
    """YYYYMMDD."""
    runs: Period
    """From the scheduled departure of the run to its arrival; open until `resolve_run_times` sets
    it."""
    start_time: str | None = None
    """HH:MM:SS, of a run of a frequency-based trip."""
    reason: Mapping[str, str] = field(default_factory=dict)
    """Text by language; empty if not given."""

    @property
    def period(self) -> Period:
        """Until the end of the run: it applies from its publication."""
        return Period(None, self.runs.end)


@dataclass(frozen=True, slots=True)
class Notice:
    """One stored notice."""

    id: str
    feed_id: FeedId
    content: AlertNotice | CancellationNotice
    version: int
    """1 at first; each change increases it by 1."""
    author: str
    """The name of the key that made the last change."""
    published_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> NoticeState:
        """Its state at that instant."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        period = self.content.period
        if period.end is not None and period.end <= now:
            return "ended"
        return "upcoming" if period.start is not None and period.start > now else "in_force"

    def is_published(self, now: datetime) -> bool:
        """Whether the desk's feed contains it: in force or upcoming."""
        return self.state(now) in ("in_force", "upcoming")
