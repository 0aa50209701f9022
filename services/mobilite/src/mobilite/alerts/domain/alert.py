"""A GTFS-Realtime Alert with local ids.

https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from mobilite.gtfs.domain.alert_ambiguity import is_ambiguous
from mobilite.gtfs.domain.enumerations import Cause, Effect, Severity
from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id, split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.gtfs.domain.translations import Translation

When = Literal["now", "upcoming", "past"]

_RANKS: Final[tuple[Severity, ...]] = ("SEVERE", "WARNING", "UNKNOWN_SEVERITY", "INFO")
"""Most severe first. An alert of unknown severity may be worse than one of severity INFO."""
_FAR: Final = 2**32 - 1
"""An instant after every other, POSIX seconds; its opposite is before all."""


class Period(NamedTuple):
    """POSIX seconds; the end is exclusive, a missing bound is open."""

    start: int | None = None
    end: int | None = None

    def covers(self, instant: int) -> bool:
        """Whether the instant is in the period."""
        return self.overlaps(instant, instant + 1)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether the period overlaps [start, end)."""
        begins = start if self.start is None else max(start, self.start)
        return begins < (end if self.end is None else min(end, self.end))


_ALWAYS: Final = (Period(),)


@dataclass(frozen=True, slots=True)
class TripSelector:
    """A trip on every day, or the run of one day; `start_time` in seconds of the service day.
    Without `trip_id`, every trip that fits the other conditions."""

    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None

    @property
    def of_single_trips(self) -> bool:
        """Whether it selects trips, not a route or a direction of it."""
        named = (self.trip_id, self.start_date, self.start_time)
        return any(each is not None for each in named)


@dataclass(frozen=True, slots=True)
class Selector:
    """An EntitySelector: all given conditions must hold."""

    agency_id: str | None = None
    route_id: str | None = None
    route_type: int | None = None
    direction_id: int | None = None
    trip: TripSelector | None = None
    stop_id: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one feed. Texts are plain text."""

    key: str
    """The record key, unique in the feed."""
    feed_id: FeedId
    source: int
    alert_id: str
    periods: tuple[Period, ...] = ()
    """When to show it; empty: as long as its address publishes it."""
    impacts: tuple[Period, ...] = ()
    """When the service is affected; empty: whenever it is shown."""
    selectors: tuple[Selector, ...] = ()
    """What it affects: all conditions of one selector must hold, and one selector is enough;
    empty: the whole network."""
    cause: Cause = "UNKNOWN_CAUSE"
    effect: Effect = "UNKNOWN_EFFECT"
    severity: Severity = "UNKNOWN_SEVERITY"
    header: tuple[Translation, ...] = ()
    description: tuple[Translation, ...] = ()
    cause_detail: tuple[Translation, ...] = ()
    effect_detail: tuple[Translation, ...] = ()
    url: tuple[Translation, ...] = ()

    @property
    def id(self) -> GlobalId:
        """Its public id. It includes the address: two addresses of a feed may use one id for two
        alerts."""
        return global_id(self.feed_id, f"{self.source}:{self.alert_id}")

    @property
    def effective(self) -> tuple[Period, ...]:
        """The periods in which the service is affected: at least one."""
        return self.impacts or self.periods or _ALWAYS

    @property
    def ambiguous(self) -> bool:
        """Whether its effect is ambiguous (`is_ambiguous`)."""
        return is_ambiguous(self.effect, self.selectors)

    def when(self, now: int) -> When:
        """Whether it is active, upcoming or past."""
        if any(period.covers(now) for period in self.effective):
            return "now"
        ahead = any(
            _begins(period) > now for period in self.effective if period.overlaps(now, _FAR)
        )
        return "upcoming" if ahead else "past"

    def is_visible(self, now: int) -> bool:
        """Whether to show it now. Upcoming alerts are shown, unless the operator gives separate
        periods to show it; past ones are not."""
        separate_periods = bool(self.impacts and self.periods)
        if separate_periods and not any(period.covers(now) for period in self.periods):
            return False
        return self.when(now) != "past"

    def affects(self, start: int, end: int) -> bool:
        """Whether the service is affected at an instant of [start, end)."""
        return any(period.overlaps(start, end) for period in self.effective)

    def lasts(self, start: int, end: int) -> bool:
        """Whether one period covers all of [start, end)."""
        return any(_begins(each) <= start and end <= _ends(each) for each in self.effective)

    def period_at(self, now: int) -> Period:
        """The active period, else the next one, else the last."""
        left = [each for each in self.effective if each.overlaps(now, _FAR)]
        if left:
            return min(left, key=lambda each: (_begins(each), _ends(each)))
        return max(self.effective, key=_ends)

    def order(self, now: int) -> tuple[int, int, str]:
        """Its sort key: most severe first, then by start."""
        begins = _begins(self.period_at(now))
        return _RANKS.index(self.severity), begins, self.key


def split_alert_id(text: str) -> tuple[FeedId, int, str] | None:
    """The feed, the address number and the local id of an alert id; None if it is none."""
    named = split_global_id(text)
    source, _, alert_id = (named[1] if named else "").partition(":")
    if named is None or not alert_id or not (source.isascii() and source.isdigit()):
        return None
    return (named[0], int(source), alert_id) if len(source) < 6 else None


def ordered(alerts: Sequence[Alert], now: int) -> list[Alert]:
    """The alerts, most severe first, then by start."""
    return sorted(alerts, key=lambda alert: alert.order(now))


def _begins(period: Period) -> int:
    return -_FAR if period.start is None else period.start


def _ends(period: Period) -> int:
    return _FAR if period.end is None else period.end
