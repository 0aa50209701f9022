"""A journey as a calendar file: one event with an alarm. https://www.rfc-editor.org/rfc/rfc5545"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
ALARM_MINUTES: Final = 15
"""Before the departure."""
_LINE: Final = 75
"""Octets of a line at most, without its end."""
_YEAR: Final = timedelta(days=370)
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What a calendar displays."""

    key: str
    """Identifies it: a file of the same journey replaces the former one."""
    start: datetime
    end: datetime
    title: str
    place: str
    description: Sequence[str]
    """Its lines."""
    address: str
    """That of the page."""


def calendar_file(event: CalendarEvent, *, now: datetime, zone: ZoneInfo) -> bytes:
    """The file of an event. `zone`: in which its times are written, if it is theirs; else they are
    in UTC, which every calendar displays in the zone of its reader."""
    is_local = all(
        each.utcoffset() == each.astimezone(zone).utcoffset()
        # RFC 5545 reads an hour that is repeated as the first one.
        and not each.astimezone(zone).fold
        for each in (event.start, event.end)
    )
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Region Lab//Itineraires//FR",
        "CALSCALE:GREGORIAN",
        *(_zone_lines(zone, event.start) if is_local else ()),
        "BEGIN:VEVENT",
        f"UID:{hashlib.blake2b(event.key.encode(), digest_size=16).hexdigest()}@region-lab",
        f"DTSTAMP:{_utc(now)}",
        _property("DTSTART", event.start, zone if is_local else None),
        _property("DTEND", event.end, zone if is_local else None),
        f"SUMMARY:{_text(event.title)}",
        f"LOCATION:{_text(event.place)}",
        "DESCRIPTION:" + _text("\n".join(event.description)),
        f"URL:{event.address}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(event.title)}",
        f"TRIGGER:-PT{ALARM_MINUTES}M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _property(name: str, instant: datetime, zone: ZoneInfo | None) -> str:
    if zone is None:
        return f"{name}:{_utc(instant)}"
    return f"{name};TZID={zone.key}:{_local(instant.astimezone(zone))}"


def _utc(instant: datetime) -> str:
    return _local(instant.astimezone(UTC)) + "Z"


def _local(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%S}"


def _text(text: str) -> str:
    """A value of type TEXT."""
    text = text.replace("\r", "").replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[bytes]:
    """A line in pieces of at most 75 octets, which no character is cut by."""
    piece = b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > _LINE:
            yield piece
            piece = b" "
        piece += encoded
    yield piece


def _zone_lines(zone: ZoneInfo, around: datetime) -> Iterator[str]:
    """The rules of a zone a year before and after an instant: each change of its offset."""
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    changes = [*_changes(zone, around.astimezone(UTC) - _YEAR, around.astimezone(UTC) + _YEAR)]
    for instant in changes or [datetime(1970, 1, 1, tzinfo=UTC)]:
        before, after = (each.astimezone(zone) for each in (instant - _SECOND, instant))
        name = "DAYLIGHT" if after.dst() else "STANDARD"
        yield f"BEGIN:{name}"
        # The local time of the change, by the clock before it.
        yield f"DTSTART:{_local(before + _SECOND)}"
        yield f"TZOFFSETFROM:{before:%z}"
        yield f"TZOFFSETTO:{after:%z}"
        yield f"TZNAME:{after.tzname()}"
        yield f"END:{name}"
    yield "END:VTIMEZONE"


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """When the offset of a zone changes, to the second, in UTC."""
    day = first.replace(microsecond=0)
    while day < last:
        early, late = day, day + _DAY
        if early.astimezone(zone).utcoffset() != late.astimezone(zone).utcoffset():
            while late - early > _SECOND:
                middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
                same = middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset()
                early, late = (middle, late) if same else (early, middle)
            yield late
        day += _DAY
