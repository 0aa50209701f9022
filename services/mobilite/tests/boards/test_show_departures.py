"""What a board shows, in which order, and until when."""

from datetime import datetime
from typing import Any

import pytest
from boards import City, clock, paris, update
from cities import LINE

from mobilite.boards.domain.departures import next_departures
from mobilite.boards.flows.show_departures import get_board
from mobilite.gtfs.domain.ids import FeedId
from socle.cursors import encode_cursor
from socle.errors import Refusal

STATION = {
    **LINE,
    "stops.txt": """\
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding
    gare,Gare,47.9,1.9,1,,,1
    a,Gare quai A,47.9,1.9,0,gare,A,
    b,Gare quai B,47.9,1.9,0,gare,B,
    porte,Gare entrée sud,47.9,1.9,2,gare,,
    lac,Lac,47.95,1.95,0,,,2
    """,
    "routes.txt": """\
    route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
    r10,a,10,Gare – Lac,3,00aa55,ffffff
    r2,a,2,,0,,
    """,
    "trips.txt": """\
    route_id,service_id,trip_id,trip_headsign,wheelchair_accessible
    r10,daily,t10,Lac express,1
    r2,daily,t2,,2
    """,
    "stop_times.txt": """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,timepoint
    t10,08:00:00,08:00:00,a,1,2,0
    t10,08:30:00,08:30:00,lac,2,0,1
    t2,08:00:00,08:00:00,b,1,0,1
    t2,08:40:00,08:40:00,lac,2,0,1
    """,
}


def board(files: dict[str, str], now: str = "07:30:00") -> City:
    city = City(now=paris(now))
    city.schedule(files)
    return city


def trips(lines: list[Any]) -> list[str]:
    return [line["trip_id"] for line in lines]


@pytest.mark.parametrize("within", [0, 1800, 1801, 86_400, 88_201, 3 * 86_400])
def test_departures_within_a_time_are_the_first_ones_of_the_board(within: int) -> None:
    city, at = board(STATION), int(paris("07:30:00").timestamp())
    feed = city.live.state.snapshot.feed(FeedId("f"))
    assert feed.schedule is not None
    ids = feed.schedule.timetable.stop_ids
    stops = tuple(row for name in "ab" if (row := ids.index_of(name)) is not None)
    complete = next_departures(feed, stops, at=at, now=at, limit=100).page
    found = next_departures(feed, stops, at=at, now=at, limit=100, within=within).page
    assert found == tuple(each for each in complete if each.place[0] < at + within)


def test_a_station_covers_its_platforms_and_equal_times_go_by_line() -> None:
    city = board(STATION)
    for stop in ("gare", "porte"):
        lines = city.departures(f"f:{stop}", limit=2)
        assert trips(lines) == ["f:t2", "f:t10"]
        assert [line["stop_id"] for line in lines] == ["f:b", "f:a"]
        assert [line["platform_code"] for line in lines] == ["B", "A"]
    assert trips(city.departures("f:a", limit=1)) == ["f:t10"]


def test_a_line_reports_what_a_traveller_needs() -> None:
    line = board(STATION).first("f:a")
    assert line == {
        "trip_id": "f:t10",
        "start_date": "20260302",
        "start_time": None,
        "stop_id": "f:a",
        "stop_name": "Gare",
        "stop_sequence": 1,
        "platform_code": "A",
        "scheduled_stop_id": None,
        "scheduled_platform_code": None,
        "route": {
            "id": "f:r10",
            "short_name": "10",
            "long_name": "Gare – Lac",
            "type": 3,
            "color": "00AA55",
            "text_color": "FFFFFF",
        },
        "headsign": "Lac express",
        "ends_at": None,
        "scheduled": "2026-03-02T08:00:00+01:00",
        "predicted": None,
        "delay": None,
        "state": "scheduled",
        "estimated": False,
        "outside_timetable": False,
        "modified": False,
        "pickup": "phone_agency",
        "occupancy": None,
        "carriages": [],
        "approximate": True,
        "wheelchair": "yes",
        "feed": "f",
        "updated_at": None,
        "age": None,
        "measured_at": None,
        "alerts": [],
        "own_alerts": [],
    }
    assert board(STATION).first("f:b")["headsign"] == "Lac"


def test_the_vehicle_knows_better_whether_it_takes_wheelchairs() -> None:
    city = board(STATION)
    vehicle = "vehicle { wheelchair_accessible: WHEELCHAIR_ACCESSIBLE }"
    city.publish(update('trip_id: "t2" start_date: "20260302"', more=vehicle))
    assert city.first("f:b")["wheelchair"] == "yes"


def test_the_last_stop_and_stops_without_boarding_are_no_departures() -> None:
    files = {**STATION, "stop_times.txt": STATION["stop_times.txt"].replace("a,1,2,0", "a,1,1,0")}
    city = board(files)
    assert city.departures("f:lac") == []
    assert city.departures("f:a") == []
    city.publish(update('trip_id: "t10" start_date: "20260302"', more="delay: 60"))
    assert city.departures("f:lac") == []
    assert city.departures("f:a") == []


