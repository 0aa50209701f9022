"""One run of one day as it actually happens, and when the operator knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from demo.days.drive import Times
from demo.network.model import TIMEZONE, Line, Pattern, Run

ScheduleRelationship = Literal[
    "scheduled", "cancelled", "deleted", "new", "duplicated", "replacement"
]

USUAL_NOTICE = 45 * 60
"""Seconds before its start at which a run is first published."""
LONG_NOTICE = 8 * 3600
"""The same for a run whose deviation is known long before: a cancellation, a late start, works."""
PUBLISHED_AFTER_END = 120
"""Seconds after its last stop for which a run stays published."""


@lru_cache(64)
def start_of(day: date) -> int:
    """The start of a service day, in POSIX seconds: noon minus twelve hours, so that nights with a
    clock change have no gap."""
    return int(datetime.combine(day, time(12), ZoneInfo(TIMEZONE)).timestamp()) - 12 * 3600


@dataclass(frozen=True, slots=True)
class TrueRun:
    """One run as it actually happens. Times are seconds since its service day began."""

    trip_id: str
    """Its own id; that of a copy or a new run is not in the timetable."""
    day: date
    pattern: Pattern
    relationship: ScheduleRelationship
    planned: Times
    """The times that it should follow."""
    driven: Times
    """The actual times."""
    copied: Run | None = None
    """The run of the timetable that it is, or that it copies; None for a new run."""
    headsign: str = ""
    skipped: frozenset[int] = frozenset()
    """Positions that are not served."""
    platforms: Mapping[int, str] = field(default_factory=dict)
    """By position, the platform that is served instead of the scheduled one."""
    located: bool = True
    """Whether its vehicle publishes positions."""
    notice: int = USUAL_NOTICE
    """Seconds before its start at which it is first published."""
    foresight: int = USUAL_NOTICE
    """Seconds before its start at which its times are first published."""
    vehicle: str = ""
    """The id of its vehicle."""
    label: str = ""
    """The label of its vehicle."""

    @property
    def line(self) -> Line:
        """The line of its pattern."""
        return self.pattern.line

    @property
    def served(self) -> range:
        """The positions from the first served stop to the last, skipped ones between included."""
        served = [i for i in range(len(self.pattern.stops)) if i not in self.skipped]
        return range(served[0], served[-1] + 1) if served else range(0)

    @property
    def published_from(self) -> int:
        """When the operator starts to publish it."""
        return self.planned.departures[0] - self.notice

    @property
    def published_until(self) -> int:
        """When the operator stops publishing it."""
        if self.relationship in ("cancelled", "deleted"):
            return self.planned.arrivals[-1]
        last = self.served[-1] if self.skipped else -1
        return self.driven.arrivals[last] + PUBLISHED_AFTER_END

    def is_timed_at(self, seconds: float) -> bool:
        """Whether the operator publishes its times at that instant of its day."""
        return self.located and seconds >= self.planned.departures[0] - self.foresight

    def is_published_at(self, seconds: float) -> bool:
        """Whether the operator publishes it at that instant of its day."""
        return self.published_from <= seconds <= self.published_until
