"""The trips that run only if somebody has booked them."""

from typing import Final

import numpy as np

from mobilite.timetable.domain.timetable import Bool, Timetable

_BOOKED: Final = 2
"""The pickup_type and drop_off_type "phone the agency"."""


def booked_trips(timetable: Timetable) -> Bool:
    """bool[trips]: whether every call of a trip has to be booked with the agency, to board or to
    alight."""
    booked = (timetable.call_pickup == _BOOKED) | (timetable.call_drop_off == _BOOKED)
    fixed = np.zeros(len(timetable.trip_route), np.bool_)
    fixed[timetable.call_trip[~booked]] = True
    return ~fixed
