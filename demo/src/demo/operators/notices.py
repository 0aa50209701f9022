"""What an operator tells its travellers in words, and the GTFS-Realtime Alert that carries it.

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
    """A sentence in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about; the parts given hold together (an EntitySelector)."""

    agency: str = ""
    line: str = ""
    stop: str = ""
    trip: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert. `cause`, `effect` and `severity` are GTFS-Realtime's words; periods are POSIX
    seconds, the end excluded. `shown_from`: when the operator publishes it."""

    id: str
    header: Translated
    text: Translated
    cause: str
    effect: str
    severity: str
    periods: tuple[tuple[int, int], ...]
    about: tuple[About, ...]
    visible_from: int

    def is_visible_at(self, instant: float) -> bool:
        """Whether it is published: before it takes effect, and until it is over."""
        return self.visible_from <= instant < self.periods[-1][1]


def fill(alert: Any, notice: Notice, url: str) -> None:
    """Write a notice as an Alert; `url` is the page of the operator's notices."""
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


def span(first: date, last: date, *, begins: int = 0, ends: int = 24 * HOUR) -> tuple[int, int]:
    """From `begins` seconds of the first day to `ends` of the last one."""
    return start_of(first) + begins, start_of(last) + ends


def names(parts: Sequence[str]) -> str:
    """A list as people say it in French."""
    return " et ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
