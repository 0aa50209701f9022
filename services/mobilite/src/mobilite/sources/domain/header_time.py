"""Checks the timestamp of a message header: plausibility and order.

"The timestamp never goes back" and must be POSIX seconds.
https://gtfs.org/documentation/realtime/reference/#message-feedheader
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mobilite.gtfs.domain.freshness import ALERTS_SECONDS, LAST_PLAUSIBLE, LIVE_SECONDS

CLOCK_TOLERANCE = timedelta(seconds=60)
"""Largest difference between two machines' clocks that is not noted."""


@dataclass(frozen=True, slots=True)
class HeaderTime:
    """The header timestamp of a message after the checks."""

    seconds: int | None
    """POSIX seconds; None without a usable timestamp."""
    as_of: datetime
    """The instant of the content, never after its reception."""
    older: bool = False
    """Whether the message is older than the previous one: it must be refused."""
    notes: tuple[str, ...] = ()
    """Codes of `sources.domain.poll_notes`."""


def check_header_time(
    timestamp: int | None,
    *,
    received: datetime,
    last_seconds: int | None,
    last_as_of: datetime | None,
) -> HeaderTime:
    """Check the header timestamp of a message received at `received`.

    `last_seconds`, `last_as_of`: of the previous message (`HeaderTime`), if there is one. An older
    message is refused, unless the timestamp of the previous one is in the future: then that one
    was wrong (or our clock was changed), and the source would be refused until that instant. A
    message with the same timestamp has the same `as_of`.
    """
    notes: tuple[str, ...] = ()
    seconds = timestamp or None
    if seconds is not None and seconds >= LAST_PLAUSIBLE:
        notes += ("header_in_milliseconds",)
        seconds //= 1000
    if seconds is not None and seconds >= LAST_PLAUSIBLE:
        notes = ("header_absurd",)
        seconds = None
    if seconds is None:
        return HeaderTime(None, received, notes=notes or ("header_without_timestamp",))
    instant = datetime.fromtimestamp(seconds, UTC)
    if instant > received + CLOCK_TOLERANCE:
        notes += ("header_in_future",)
    if last_seconds is not None and seconds < last_seconds:
        last = datetime.fromtimestamp(last_seconds, UTC)
        if last <= received + CLOCK_TOLERANCE:
            return HeaderTime(seconds, min(instant, received), older=True)
        notes += ("clock_put_right",)
    if seconds == last_seconds and last_as_of is not None:
        return HeaderTime(seconds, min(last_as_of, received), notes=notes)
    return HeaderTime(seconds, min(instant, received), notes=notes)


def age_notes(as_of: datetime, *, received: datetime, live: bool, alerts: bool) -> tuple[str, ...]:
    """The code of the note on a message that was already old when it was received, if it was.

    `live`: whether it has trip updates or positions (limit 90 s). `alerts`: whether it has alerts
    (limit 10 min, if it has nothing else).
    """
    age = (received - as_of).total_seconds()
    if live and age > LIVE_SECONDS:
        return ("header_old",)
    return ("alerts_old",) if alerts and not live and age > ALERTS_SECONDS else ()
