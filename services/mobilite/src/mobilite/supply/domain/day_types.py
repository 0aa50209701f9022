"""Types of days, and the windows in which headways are measured."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, get_args

DayType = Literal["weekday", "saturday", "sunday"]
DAY_TYPES: Final[Sequence[DayType]] = get_args(DayType)
_SATURDAY: Final = 5

Window = tuple[int, int]
"""From and to, both included, in seconds of the service day."""
DAYTIME: Final[Window] = (7 * 3600, 19 * 3600 + 1800)
PEAKS: Final[Sequence[Window]] = (
    (7 * 3600 + 1800, 9 * 3600 + 1800),
    (16 * 3600 + 1800, 19 * 3600 + 1800),
)
"""7:30 to 9:30 and 16:30 to 19:30, the peaks of the contracts of Île-de-France."""


def day_type(day: date) -> DayType:
    """By the day of the week alone: a timetable does not state public holidays."""
    return DAY_TYPES[max(0, day.weekday() - _SATURDAY + 1)]
