"""The id of an agency."""

from typing import Final

from mobilite.timetable.domain.timetable import Timetable

_LONE_AGENCY: Final = "agency"


def agency_id(timetable: Timetable, row: int) -> str:
    """The local id of an agency. The only one of a feed may go without: it needs one beside the
    agencies of others."""
    return timetable.agency_ids[row] or _LONE_AGENCY
