"""What an alert touches: the index against every departure tried against every selector."""

from datetime import date
from typing import Any

import pytest
from cities import timetable_from_text
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from naive_alerts import NaiveNetwork, Passage

from mobilite.alerts.domain.alert import Alert, Selector, TripSelector
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from socle.testing import sized

FEED = FeedId("f")
AGENCIES = ("a", "b")
ROUTES = ("tram", "bus", "coach", "night")
TRIPS = ("t0", "t1", "t2", "t3", "t4")
STOPS = ("gare", "quai1", "quai2", "parc", "lac", "closed")
DAYS = ("20260302", "20260303", "20260307")
STARTS = ("08:00:00", "09:00:00")
TYPES = (0, 3, 700, 715, 900)

NETWORK = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
a,Tram,https://a.example,Europe/Paris
b,Bus,https://b.example,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
quai1,Gare quai 1,47.9,1.9,0,gare
quai2,Gare quai 2,47.9,1.9,0,gare
parc,Parc,47.92,1.9,0,
lac,Lac,47.93,1.9,0,
closed,Fermé,47.94,1.9,0,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type
tram,a,A,0
bus,b,2,3
coach,b,3,715
night,b,N,3
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
week,1,1,1,1,1,0,0,20260302,20260308
end,0,0,0,0,0,1,1,20260302,20260308
""",
}
"""Two operators, four routes (`night` has no trip), a station of two platforms, a stop without
trips; trips, directions and stop times are generated.
"""

ids = {
    "agency_id": st.sampled_from([*AGENCIES, "nobody"]),
    "route_id": st.sampled_from([*ROUTES, "nowhere"]),
    "direction_id": st.sampled_from([0, 1]),
}
trips = st.fixed_dictionaries(
    {},
    optional={
        "trip_id": st.sampled_from([*TRIPS, "nothing"]),
        "route_id": ids["route_id"],
        "direction_id": ids["direction_id"],
        "start_date": st.sampled_from(DAYS),
        "start_time": st.sampled_from(STARTS),
    },
).filter(lambda trip: "trip_id" in trip or "route_id" in trip)
selectors = st.fixed_dictionaries(
    {},
    optional={
        **ids,
        "route_type": st.sampled_from([*TYPES, 2]),
        "stop_id": st.sampled_from([*STOPS, "nowhere"]),
        "trip": trips,
    },
).filter(bool)
few_fields = selectors.filter(lambda selector: len(selector) <= 2)
alerts = st.lists(st.lists(st.one_of(few_fields, selectors), max_size=3), min_size=1, max_size=5)


@st.composite
def networks(draw: st.DrawFn) -> dict[str, str]:
    rows, calls = ["route_id,service_id,trip_id,direction_id"], []
    for trip in TRIPS:
        route, service = draw(st.sampled_from(ROUTES[:3])), draw(st.sampled_from(["week", "end"]))
        rows.append(f"{route},{service},{trip},{draw(st.sampled_from(['0', '1', '']))}")
        stops = draw(st.lists(st.sampled_from(STOPS[1:5]), min_size=2, max_size=4))
        start = int(draw(st.sampled_from(STARTS))[:2])
        calls += [
            f"{trip},{start + n:02}:00:00,{start + n:02}:00:00,{stop},{n}"
            for n, stop in enumerate(stops)
        ]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls]
    return {
        **NETWORK,
        "trips.txt": "\n".join([*rows, ""]),
        "stop_times.txt": "\n".join([*times, ""]),
    }


def alert(key: str, content: list[dict[str, Any]]) -> Alert:
    """An alert about those selectors, given as the fields of an EntitySelector."""
    return Alert(key, FEED, 0, key, selectors=tuple(map(selector, content)))


def selector(content: dict[str, Any]) -> Selector:
    trip = content.get("trip")
    return Selector(**{**content, "trip": None if trip is None else trip_selector(trip)})


def trip_selector(content: dict[str, Any]) -> TripSelector:
    day, start = content.get("start_date"), content.get("start_time")
    return TripSelector(
        **{
            **content,
            "start_date": None if day is None else ServiceDate.parse(day),
            "start_time": None if start is None else parse_time(start),
        }
    )


def index_of(files: dict[str, str], content: list[list[dict[str, Any]]]) -> AlertIndex:
    schedule = FeedSchedule(timetable_from_text(files))
    changes = {str(number): alert(str(number), each) for number, each in enumerate(content)}
    return AlertIndex(schedule).with_alerts(changes)


def departure(index: AlertIndex, passage: Passage) -> frozenset[str]:
    assert index.schedule is not None
    timetable = index.schedule.timetable
    trip = timetable.trip_ids.index_of(passage.trip["trip_id"])
    stop = timetable.stop_ids.index_of(passage.stop)
    assert trip is not None
    assert stop is not None
    return index.of_departure(trip, ordinal(passage.day), stop)


def ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


@pytest.mark.deep
@settings(max_examples=sized(30, deep=500), deadline=None, suppress_health_check=list(HealthCheck))
@given(networks(), alerts)
def test_what_is_touched_is_what_the_selectors_report(
    files: dict[str, str], content: list[list[dict[str, Any]]]
) -> None:
    note(f"{content} " + files["trips.txt"] + files["stop_times.txt"])
    index, naive = index_of(files, content), NaiveNetwork(files)
    assert index.schedule is not None
    timetable = index.schedule.timetable
    numbered = list(enumerate(content))
    for passage in naive.passages:
        expected = {str(n) for n, each in numbered if naive.touches(each, passage)}
        assert departure(index, passage) == expected
    for route in ROUTES:
        row = timetable.route_ids.index_of(route)
        assert row is not None
        assert index.of_route(row) == {
            str(n) for n, each in numbered if naive.touches_route(each, route)
        }
    for stop in STOPS:
        row = timetable.stop_ids.index_of(stop)
        assert row is not None
        assert index.of_stops(index.schedule.boarding_stops(row)) == {
            str(n) for n, each in numbered if naive.touches_stop(each, stop)
        }
    for trip in TRIPS:
        row = timetable.trip_ids.index_of(trip)
        assert row is not None
        for day in {each.day for each in naive.passages if each.trip["trip_id"] == trip}:
            run = [p for p in naive.passages if p.trip["trip_id"] == trip and p.day == day]
            assert index.of_run(row, ordinal(day)) == {
                str(n) for n, each in numbered if any(naive.touches(each, p) for p in run)
            }


@pytest.mark.deep
@settings(max_examples=sized(20, deep=300), deadline=None, suppress_health_check=list(HealthCheck))
@given(networks(), alerts, st.randoms(use_true_random=False))
def test_neither_the_order_of_records_nor_of_schedules_changes_anything(
    files: dict[str, str], content: list[list[dict[str, Any]]], random: Any
) -> None:
    at_once = index_of(files, content)
    one_by_one = AlertIndex().with_alerts({"withdrawn": alert("withdrawn", [])})
    numbers = list(range(len(content)))
    random.shuffle(numbers)
    for place, number in enumerate(numbers):
        if place == len(numbers) // 2:
            one_by_one = one_by_one.with_schedule(at_once.schedule)
        stale = alert(str(number), content[0])
        one_by_one = one_by_one.with_alerts({str(number): stale})
        one_by_one = one_by_one.with_alerts({str(number): alert(str(number), content[number])})
    one_by_one = one_by_one.with_alerts({"withdrawn": None})
    assert one_by_one.alerts == at_once.alerts
    for passage in NaiveNetwork(files).passages:
        assert departure(one_by_one, passage) == departure(at_once, passage)


LINE = {
    **NETWORK,
    "trips.txt": "route_id,service_id,trip_id,direction_id\nbus,week,t0,0\n",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t0,08:00:00,08:00:00,quai1,1
t0,08:10:00,08:10:00,parc,2
""",
}


