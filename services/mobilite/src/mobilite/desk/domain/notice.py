"""What a person of an operator without software tells travellers: an alert, or a trip cancelled.

Words are GTFS-Realtime's; ids are those of the feed, instants aware UTC.
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
    """When a notice holds; `end` is exclusive, None is open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Informed:
    """What an alert is about, local ids: all that is given must hold at once."""

    route_id: str | None = None
    direction_id: int | None = None
    stop_id: str | None = None
    trip_id: str | None = None
    start_date: str | None = None


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """An alert. `header` and `description` by language; no `informed`: the whole network."""

    header: Mapping[str, str]
    description: Mapping[str, str]
    cause: str
    effect: str
    severity: str
    periods: tuple[Period, ...] = ()
    informed: tuple[Informed, ...] = ()
    url: str | None = None

    @property
    def period(self) -> Period:
        """From its first instant to its last."""
        starts = [period.start for period in self.periods]
        ends = [period.end for period in self.periods]
        return Period(
            None if not starts or None in starts else min(filter(None, starts)),
            None if not ends or None in ends else max(filter(None, ends)),
        )


@dataclass(frozen=True, slots=True)
class CancellationNotice:
    """One run that will not be made. `start_date` YYYYMMDD; `start_time` for a frequency's run.

    `runs` is the time it would have taken; `reason` by language, none where it is not told.
    """

    trip_id: str
    start_date: str
    runs: Period
    start_time: str | None = None
    reason: Mapping[str, str] = field(default_factory=dict)

    @property
    def period(self) -> Period:
        """Told from its publication until the run would have ended."""
        return Period(None, self.runs.end)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as kept. `version` grows by one with each change; `author` names the key used."""

    id: str
    feed_id: FeedId
    content: AlertNotice | CancellationNotice
    version: int
    author: str
    published_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> NoticeState:
        """Whether travellers are told it at that instant."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        period = self.content.period
        if period.end is not None and period.end <= now:
            return "ended"
        return "upcoming" if period.start is not None and period.start > now else "in_force"

    def is_told(self, now: datetime) -> bool:
        """Whether the feed carries it: in force, or to come."""
        return self.state(now) in ("in_force", "upcoming")
