"""Where a vehicle is on the way of its run, and how late it is there."""

import pytest
from cities import LINE, timetable_from_text

from mobilite.estimates.domain.run_path import TripWay, lateness, planned_at, trip_way

ARRIVALS = (0, 600, 1200, 1800)
DEPARTURES = (0, 660, 1200, 1800)
NORTH = 1112
"""Metres of a hundredth of a degree: from stop to stop."""

LOOP = LINE | {
    "trips.txt": "route_id,service_id,trip_id,shape_id\nr,daily,t,loop\n",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
loop,47.900,1.900,1
loop,47.910,1.900,2
loop,47.910,1.920,3
loop,47.900,1.920,4
loop,47.900,1.900,5
loop,47.930,1.900,6
""",
}
"""After its second stop the bus goes round a block, past the first one again."""


def way_of(files: dict[str, str]) -> TripWay:
    timetable = timetable_from_text(files)
    way = trip_way(timetable, int(timetable.trip_shape[0]), [0, 1, 2, 3])
    assert way is not None
    return way


def test_without_a_shape_the_way_is_straight() -> None:
    way = way_of(LINE)
    assert way.calls.tolist() == pytest.approx([0, NORTH, 2 * NORTH, 3 * NORTH], abs=3)
    assert way.locate(47.915, 1.9005, 0, 3 * NORTH) == pytest.approx(1.5 * NORTH, abs=3)
    assert way.locate(47.915, 1.903, 0, 3 * NORTH) is None  # 220 m off


def test_of_two_passages_the_range_decides() -> None:
    way = way_of(LOOP)
    total = float(way.along[-1])
    first = way.locate(47.905, 1.9, 0, NORTH)
    assert first == pytest.approx(NORTH / 2, abs=3)
    again = way.locate(47.905, 1.9, 2 * NORTH, total)
    assert again is not None
    assert again == pytest.approx(total - 2.5 * NORTH, abs=5)
    assert way.locate(47.905, 1.9, 1.5 * NORTH, 2 * NORTH) is None


def test_a_stop_without_a_place_has_no_way() -> None:
    nowhere = LINE | {"stops.txt": LINE["stops.txt"].replace("47.910,1.900", ",")}
    timetable = timetable_from_text(nowhere)
    assert trip_way(timetable, -1, [0, 1, 2, 3]) is None
    assert trip_way(timetable, -1, [0]) is None
    assert trip_way(timetable, -1, [0, 0]) is None  # no length


@pytest.mark.parametrize(
    ("metres", "planned"),
    [
        (0, (0, 0)),
        (NORTH / 2, (300, 300)),
        (1.5 * NORTH, (930, 930)),
        (2.5 * NORTH, (1500, 1500)),
        (4 * NORTH, (1800, 1800)),
    ],
)
def test_a_vehicle_is_expected_to_advance_evenly(metres: float, planned: tuple[int, int]) -> None:
    assert planned_at(way_of(LINE), ARRIVALS, DEPARTURES, metres) == pytest.approx(planned, abs=3)


def test_at_a_stop_it_is_on_time_until_its_departure() -> None:
    way = way_of(LINE)
    assert planned_at(way, ARRIVALS, DEPARTURES, float(way.calls[1])) == (600, 660)
    assert lateness(600, 660, 540) == -60
    assert lateness(600, 660, 600) == lateness(600, 660, 660) == 0
    assert lateness(600, 660, 700) == 40
