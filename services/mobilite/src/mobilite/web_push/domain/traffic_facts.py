"""What of a line or a stop matters to its travellers, and what of it is news.

What was notified is stored by name: "alert tao:0:12" with its headline, "cancelled …" with the time
of the departure, "until" with the end of the period whose cancellations are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.ids import GlobalId
from mobilite.web_push.domain.journey_facts import Fact

_ALERT: Final = "alert"
_CANCELLED: Final = "cancelled"
_UNTIL: Final = "until"


@dataclass(frozen=True, slots=True)
class CancelledDeparture:
    """A departure that does not take place."""

    key: str
    """Identifies it among those of its line or stop."""
    at: int
    """POSIX seconds, scheduled: of a line, at the first stop of the run."""
    line: str
    """The name of its line."""
    headsign: str
    announced: bool = False
    """Whether an alert about its line or its run announces it: it is no news of its own."""


@dataclass(frozen=True, slots=True)
class TrafficFacts:
    """A line or a stop at an instant."""

    name: str
    network: str
    """The name of its network; empty for a hub of several."""
    zone: ZoneInfo
    horizon: int
    """Seconds ahead in which cancellations are notified."""
    alerts: Mapping[GlobalId, Alert]
    """Those that concern it and are more than information, in force or coming, by id."""
    cancelled: tuple[CancelledDeparture, ...]
    """The departures within the horizon that do not take place, by time."""


@dataclass(frozen=True, slots=True)
class TrafficNews:
    """What differs from what was notified."""

    alerts: tuple[GlobalId, ...] = ()
    """Those that began, or have another headline."""
    ended: tuple[str, ...] = ()
    """The headlines of those that ended."""
    cancelled: tuple[CancelledDeparture, ...] = ()
    """All cancelled departures ahead, if one of them is new."""
    restored: tuple[int, ...] = ()
    """The times of departures that take place after all, POSIX seconds."""
    due: bool = False
    """Whether it is to be sent, and does not wait for more."""


def notified_of(
    facts: TrafficFacts, headlines: Mapping[GlobalId, str], now: int
) -> dict[str, Fact]:
    """What a traveller knows who has been notified of everything at `now` (POSIX seconds).
    `headlines`: of the alerts, in the traveller's language."""
    known: dict[str, Fact] = {f"{_ALERT} {name}": headlines[name] for name in facts.alerts}
    known.update({f"{_CANCELLED} {each.key}": each.at for each in _unannounced(facts)})
    known[_UNTIL] = now + facts.horizon
    return known


def traffic_news(
    before: Mapping[str, Fact], facts: TrafficFacts, headlines: Mapping[GlobalId, str], now: int
) -> TrafficNews:
    """What is news. `before`: what was notified; the rest as in `notified_of`.

    A departure that is cancelled within the period of the last message is a surprise, and due. The
    others wait until half of that period is over: on a day on which nothing runs, each departure
    that comes nearer would be a message.
    """
    alerts, ended = _alert_news(_named(before, _ALERT), headlines)
    known = _named(before, _CANCELLED)
    cancelled = _unannounced(facts)
    unknown = [each for each in cancelled if each.key not in known]
    until = int(before.get(_UNTIL, 0))
    surprising = any(each.at <= until for each in unknown)
    waited = now >= until - facts.horizon // 2
    still = {each.key for each in facts.cancelled}
    restored = sorted(int(at) for key, at in known.items() if key not in still and int(at) > now)
    return TrafficNews(
        alerts,
        ended,
        cancelled=cancelled if unknown else (),
        restored=tuple(restored),
        due=bool(alerts or ended or restored or surprising or (unknown and waited)),
    )


def _unannounced(facts: TrafficFacts) -> tuple[CancelledDeparture, ...]:
    return tuple(each for each in facts.cancelled if not each.announced)


def _alert_news(
    known: Mapping[str, Fact], headlines: Mapping[GlobalId, str]
) -> tuple[tuple[GlobalId, ...], tuple[str, ...]]:
    """The alerts that are new and the headlines of those that ended. An alert that is published
    under another id with the same headline is neither."""
    withdrawn = {str(known[name]) for name in known if name not in headlines}
    new = tuple(
        name
        for name, headline in headlines.items()
        if known.get(name) != headline and headline not in withdrawn
    )
    return new, tuple(sorted(withdrawn - set(headlines.values())))


def _named(facts: Mapping[str, Fact], word: str) -> dict[str, Fact]:
    """The facts whose name begins with that word, by the rest of their name."""
    parts = ((name.partition(" "), value) for name, value in facts.items())
    return {rest: value for (first, _, rest), value in parts if first == word}
