"""`meta.lastUpdated` of new versions."""

from datetime import datetime, timedelta
from typing import Final

_STEP: Final = timedelta(milliseconds=1)


def next_instant(previous: datetime | None, now: datetime) -> datetime:
    """`meta.lastUpdated` of the next version: after the previous one, even if clocks differ.

    `previous`: of the previous version; None if there is none.
    """
    rounded = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return rounded if previous is None or rounded > previous else previous + _STEP
