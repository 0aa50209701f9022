"""Journeys with less walking, without waiting, and those that others beat."""

from cities import LINE
from hypothesis import given
from hypothesis import strategies as st
from journeys import Region

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.alternatives import best_of, with_less_walking
from mobilite.journeys.domain.journey import POINT, Journey, WalkLeg
from mobilite.journeys.domain.search import Query, depart_at, leave_later

EIGHT = 1_772_434_800
TRIPS = "route_id,service_id,trip_id\nr,daily,t\nr,daily,u\nr,daily,v\n"
TIMES = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,08:10:00,08:10:00,s1,1
t,08:40:00,08:40:00,s3,2
u,08:20:00,08:20:00,s2,1
u,08:30:00,08:30:00,s3,2
v,08:05:00,08:05:00,s3,1
v,08:15:00,08:15:00,s1,2
"""
CITY = {**LINE, "trips.txt": TRIPS, "stop_times.txt": TIMES}

ends = st.tuples(st.integers(0, 3), st.integers(4, 7), st.integers(0, 3))


def walk(ends: tuple[int, int, int]) -> Journey:
    departure, arrival, metres = ends
    return Journey((WalkLeg(POINT, POINT, departure, arrival, metres * 100),))


@given(st.lists(ends, max_size=12))
def test_the_best_are_those_no_other_beats(found: list[tuple[int, int, int]]) -> None:
    journeys = [walk(each) for each in found]
    best = best_of(journeys)
    assert len(best) == len({(each.departure, each.arrival, each.walk) for each in best})
    for journey in journeys:
        better = [
            each
            for each in journeys
            if each.departure >= journey.departure
            and each.arrival <= journey.arrival
            and each.walk <= journey.walk
            and each != journey
        ]
        assert (journey in best) == (not better)


def test_a_second_search_walks_less() -> None:
    region = Region.of(CITY)
    origin = Access.of([(0, 0, 0), (1, 600, 750)])
    query = Query(origin, Access.of([(2, 0, 0)]), walk_budget=900)

    def search(wanted: Query) -> tuple[Journey, ...]:
        return depart_at(region.day(EIGHT), region.ways, wanted, EIGHT)

    assert [each.walk for each in search(query)] == [750]
    journeys = with_less_walking(search, query)
    assert sorted((each.arrival - EIGHT, each.walk) for each in journeys) == [
        (1800, 750),
        (2400, 0),
    ]


def test_a_journey_that_waits_leaves_later() -> None:
    region = Region.of({**CITY, "stop_times.txt": TIMES + "t,08:50:00,08:50:00,s4,3\n"})
    query = region.query({"s1": 0, "s2": 0}, {"s3": 0})
    day = region.day(EIGHT)
    (journey,) = depart_at(day, region.ways, query, EIGHT)
    assert leave_later(day, region.ways, query, journey) == journey
    later = region.query({"s1": 0}, {"s3": 0})
    (only,) = depart_at(day, region.ways, later, EIGHT)
    assert leave_later(day, region.ways, later, only).departure == EIGHT + 600
