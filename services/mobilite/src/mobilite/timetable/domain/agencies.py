"""Local ids of agencies."""

from typing import Final

from mobilite.timetable.domain.timetable import Timetable

_LONE_AGENCY: Final = "agency"


def agency_id(timetable: Timetable, row: int) -> str:
    """The local id of an agency. The only agency of a feed may have none, but needs one in a
    merged feed."""
    return timetable.agency_ids[row] or _LONE_AGENCY
