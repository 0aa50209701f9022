"""The calls that were cancelled, or left out, so early that they were not promised.

As the AQST counts: known before 16:00 on the day before. What was known then is as if the timetable
had never planned it.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mobilite.passages.domain.passage import NOT_MADE

_NOTICE_HOUR: Final = 16
"""Local hour of the day before."""


def find_withdrawn(passages: pa.Table, zone: ZoneInfo, day: date) -> Any:
    """bool[rows]: whether each call of a service date was withdrawn. `passages`: with `state` and
    `cancelled_known_at`."""
    before = day - timedelta(days=1)
    notice = datetime(before.year, before.month, before.day, _NOTICE_HOUR, tzinfo=zone)
    early = pc.less(passages["cancelled_known_at"].cast(pa.int64()), int(notice.timestamp()))
    not_made = pc.is_in(passages["state"].cast(pa.string()), pa.array(NOT_MADE))
    return pc.and_(not_made, pc.fill_null(early, False)).to_numpy()
