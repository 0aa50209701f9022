"""Local ids of agencies."""

from typing import Final

from mobilite.timetable.domain.timetable import Timetable

_LONE_AGENCY: Final = "agency"


def agency_id(timetable: Timetable, row: int) -> str:
    """The local id of an agency, a row of the timetable; "agency" if the feed gives none.

    GTFS lets the only agency of a feed go without an id, but it needs one in the merged feed.
    """
    return timetable.agency_ids[row] or _LONE_AGENCY
