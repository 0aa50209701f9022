"""Instants as the API writes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mobilite.domain.feed_schedule import FeedSchedule

LocalTime = Callable[[int], str]
"""From POSIX seconds to RFC 3339 in one zone."""

_UTC: Final = ZoneInfo("UTC")
_REMEMBERED: Final = 65_536
"""Instants written lately in one zone: boards tell the same ones over and over."""


@lru_cache(maxsize=64)
def local_time(zone: ZoneInfo) -> LocalTime:
    """The times of a zone."""
    return lru_cache(_REMEMBERED)(lambda instant: datetime.fromtimestamp(instant, zone).isoformat())


def utc(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def network_time(schedule: FeedSchedule | None) -> LocalTime:
    """The times of a network: of its first operator; UTC as long as its schedule is not there."""
    return local_time(_UTC if schedule is None else schedule.timetable.zone(0))
