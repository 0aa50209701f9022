"""The date where a network is."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo


def local_date(instant: datetime, timezones: Sequence[str]) -> date:
    """The date of an aware instant in the first zone of a feed; in UTC if it has none."""
    return instant.astimezone(ZoneInfo(timezones[0] if timezones else "UTC")).date()