@pytest.mark.parametrize(
    ("content", "unknown"),
    [
        ({"agency_id": "nobody"}, ("agency_id",)),
        ({"route_id": "nowhere", "stop_id": "gare"}, ("route_id",)),
        ({"route_type": 2}, ("route_type",)),
        ({"stop_id": "nowhere"}, ("stop_id",)),
        ({"trip": {"trip_id": "nothing"}}, ("trip_id",)),
        ({"agency_id": "a", "route_id": "bus"}, ("combination",)),
        ({"route_id": "tram", "trip": {"route_id": "bus"}}, ("combination",)),
        ({"trip": {"trip_id": "t0", "start_date": "20260307"}}, ("combination",)),
        ({"trip": {"route_id": "bus", "start_time": "11:00:00"}}, ("start_time",)),
    ],
)
def test_what_names_something_unknown_is_retained_and_never_widened(
    content: dict[str, Any], unknown: tuple[str, ...]
) -> None:
    index = index_of(LINE, [[content]])
    assert list(index.alerts) == ["0"]
    assert [target.unknown for target in index.targets("0")] == [unknown]
    assert all(not departure(index, each) for each in NaiveNetwork(LINE).passages)
    assert not index.of_stops((0, 1, 2))


def test_an_alert_waits_for_its_schedule() -> None:
    waiting = AlertIndex().with_alerts({"0": alert("0", [{"stop_id": "parc"}])})
    assert waiting.of_stops((0,)) == frozenset()
    served = waiting.with_schedule(FeedSchedule(timetable_from_text(LINE)))
    assert [departure(served, each) for each in NaiveNetwork(LINE).passages[:2]] == [
        frozenset(),
        {"0"},
    ]


def test_a_run_of_a_frequency_is_distinguished_from_the_others() -> None:
    files = {
        **LINE,
        "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
t0,08:00:00,09:00:00,1200,1
""",
    }
    index = index_of(files, [[{"trip": {"trip_id": "t0", "start_time": "08:20:00"}}]])
    assert [bool(index.of_run(row, ordinal("20260302"))) for row in range(3)] == [
        False,
        True,
        False,
    ]


def test_a_trip_that_real_time_adds_has_its_alerts() -> None:
    content = [
        [{"trip": {"trip_id": "extra", "start_date": "20260302"}}],
        [{"trip": {"trip_id": "extra", "route_id": "bus"}}],
        [{"route_id": "bus", "stop_id": "gare"}],
        [],
    ]
    index = index_of(LINE, content)
    assert index.schedule is not None
    timetable = index.schedule.timetable
    bus, quay = timetable.route_ids.index_of("bus"), timetable.stop_ids.index_of("quai1")
    assert bus is not None
    assert quay is not None
    monday, tuesday = ordinal("20260302"), ordinal("20260303")
    assert index.of_added("extra", bus, 0, monday, quay) == {"0", "1", "2", "3"}
    assert index.of_added("extra", bus, 0, tuesday, quay) == {"1", "2", "3"}
    assert index.of_added("extra", -1, -1, monday, quay) == {"0", "3"}
    assert index.of_added("other", bus, 0, monday, quay) == {"2", "3"}
