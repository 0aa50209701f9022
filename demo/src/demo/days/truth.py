"""What truly happens to one run of one day, and what the operator knows of it when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from demo.days.drive import Times
from demo.network.model import TIMEZONE, Line, Pattern, Run

Kind = Literal["scheduled", "cancelled", "deleted", "new", "duplicated", "replacement"]

USUAL_NOTICE = 45 * 60
"""Seconds before its start at which a run is first told of."""
LONG_NOTICE = 8 * 3600
"""The same for what is known long before: a cancellation, a late start, works on its way."""
FAREWELL = 120
"""Seconds after its last stop for which a run is still told of."""


@lru_cache(64)
def start_of(day: date) -> int:
    """POSIX seconds of noon minus twelve hours, so that nights with a clock change have no gap."""
    return int(datetime.combine(day, time(12), ZoneInfo(TIMEZONE)).timestamp()) - 12 * 3600


@dataclass(frozen=True, slots=True)
class TrueRun:
    """One run as it truly happens. Times are seconds since its service day began.

    `trip_id` is the run's own: for a copy or a new run one that no timetable holds. `copied` is
    the run of the timetable it is, or whose way it takes again; None for a new one. `planned` are
    the times it is meant to keep, `driven` those it does. `skipped` and `platforms` (the stop
    served instead) go by position. `located`: its vehicle says where it is; `label` is written
    on that vehicle. `notice`: how long before its start it is told of, `foresight`: its times.
    """

    trip_id: str
    day: date
    pattern: Pattern
    kind: Kind
    planned: Times
    driven: Times
    copied: Run | None = None
    headsign: str = ""
    skipped: frozenset[int] = frozenset()
    platforms: Mapping[int, str] = field(default_factory=dict)
    located: bool = True
    notice: int = USUAL_NOTICE
    foresight: int = USUAL_NOTICE
    vehicle: str = ""
    label: str = ""

    @property
    def line(self) -> Line:
        return self.pattern.line

    @property
    def served(self) -> range:
        """The positions from the first served stop to the last."""
        served = [i for i in range(len(self.pattern.stops)) if i not in self.skipped]
        return range(served[0], served[-1] + 1) if served else range(0)

    @property
    def told_from(self) -> int:
        """When the operator first speaks of it."""
        return self.planned.departures[0] - self.notice

    @property
    def told_until(self) -> int:
        """When the operator stops speaking of it."""
        if self.kind in ("cancelled", "deleted"):
            return self.planned.arrivals[-1]
        last = self.served[-1] if self.skipped else -1
        return self.driven.arrivals[last] + FAREWELL

    def is_timed_at(self, seconds: float) -> bool:
        """Whether the operator knows anything of its times at that instant of its day."""
        return self.located and seconds >= self.planned.departures[0] - self.foresight

    def is_told_at(self, seconds: float) -> bool:
        """Whether the operator speaks of it at that instant of its day."""
        return self.told_from <= seconds <= self.told_until
