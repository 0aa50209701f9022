"""Which trips of a timetable are its offer."""

import numpy as np
import pytest
from cities import LINE, timetable_from_text

from mobilite.supply.domain.offered_trips import read_trips
from mobilite.supply.domain.stop_departures import count_departures

CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"


@pytest.mark.parametrize(
    ("calls", "trips", "departures"),
    [
        # Every stop of the second trip has to be booked.
        ("u,09:00:00,09:00:00,s1,1,2,2\nu,09:30:00,09:30:00,s4,2,2,2\n", 1, 1),
        # Nobody alights at the first stop, nor boards at the last one.
        ("u,09:00:00,09:00:00,s1,1,2,1\nu,09:30:00,09:30:00,s4,2,1,2\n", 1, 1),
        # One stop of it has to be booked.
        ("u,09:00:00,09:00:00,s1,1,0,0\nu,09:30:00,09:30:00,s4,2,2,2\n", 2, 2),
    ],
)
def test_a_trip_that_runs_only_when_booked_is_not_counted(
    calls: str, trips: int, departures: int
) -> None:
    fixed = "t,08:00:00,08:00:00,s1,1,0,0\nt,08:30:00,08:30:00,s4,2,0,0\n"
    timetable = timetable_from_text(
        LINE
        | {
            "trips.txt": LINE["trips.txt"] + "r,daily,u,Lac\n",
            "stop_times.txt": CALLS + fixed + calls,
        }
    )
    offered = read_trips(timetable)
    assert len(offered.start) == trips
    assert len(offered.path) == trips
    counted = count_departures(timetable)
    assert [timetable.stop_ids[stop] for stop in counted.stop.tolist()] == ["s1"]
    assert int(np.sum(counted.departures)) == departures
