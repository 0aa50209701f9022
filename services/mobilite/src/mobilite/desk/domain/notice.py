"""Notices of operators without software: an alert or a cancelled trip.

Fields follow GTFS-Realtime; ids are local, instants aware UTC.
https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mobilite.gtfs.domain.ids import FeedId

NoticeState = Literal["upcoming", "in_force", "ended", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Period:
    """The validity of a notice; `end` is exclusive, None is open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class InformedEntity:
    """A selector with local ids: all given conditions must hold."""

    route_id: str | None = None
    direction_id: int | None = None
    stop_id: str | None = None
    trip_id: str | None = None
    start_date: str | None = None


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """An alert. `header` and `description` by language; an empty `informed` means the whole
    network."""

    header: Mapping[str, str]
    description: Mapping[str, str]
    cause: str
    effect: str
    severity: str
    periods: tuple[Period, ...] = ()
    informed: tuple[InformedEntity, ...] = ()
    url: str | None = None

    @property
    def period(self) -> Period:
        """From its first to its last instant."""
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
    """The scheduled time of the run."""
    start_time: str | None = None
    """Of a frequency-based run."""
    reason: Mapping[str, str] = field(default_factory=dict)
    """By language, empty if not given."""

    @property
    def period(self) -> Period:
        """From its publication to the end of the run."""
        return Period(None, self.runs.end)


@dataclass(frozen=True, slots=True)
class Notice:
    """One stored notice. `version` increases with each change; `author` is the key's name."""

    id: str
    feed_id: FeedId
    content: AlertNotice | CancellationNotice
    version: int
    author: str
    published_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> NoticeState:
        """Whether it is in force, upcoming or over at that instant."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        period = self.content.period
        if period.end is not None and period.end <= now:
            return "ended"
        return "upcoming" if period.start is not None and period.start > now else "in_force"

    def is_published(self, now: datetime) -> bool:
        """Whether the desk's feed contains it: in force or upcoming."""
        return self.state(now) in ("in_force", "upcoming")
