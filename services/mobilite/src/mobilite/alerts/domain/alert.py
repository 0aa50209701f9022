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
"""Whether an alert is active, begins later or is over."""

_RANKS: Final[tuple[Severity, ...]] = ("SEVERE", "WARNING", "UNKNOWN_SEVERITY", "INFO")
"""Most severe first. An alert of unknown severity can be worse than one of severity INFO."""
_AFTER_ALL: Final = 2**32 - 1
"""POSIX seconds after every instant; the negative is before every instant."""


class Period(NamedTuple):
    """A period of time, open where a bound is None."""

    start: int | None = None
    """POSIX seconds."""
    end: int | None = None
    """POSIX seconds, exclusive."""

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
    """The trips of an EntitySelector: all given conditions must hold."""

    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    """Selects the run of one day; None: the runs of every day."""
    start_time: int | None = None
    """Seconds of the service day."""

    @property
    def of_single_trips(self) -> bool:
        """Whether it selects single trips, not all those of a route or direction."""
        conditions = (self.trip_id, self.start_date, self.start_time)
        return any(each is not None for each in conditions)


@dataclass(frozen=True, slots=True)
class Selector:
    """An EntitySelector: all given conditions must hold."""

    agency_id: str | None = None
    route_id: str | None = None
    route_type: int | None = None
    """Basic or extended; a general type includes the more precise ones (`covers`)."""
    direction_id: int | None = None
    trip: TripSelector | None = None
    stop_id: str | None = None


class Image(NamedTuple):
    """A picture in one language."""

    url: str
    """A web address (http or https)."""
    language: str | None = None
    """Of the texts in it, a BCP 47 code; None: none or unknown."""
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one feed. Texts are plain text."""

    key: str
    """The record key, unique in the feed."""
    feed_id: FeedId
    source: int
    """The number of the address in its feed."""
    alert_id: str
    """Unique for its address."""
    periods: tuple[Period, ...] = ()
    """When to display it; empty: as long as its address publishes it."""
    impacts: tuple[Period, ...] = ()
    """When the service is affected; empty: in all of `periods`."""
    selectors: tuple[Selector, ...] = ()
    """It affects what one of them selects; empty: the entire network."""
    cause: Cause = "UNKNOWN_CAUSE"
    effect: Effect = "UNKNOWN_EFFECT"
    severity: Severity = "UNKNOWN_SEVERITY"
    header: tuple[Translation, ...] = ()
    description: tuple[Translation, ...] = ()
    cause_detail: tuple[Translation, ...] = ()
    effect_detail: tuple[Translation, ...] = ()
    url: tuple[Translation, ...] = ()
    images: tuple[Image, ...] = ()
    """The same picture by language."""
    image_text: tuple[Translation, ...] = ()
    """What the picture shows, for people who do not see it."""

    @property
    def id(self) -> GlobalId:
        """Its public id. It contains the number of the address, because two addresses of a feed
        can use one id for two alerts."""
        return global_id(self.feed_id, f"{self.source}:{self.alert_id}")

    @property
    def effective(self) -> tuple[Period, ...]:
        """The periods in which the service is affected: at least one."""
        return self.impacts or self.periods or _ALWAYS

    @property
    def ambiguous(self) -> bool:
        """Whether its effect is ambiguous (`is_ambiguous`)."""
        return is_ambiguous(self.effect, self.selectors)

    @property
    def disrupts(self) -> bool:
        """Whether it is a disruption rather than mere information. Without a severity it is one,
        unless it states that it has no effect."""
        if self.severity == "UNKNOWN_SEVERITY":
            return self.effect != "NO_EFFECT"
        return self.severity != "INFO"

    def when(self, now: int) -> When:
        """Whether it is active, upcoming or past at `now` (POSIX seconds)."""
        if any(period.covers(now) for period in self.effective):
            return "now"
        upcoming = any(
            _begins(period) > now for period in self.effective if period.overlaps(now, _AFTER_ALL)
        )
        return "upcoming" if upcoming else "past"

    def is_visible(self, now: int) -> bool:
        """Whether to display it at `now` (POSIX seconds): if it is active or upcoming; if the
        operator gives separate periods for its display, only in these."""
        separate_periods = bool(self.impacts and self.periods)
        if separate_periods and not any(period.covers(now) for period in self.periods):
            return False
        return self.when(now) != "past"

    def affects(self, start: int, end: int) -> bool:
        """Whether the service is affected at any instant of [start, end), in POSIX seconds."""
        return any(period.overlaps(start, end) for period in self.effective)

    def affects_throughout(self, start: int, end: int) -> bool:
        """Whether one period covers all of [start, end), in POSIX seconds."""
        return any(_begins(each) <= start and end <= _ends(each) for each in self.effective)

    def period_at(self, now: int) -> Period:
        """The active period, else the next one, else the last."""
        not_over = [each for each in self.effective if each.overlaps(now, _AFTER_ALL)]
        if not_over:
            return min(not_over, key=lambda each: (_begins(each), _ends(each)))
        return max(self.effective, key=_ends)

    def order(self, now: int) -> tuple[int, int, str]:
        """Its sort key: most severe first, then by start."""
        begins = _begins(self.period_at(now))
        return severity_rank(self.severity), begins, self.key


def split_alert_id(text: str) -> tuple[FeedId, int, str] | None:
    """The feed, the number of the address and the `alert_id` of a public alert id; None if the
    text is none."""
    parts = split_global_id(text)
    source, _, alert_id = (parts[1] if parts else "").partition(":")
    if parts is None or not alert_id or not (source.isascii() and source.isdigit()):
        return None
    return (parts[0], int(source), alert_id) if len(source) < 6 else None


def severity_rank(severity: Severity) -> int:
    """0 for the most severe, then 1, 2…"""
    return _RANKS.index(severity)


def by_severity(alerts: Sequence[Alert], now: int) -> list[Alert]:
    """The alerts, most severe first, then by start."""
    return sorted(alerts, key=lambda alert: alert.order(now))


def _begins(period: Period) -> int:
    return -_AFTER_ALL if period.start is None else period.start


def _ends(period: Period) -> int:
    return _AFTER_ALL if period.end is None else period.end
