"""An operator's notices for travellers, and the GTFS-Realtime Alert of each.

https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.truth import start_of

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in French and English."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class About:
    """A selector of what a notice is about (GTFS-Realtime EntitySelector). It selects what has all
    the ids that are given."""

    agency: str = ""
    """agency_id."""
    line: str = ""
    """route_id."""
    stop: str = ""
    """stop_id."""
    trip: str = ""
    """trip_id."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice for travellers."""

    id: str
    header: Translated
    text: Translated
    cause: str
    """A GTFS-Realtime Cause."""
    effect: str
    """A GTFS-Realtime Effect."""
    severity: str
    """A GTFS-Realtime SeverityLevel."""
    periods: tuple[tuple[int, int], ...]
    """When it is in effect: POSIX seconds, ends excluded."""
    about: tuple[About, ...]
    visible_from: int
    """When the operator starts to publish it: POSIX seconds."""

    def is_visible_at(self, instant: float) -> bool:
        """Whether it is published at that instant (POSIX seconds): until its last period is
        over."""
        return self.visible_from <= instant < self.periods[-1][1]


def fill_alert(alert: Any, notice: Notice, url: str) -> None:
    """Fill a GTFS-Realtime Alert with a notice. `url`: the page of the operator's notices."""
    alert.cause = rt.Alert.Cause.Value(notice.cause)
    alert.effect = rt.Alert.Effect.Value(notice.effect)
    alert.severity_level = rt.Alert.SeverityLevel.Value(notice.severity)
    for begins, ends in notice.periods:
        alert.active_period.add(start=begins, end=ends)
    for about in notice.about:
        informed = alert.informed_entity.add()
        if about.agency:
            informed.agency_id = about.agency
        if about.line:
            informed.route_id = about.line
        if about.stop:
            informed.stop_id = about.stop
        if about.trip:
            informed.trip.trip_id = about.trip
    for text, words in ((alert.header_text, notice.header), (alert.description_text, notice.text)):
        text.translation.add(language="fr", text=words.fr)
        text.translation.add(language="en", text=words.en)
    alert.url.translation.add(language="fr", text=f"{url}#{notice.id}")


def week_of(day: date) -> tuple[date, str]:
    """The Monday of a day's week, and the week's name for ids."""
    monday = day - timedelta(days=day.weekday())
    year, number, _ = day.isocalendar()
    return monday, f"{year}w{number:02d}"


def period_of(
    first: date, last: date, *, begins: int = 0, ends: int = 24 * HOUR
) -> tuple[int, int]:
    """A period in POSIX seconds: from `begins` seconds of the first service day to `ends` seconds
    of the last one."""
    return start_of(first) + begins, start_of(last) + ends


def french_list(parts: Sequence[str]) -> str:
    """An enumeration in French: « A, B et C »."""
    return " et ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
