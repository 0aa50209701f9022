"""Vehicles that go on as another trip: who can stay aboard, and what that changes."""

from dataclasses import replace

import pytest
from boards import City, paris, update
from cities import AGENCY, DAILY
from journeys import Region, rides_in_words

from mobilite.journeys.domain.filters import open_lanes
from mobilite.journeys.domain.in_seat import chains
from mobilite.journeys.domain.journey import Journey, RideLeg
from mobilite.journeys.domain.search import depart_at

EIGHT = 1_772_434_800
HEAD = (
    "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id\n"
    # A change at m takes ten minutes.
    "m,m,2,600,,\n"
)
# One vehicle: x1 from a to m, then y1 from m to b; x2 and y2 go back. z1 is soon at m, and w1 later
# at b.
CITY = {
    "agency.txt": AGENCY,
    "calendar.txt": DAILY,
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "a,A,47.90,1.9\nm,M,47.95,1.9\nb,B,48.00,1.9\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\n"
    "x,a,X,3\ny,a,Y,3\nz,a,Z,3\nw,a,W,3\n",
    "trips.txt": "route_id,service_id,trip_id,block_id,bikes_allowed\n"
    "x,daily,x1,,1\ny,daily,y1,,2\ny,daily,y2,,0\nx,daily,x2,,0\nz,daily,z1,,0\nw,daily,w1,,0\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "x1,08:00:00,08:00:00,a,1\nx1,08:10:00,08:10:00,m,2\n"
    "y1,08:12:00,08:12:00,m,1\ny1,08:20:00,08:20:00,b,2\n"
    "y2,08:30:00,08:30:00,b,1\ny2,08:38:00,08:38:00,m,2\n"
    "x2,08:40:00,08:40:00,m,1\nx2,08:50:00,08:50:00,a,2\n"
    "z1,08:01:00,08:01:00,a,1\nz1,08:05:00,08:05:00,m,2\n"
    "w1,08:21:00,08:21:00,m,1\nw1,08:32:00,08:32:00,b,2\n",
}
LINK = ",,4,,x1,y1"
Ride = tuple[str, str, str]
SEATED: list[Ride] = [("x1", "a", "m"), ("y1", "m", "b")]
CHANGED: list[Ride] = [("z1", "a", "m"), ("w1", "m", "b")]


def city(*links: str, block: bool = False) -> dict[str, str]:
    trips = CITY["trips.txt"]
    if block:
        trips = "\n".join(
            row.replace(",,", ",v,") if row.startswith(("x,", "y,")) else row
            for row in trips.split("\n")
        )
    transfers = HEAD + "".join(f"{row}\n" for row in links)
    return {**CITY, "trips.txt": trips, "transfers.txt": transfers}


def first(region: Region, start: str = "a", end: str = "b") -> Journey:
    return region.leaving({start: 0}, {end: 0}, EIGHT)[0]


def rides(region: Region, start: str = "a", end: str = "b") -> list[Ride]:
    return rides_in_words(region.network, first(region, start, end))


def live(*entities: str) -> Region:
    state = City(now=paris("07:50:00"))
    state.schedule(city(LINK))
    state.publish(" ".join(entities))
    return Region.of_city(state)


def late(trip: str, minutes: int, number: int = 1) -> str:
    delay = f"stop_time_update {{ stop_sequence: 1 departure {{ delay: {minutes * 60} }} }}"
    return update(f'trip_id: "{trip}" start_date: "20260302"', delay, entity=str(number))


def test_who_stays_aboard_rides_once_without_the_time_of_a_change() -> None:
    journey = first(Region.of(city(LINK)))
    assert rides_in_words(Region.of(city(LINK)).network, journey) == SEATED
    legs = [leg for leg in journey.legs if isinstance(leg, RideLeg)]
    assert [leg.stays_seated for leg in legs] == [False, True]
    assert [leg.stays_on for leg in legs] == [True, False]
    assert journey.rides == 1
    assert journey.arrival == EIGHT + 20 * 60


def test_an_earlier_arrival_at_the_stop_of_change_does_not_hide_it() -> None:
    assert rides(Region.of(city())) == CHANGED
    assert rides(Region.of(city(LINK))) == SEATED


def test_a_time_added_to_each_change_is_none_for_who_stays_aboard() -> None:
    region = Region.of(city(LINK))
    query = replace(region.query({"a": 0}, {"b": 0}), change_buffer=3600)
    (journey,) = depart_at(region.day(EIGHT), region.ways, query, EIGHT)
    assert journey.rides == 1


def test_a_day_of_too_many_chains_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_CHAINS", 0)
    assert rides(Region.of(city(LINK))) == CHANGED


def test_the_latest_departure_stays_aboard_too() -> None:
    region = Region.of(city(LINK))
    (journey,) = region.arriving({"a": 0}, {"b": 0}, EIGHT + 25 * 60)
    assert rides_in_words(region.network, journey) == SEATED


def test_a_block_is_followed_but_not_on_the_way_back() -> None:
    region = Region.of(city(block=True))
    assert rides(region) == SEATED
    day = region.day(EIGHT)
    trip_ids = region.network.feeds[0].trip_ids
    found = [[trip_ids[day.run_trip[run]] for run in row if run >= 0] for row in day.chains]
    # y1 and y2 go to and fro on one line: nobody has a reason to stay.
    assert ["x1", "y1"] in found
    assert ["y2", "x2"] in found
    assert all(len(chain) == 2 for chain in found)


@pytest.mark.parametrize("links", [[",,5,,x1,y1"], [",,4,,x1,w1"], [",,4,,z1,y1"]])
def test_rows_count_more_than_the_block(links: list[str]) -> None:
    assert rides(Region.of(city(*links, block=True))) != SEATED


def test_re_boarding_counts_more_than_staying() -> None:
    assert rides(Region.of(city(LINK, ",,5,,x1,y1"))) == CHANGED


def test_one_trip_goes_on_as_several_and_several_as_one() -> None:
    region = Region.of(city(LINK, ",,4,,x1,w1", ",,4,,z1,y1"))
    day, ids = region.day(EIGHT), region.network.feeds[0].trip_ids
    chains = {tuple(ids[day.run_trip[run]] for run in row if run >= 0) for row in day.chains}
    assert {("x1", "y1"), ("x1", "w1"), ("z1", "y1")} <= chains


def test_a_delay_goes_on_in_the_next_trip() -> None:
    region = live(late("x1", 5, 1), late("y1", 5, 2))
    journey = first(region)
    assert rides_in_words(region.network, journey) == SEATED
    assert journey.arrival == EIGHT + 25 * 60


def test_a_cancelled_trip_ends_the_chain() -> None:
    cancelled = "schedule_relationship: CANCELED"
    assert rides(live(update(f'trip_id: "y1" start_date: "20260302" {cancelled}'))) == CHANGED
    assert rides(live(update(f'trip_id: "x1" start_date: "20260302" {cancelled}'))) == CHANGED


def test_a_chain_ends_before_a_trip_that_would_leave_before_the_vehicle_arrives() -> None:
    assert rides(live(late("x1", 4))) == CHANGED
    assert rides(live(late("x1", 2))) == SEATED


def test_every_run_of_a_chain_is_to_be_accepted() -> None:
    region = Region.of(city(LINK))
    day, query = region.day(EIGHT), region.query({"a": 0}, {"b": 0})
    for wishes in ({"bikes": True}, {"banned_routes": [1]}):
        lanes = open_lanes(day, **wishes)
        found = depart_at(day, region.ways, replace(query, open_lanes=lanes), EIGHT)
        assert [rides_in_words(region.network, each) for each in found] == [CHANGED]
