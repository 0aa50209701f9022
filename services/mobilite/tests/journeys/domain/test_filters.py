"""Which runs take wheelchairs, bicycles and cars, and at which stops."""

import pytest
from cities import LINE
from journeys import Region, rides_in_words

from mobilite.journeys.domain.filters import (
    open_lanes,
    stops_without_wheelchairs,
    without_stops,
)
from mobilite.journeys.domain.search import depart_at

EIGHT = 1_772_434_800
# No information, yes, no; ten minutes apart.
TIMES = "".join(
    f"t{value},08:{value}{minute}:00,08:{value}{minute}:00,s{sequence},{sequence}\n"
    for value in range(3)
    for sequence, minute in ((1, 0), (2, 5))
)
CITY = {
    **LINE,
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding\n"
    "s1,Gare,47.9,1.9,1\ns2,Mairie,47.91,1.9,0\ns3,Parc,47.92,1.9,2\n",
    "trips.txt": "route_id,service_id,trip_id,wheelchair_accessible,bikes_allowed,cars_allowed\n"
    + "".join(f"r,daily,t{value},{value},{value},{value}\n" for value in range(3)),
    "stop_times.txt": f"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n{TIMES}",
}


def trips(**wishes: bool) -> list[str]:
    region = Region.of(CITY)
    day, query = region.day(EIGHT), region.query({"s1": 0}, {"s2": 0})
    accepted = open_lanes(day, **wishes)
    lanes = day.lanes
    runs = [lanes.slot_run[first] for first in lanes.first[accepted].tolist()]
    assert depart_at(day, region.ways, query, EIGHT)
    return sorted(region.network.feeds[0].trip_ids[day.run_trip[run]] for run in runs)


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({}, ["t0", "t1", "t2"]),
        ({"wheelchair": True}, ["t0", "t1"]),
        ({"wheelchair": True, "unknown": False}, ["t1"]),
        ({"bikes": True}, ["t0", "t1"]),
        ({"bikes": True, "unknown": False}, ["t1"]),
        ({"cars": True}, ["t1"]),
    ],
)
def test_runs_that_take_what_is_needed(wishes: dict[str, bool], expected: list[str]) -> None:
    assert trips(**wishes) == expected


def test_stops_without_a_way_for_wheelchairs_are_closed() -> None:
    region = Region.of(CITY)
    assert stops_without_wheelchairs(region.network).tolist() == [2]
    assert stops_without_wheelchairs(region.network, unknown=False).tolist() == [1, 2]
    query = region.query({"s1": 0}, {"s2": 0})
    day = region.day(EIGHT)
    (journey,) = depart_at(day, region.ways, query, EIGHT)
    assert rides_in_words(region.network, journey) == [("t0", "s1", "s2")]
    closed = without_stops(day, stops_without_wheelchairs(region.network, unknown=False))
    assert depart_at(closed, region.ways, query, EIGHT) == ()
