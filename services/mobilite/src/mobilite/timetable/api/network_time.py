"""RFC 3339 times in the zone of a network."""

from typing import Final
from zoneinfo import ZoneInfo

from mobilite.http.api.times import LocalTime, local_time
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_UTC: Final = ZoneInfo("UTC")


def network_time(schedule: FeedSchedule | None) -> LocalTime:
    """The times of a network: of its first operator; UTC as long as its schedule is not there."""
    return local_time(_UTC if schedule is None else schedule.timetable.zone(0))