def test_a_late_passage_stays_until_it_has_passed() -> None:
    city = board(LINE, "08:05:00")
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 600"))
    assert clock(city.first("f:s1")) == "08:10:00"
    city.now = paris("08:10:00")
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 600"))
    assert city.first("f:s1")["start_date"] == "20260302"
    city.wait(seconds=1)
    assert city.first("f:s1")["start_date"] == "20260303"


def test_an_early_passage_leaves_early() -> None:
    city = board(LINE, "07:58:30")
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: -120"))
    assert city.first("f:s1")["start_date"] == "20260303"
    assert city.first("f:s1", at=paris("07:58:00"))["delay"] == -120


def test_a_delay_changes_the_order() -> None:
    city = board(STATION)
    city.publish(update('trip_id: "t2" start_date: "20260302"', more="delay: 60"))
    assert trips(city.departures("f:gare", limit=2)) == ["f:t10", "f:t2"]


def test_when_nothing_is_sooner_the_next_seven_days_are_searched() -> None:
    weekly = """\
    service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
    daily,1,0,0,0,0,0,0,20260301,20260331
    """
    city = board({**LINE, "calendar.txt": weekly}, "09:00:00")
    assert [line["start_date"] for line in city.departures("f:s1")] == ["20260309"]
    assert city.departures("f:s1", at=paris("09:00:00", "2026-03-30")) == []
    assert city.departures("f:s1", at=datetime.fromisoformat("2030-01-01T00:00:00Z")) == []


def test_a_cancellation_reported_weeks_ahead_waits_for_its_week() -> None:
    city = board(LINE)
    city.publish(update('trip_id: "t" start_date: "20260320" schedule_relationship: CANCELED'))
    dates = [line["start_date"] for line in city.departures("f:s1")]
    assert dates == [f"202603{day:02}" for day in range(2, 9)]
    assert city.first("f:s1", at=paris("00:00:00", "2026-03-20"))["state"] == "cancelled"


def test_a_run_two_days_old_does_not_hide_a_sooner_one_of_today() -> None:
    """Of the nights' 00:30, 00:50 (the day before yesterday's 48:50) and 01:10 (yesterday's)."""
    leaves = {"old": "48:50:00", "late": "25:10:00", "today": "00:30:00"}
    files = {
        **LINE,
        "trips.txt": "route_id,service_id,trip_id\n" + "".join(f"r,daily,{t}\n" for t in leaves),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "".join(f"{t},{at},{at},s1,1\n{t},50:00:00,50:00:00,s2,2\n" for t, at in leaves.items()),
    }
    city = City(now=paris("00:10:00"))
    city.schedule(files)
    assert trips(city.departures("f:s1", limit=1)) == ["f:today"]


def pages(city: City, limit: int) -> list[list[Any]]:
    """Every page of a board, a week long."""
    found, cursor = [], None
    while True:
        page = get_board(city.live.state, "f:gare", now=city.now, limit=limit, cursor=cursor)
        found.append(list(page.departures))
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_follow_each_other_without_gap_or_repetition(limit: int) -> None:
    city = board(STATION)
    for trip, delay in (("t2", 60), ("t10", 0)):
        city.publish(update(f'trip_id: "{trip}" start_date: "20260302"', more=f"delay: {delay}"))
    complete = pages(city, 100)[0]
    assert len(complete) >= 14
    together = [line for page in pages(city, limit) for line in page]
    assert together == complete


def test_a_cursor_of_something_else_is_refused() -> None:
    city = board(LINE)
    for cursor in ("x", "WzFd", "A" * 500, "é", encode_cursor(2**40, 2**40, 1, 1, 1, 1)):
        with pytest.raises(Refusal, match="cursor"):
            get_board(city.live.state, "f:s1", now=city.now, limit=1, cursor=cursor)


def test_the_night_the_clocks_change_counts_from_noon() -> None:
    night = {
        **LINE,
        "stop_times.txt": """\
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        t,04:00:00,04:00:00,s1,1
        t,05:00:00,05:00:00,s2,2
        """,
    }
    city = City(now=datetime.fromisoformat("2026-03-28T23:30:00Z"))
    city.schedule(night)
    assert city.first("f:s1")["scheduled"] == "2026-03-29T04:00:00+02:00"
    autumn = city.first("f:s1", at=datetime.fromisoformat("2026-10-25T00:30:00+02:00"))
    assert autumn["scheduled"] == "2026-10-25T04:00:00+01:00"


def test_the_head_of_a_board_reports_what_it_is_worth() -> None:
    city = board(STATION)
    head = city.board("f:gare")
    assert head["stop"]["name"] == "Gare"
    assert head["stop"]["kind"] == "station"
    (feed,) = head["feeds"]
    assert (feed["licence"], feed["attribution"]) == ("etalab-2.0", "La région")
    assert feed["real_time"]["state"] == "none"
    assert "horaires théoriques" in feed["real_time"]["message"]
    city.publish(update('trip_id: "t2" start_date: "20260302"'))
    assert city.board("f:gare")["feeds"][0]["real_time"]["state"] == "live"
    city.wait(seconds=301)
    result = city.board("f:gare")["feeds"][0]["real_time"]
    assert (result["state"], result["age"]) == ("stale", 301)
    assert "07:30 le 02/03" in result["message"]


