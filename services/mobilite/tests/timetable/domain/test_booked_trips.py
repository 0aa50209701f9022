"""Which trips run only if somebody has booked them."""

import pytest
from cities import LINE, timetable_from_text

from mobilite.timetable.domain.booked_trips import booked_trips

CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"


@pytest.mark.parametrize(
    ("first", "last", "booked"),
    [
        ("2,2", "2,2", True),
        ("2,1", "1,2", True),
        ("2,0", "0,2", True),
        ("0,0", "2,2", False),
        ("3,3", "3,3", False),
        ("0,0", "0,0", False),
    ],
)
def test_a_trip_is_booked_if_each_of_its_calls_is(first: str, last: str, booked: bool) -> None:
    calls = f"t,08:00:00,08:00:00,s1,1,{first}\nt,08:30:00,08:30:00,s4,2,{last}\n"
    timetable = timetable_from_text(LINE | {"stop_times.txt": CALLS + calls})
    assert booked_trips(timetable).tolist() == [booked]
