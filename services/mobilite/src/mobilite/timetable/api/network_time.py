"""RFC 3339 times in the time zone of a feed."""

from typing import Final
from zoneinfo import ZoneInfo

from mobilite.http.api.times import LocalTime, local_time
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_UTC: Final = ZoneInfo("UTC")


def network_time(schedule: FeedSchedule | None) -> LocalTime:
    """The formatter in the zone of the feed's first agency; UTC without a schedule."""
    return local_time(_UTC if schedule is None else schedule.timetable.zone(0))