def test_a_new_timetable_reads_the_same_real_time_and_the_former_one_is_forgotten() -> None:
    city = board(LINE)
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"))
    later = LINE["stop_times.txt"].replace("08:00:00,08:00:00", "08:02:00,08:02:00")
    city.schedule({**LINE, "stop_times.txt": later})
    assert clock(city.first("f:s1")) == "08:03:00"
    city.live.withdraw(FeedId("f"))
    with pytest.raises(Refusal, match="pas encore disponibles"):
        city.board("f:s1")


@pytest.mark.parametrize(
    ("requested", "suggested"),
    [("g:s1", "f:s1"), ("s1", "f:s1"), ("f:gar", "f:s1"), ("f:Mairie", "f:s2")],
)
def test_an_unknown_stop_is_refused_with_a_suggestion(requested: str, suggested: str) -> None:
    with pytest.raises(Refusal) as raised:
        board(LINE).board(requested)
    assert raised.value.category == "not_found"
    assert raised.value.details["suggestions"] == [suggested]
    assert suggested in raised.value.message


def test_an_unknown_stop_like_nothing_else_reports_where_to_look() -> None:
    with pytest.raises(Refusal, match="/mobilite/v1/stops"):
        board(LINE).board("x" * 5000)


def test_a_run_whose_end_is_skipped_reports_where_it_ends() -> None:
    city = board(LINE)
    skipped = "".join(
        f"stop_time_update {{ stop_sequence: {n} schedule_relationship: SKIPPED }}" for n in (3, 4)
    )
    city.publish(update('trip_id: "t" start_date: "20260302"', skipped, "delay: 60"))
    for stop, state, ends_at in (
        ("s1", "predicted", "Mairie"),
        ("s2", "predicted", "Mairie"),
        ("s3", "skipped", None),
    ):
        line = city.first(f"f:{stop}")
        assert (line["state"], line["ends_at"]) == (state, ends_at)


def test_the_age_of_a_line_is_that_of_the_address_that_speaks_of_it() -> None:
    """Without an update it is that of the feed's real time; an update may carry a much earlier
    measurement."""
    city = board(STATION)
    measured = int(paris("07:00:00").timestamp())
    content = update('trip_id: "t2" start_date: "20260302"', more=f"delay: 0 timestamp: {measured}")
    city.publish(content)
    city.wait(seconds=40)
    city.publish("", source=1)
    two, ten = city.departures("f:gare", limit=2)
    assert (two["state"], two["age"], two["measured_at"][11:19]) == ("predicted", 40, "07:00:00")
    assert (ten["state"], ten["age"], ten["measured_at"]) == ("scheduled", 40, None)
    city.publish(content)
    assert [line["age"] for line in city.departures("f:gare", limit=2)] == [0, 0]


@pytest.mark.parametrize(
    ("stop", "now", "message"),
    [
        ("s1", "2026-03-02T07:00:00+01:00", None),
        ("s1", "2026-03-02T23:55:00+01:00", "lundi 02/03 : le prochain est le mardi 03/03 à 08:00"),
        ("s1", "2026-03-03T04:00:00+01:00", None),
        ("s4", "2026-03-02T07:00:00+01:00", "Aucune ligne ne prend de voyageurs"),
        ("s1", "2027-02-01T07:00:00+01:00", "s'arrêtent le 31/12/2026"),
        ("s1", "2025-02-01T07:00:00+01:00", "commencent le 01/01/2026"),
    ],
)
def test_a_board_reports_why_nothing_leaves(stop: str, now: str, message: str | None) -> None:
    city = City(now=datetime.fromisoformat(now))
    city.schedule(LINE)
    result = city.board(f"f:{stop}")["message"]
    assert result is None if message is None else message in result


def test_a_week_without_service_reports_so_and_later_pages_report_nothing() -> None:
    city = board(LINE)
    none = "service_id,date,exception_type\n" + "".join(
        f"daily,202603{day:02},2\n" for day in range(2, 15)
    )
    city.schedule({**LINE, "calendar_dates.txt": none})
    assert city.board("f:s1")["message"] == "Aucun départ dans les 7 jours."
    city.schedule(LINE)
    city.now = paris("23:55:00")
    first = city.board("f:s1", limit=1)
    assert first["message"] is not None
    assert city.board("f:s1", limit=1, cursor=first["next"])["message"] is None


def test_a_network_whose_real_time_came_first_is_not_there_yet() -> None:
    city = City(now=paris("07:30:00"))
    city.publish(update('trip_id: "t"', more="delay: 60"))
    with pytest.raises(Refusal, match="pas encore disponibles"):
        city.board("f:s1")
