"""Instants as the API writes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

LocalTime = Callable[[int], str]
"""From POSIX seconds to RFC 3339 in one zone."""

_REMEMBERED: Final = 65_536
"""Instants written lately in one zone: boards tell the same ones over and over."""


@lru_cache(maxsize=64)
def local_time(zone: ZoneInfo) -> LocalTime:
    """The times of a zone."""
    return lru_cache(_REMEMBERED)(lambda instant: datetime.fromtimestamp(instant, zone).isoformat())


def utc(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
