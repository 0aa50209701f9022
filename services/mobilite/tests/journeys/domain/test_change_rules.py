"""Transfers of one route or trip: which row counts, and who may change."""

import pytest
from boards import City, paris, update
from cities import AGENCY, DAILY
from hypothesis import given
from hypothesis import strategies as st
from journeys import Region, rides_in_words

from mobilite.journeys.domain import change_rules
from mobilite.journeys.domain.change_rules import Selector, specificity

# Two trips of route x reach m; one of y and one of z leave it.
CITY = {
    "agency.txt": AGENCY,
    "calendar.txt": DAILY,
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "a,A,47.90,1.9\nm,M,47.95,1.9\nb,B,48.00,1.9\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nx,a,X,3\ny,a,Y,3\nz,a,Z,3\n",
    "trips.txt": "route_id,service_id,trip_id\nx,daily,x1\nx,daily,x2\ny,daily,y1\nz,daily,z1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "x1,08:00:00,08:00:00,a,1\nx1,08:10:00,08:10:00,m,2\n"
    "x2,08:02:00,08:02:00,a,1\nx2,08:12:00,08:12:00,m,2\n"
    "y1,08:15:00,08:15:00,m,1\ny1,08:30:00,08:30:00,b,2\n"
    "z1,08:20:00,08:20:00,m,1\nz1,08:40:00,08:40:00,b,2\n",
}
HEAD = (
    "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,"
    "transfer_type,min_transfer_time\n"
)
EIGHT = 1_772_434_800


def rides(*rows: str) -> list[str]:
    """The trips of the earliest arrival at b, from a at 08:00."""
    region = Region.of({**CITY, "transfers.txt": HEAD + "".join(f"m,m,{row}\n" for row in rows)})
    found = region.leaving({"a": 0}, {"b": 0}, EIGHT)
    return [trip for trip, *_ in rides_in_words(region.network, found[-1])] if found else []


def test_without_rules_the_first_connection_is_taken() -> None:
    assert rides() == ["x1", "y1"]


def test_a_forbidden_change_of_routes_leaves_the_others() -> None:
    assert rides("x,y,,,3,") == ["x1", "z1"]
    assert rides(",y,,,3,") == ["x1", "z1"]
    assert rides("x,,,,3,") == []


def test_a_later_trip_can_change_where_the_earlier_one_cannot() -> None:
    assert rides(",,x1,,3,") == ["x2", "y1"]
    assert rides(",,x1,y1,3,", ",,x2,y1,2,240") == ["x1", "z1"]


def test_a_trip_counts_more_than_its_route() -> None:
    assert rides("x,y,,,3,", ",,x2,y1,2,60") == ["x2", "y1"]
    assert rides("x,y,,,2,600", ",,,y1,2,0") == ["x1", "y1"]
    assert rides(",,,,3,", ",y,,,2,0") == ["x1", "y1"]


@pytest.mark.parametrize("row", ["x,y,,,1,", "x,y,,,0,", ",,x1,y1,2,300"])
def test_a_change_in_time_is_possible(row: str) -> None:
    assert rides(",,,,2,900", row) == ["x1", "y1"]


@pytest.mark.parametrize("seconds", ["1e300", "9223372036854775808", "-2"])
def test_an_impossible_time_counts_as_none(seconds: str) -> None:
    assert rides(",,,,2,900", "x,y,,,2,") == ["x1", "y1"]
    assert rides(",,,,2,900", f"x,y,,,2,{seconds}") == ["x1", "y1"]


@pytest.mark.parametrize("limit", ["MOST_RULES", "MOST_WAYS"])
def test_too_many_rules_do_not_apply(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(change_rules, limit, 0)
    assert rides("x,y,,,3,") == ["x1", "y1"]


def live_rides(entity: str, *rows: str) -> list[str]:
    """The same in real time."""
    state = City(now=paris("07:50:00"))
    state.schedule({**CITY, "transfers.txt": HEAD + "".join(f"m,m,{row}\n" for row in rows)})
    state.publish(entity)
    region = Region.of_city(state)
    found = region.leaving({"a": 0}, {"b": 0}, EIGHT)
    return [trip for trip, *_ in rides_in_words(region.network, found[-1])] if found else []


def test_a_rule_counts_for_a_late_trip() -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 120 } }"
    entity = update('trip_id: "x1" start_date: "20260302"', late)
    # Both trips of x arrive at 08:12 now.
    assert live_rides(entity, ",,x1,y1,2,180", ",,x2,y1,3,") == ["x1", "y1"]
    assert live_rides(entity, ",,x1,y1,2,240", ",,x2,y1,3,")[1] == "z1"
    assert live_rides(entity, ",,x1,,3,") == ["x2", "y1"]


def test_a_rule_counts_for_a_trip_that_does_not_stop_somewhere() -> None:
    skipped = "stop_time_update { stop_sequence: 1 schedule_relationship: SKIPPED }"
    entity = update('trip_id: "y1" start_date: "20260302"', skipped)
    assert live_rides(entity, ",z,,,2,0") == ["x1", "z1"]
    assert live_rides(entity, "x,z,,,3,") == []


ENDS = st.builds(Selector, st.sampled_from([-1, 4]), st.sampled_from(["", "t"]))


@given(ENDS, ENDS)
def test_specificity_is_in_the_order_of_the_reference(before: Selector, after: Selector) -> None:
    names = sorted(
        "trip" if end.trip else "route" if end.route >= 0 else "" for end in (before, after)
    )
    order = [["", ""], ["", "route"], ["route", "route"], ["", "trip"], ["route", "trip"]]
    scores = [0, 1, 2, 3, 4, 6]
    assert specificity(before, after) == scores[[*order, ["trip", "trip"]].index(names)]
