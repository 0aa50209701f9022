"""Instants in the JSON of the API: RFC 3339."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

LocalTime = Callable[[int], str]
"""Formats POSIX seconds as RFC 3339 in one time zone."""

_CACHED_INSTANTS: Final = 65_536
"""Formatted instants cached for each zone: boards repeat the same ones."""


@lru_cache(maxsize=64)
def local_time(zone: ZoneInfo) -> LocalTime:
    """The formatter of a time zone."""
    return lru_cache(_CACHED_INSTANTS)(
        lambda instant: datetime.fromtimestamp(instant, zone).isoformat()
    )


def utc(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


InstantJson = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""An RFC 3339 date-time in a JSON model."""
