"""Departures at well-known stations, read from the GTFS text."""

from datetime import date
from itertools import pairwise

from published import published

from demo.network.region import region

WEDNESDAY = date(2026, 11, 25)
THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
IN_HOLIDAYS = date(2026, 12, 22)
CHRISTMAS = date(2026, 12, 25)


def test_the_four_trains_of_the_orleans_tours_express() -> None:
    feed = published("sncf")
    assert feed.departures("Orléans", WEDNESDAY, "K3") == [
        ("07:07:00", "Tours"),
        ("18:02:00", "Tours"),
    ]
    assert feed.departures("Tours", WEDNESDAY, "K3") == [
        ("07:32:00", "Orléans"),
        ("17:33:00", "Orléans"),
    ]
    assert feed.departures("Tours", SUNDAY, "K3") == []
    assert feed.calls["K3-A-semaine-0707"][-1]["arrival_time"] == "08:07:00"


def test_the_omnibus_calls_at_its_eleven_stations_in_78_minutes() -> None:
    calls = published("sncf").calls["K2-A-semaine-0745"]
    names = [published("sncf").stops[call["stop_id"]]["stop_name"] for call in calls]
    assert names[0] == "Orléans"
    assert names[5] == "Blois-Chambord"
    assert names[-1] == "Tours"
    assert len(names) == 11
    assert calls[-1]["arrival_time"] == "09:03:00"


def test_a_tram_every_six_minutes_in_the_peak() -> None:
    leaving = published("filbleu").departures("Gare de Tours", THURSDAY, "A")
    south = [clock for clock, towards in leaving if towards == "Lycée Jean Monnet"]
    peak = [clock for clock in south if "07:30" <= clock < "08:30"]
    minutes = [int(clock[3:5]) for clock in peak]
    assert len(peak) == 10
    assert {(b - a) % 60 for a, b in pairwise(minutes)} == {6}
    assert len(south) > 100


def test_trams_run_until_one_on_the_nights_of_friday_and_saturday() -> None:
    last = {
        day: published("tao").departures("Gare d'Orléans", day, "A")[-1][0]
        for day in (THURSDAY, FRIDAY, SATURDAY, SUNDAY)
    }
    assert last[FRIDAY] == last[SATURDAY] > "25:00:00"
    assert "24:00:00" < last[THURSDAY] <= last[SUNDAY] < "25:00:00"


def test_coaches_follow_the_school_and_hardly_run_on_sundays() -> None:
    feed, road = published("remi"), "remi-4"
    start = "Orléans – Gare routière"
    term, midweek, holidays = (
        feed.departures(start, day, road) for day in (THURSDAY, WEDNESDAY, IN_HOLIDAYS)
    )
    assert 4 <= len(holidays) < len(term) <= 12
    assert set(term) - set(midweek)  # the late afternoon
    assert set(midweek) - set(term)  # noon, since school ends then on Wednesdays
    assert 0 < len(feed.departures(start, SATURDAY, road)) < len(holidays)
    assert feed.departures(start, SUNDAY, road) == []
    on_sundays = [t for t in feed.trips.values() if t["service_id"] == "dimanche-seul"]
    assert 0 < len(on_sundays) < 20


def test_a_school_trip_is_absent_in_the_holidays() -> None:
    trip = next(t for t in published("remi").trips.values() if t["service_id"] == "scolaire")
    assert trip["service_id"] in published("remi").services(THURSDAY)
    assert trip["service_id"] not in published("remi").services(IN_HOLIDAYS)
    assert trip["service_id"] not in published("remi").services(CHRISTMAS)


def test_christmas_is_a_sunday_for_trains_and_trams_and_nothing_for_coaches() -> None:
    assert published("remi").services(CHRISTMAS) == set()
    tao = published("tao")
    assert tao.departures("Victor Hugo", CHRISTMAS, "A")[0][0] > "06:00:00"
    day = len(tao.departures("Victor Hugo", CHRISTMAS, "A"))
    assert day < len(tao.departures("Victor Hugo", THURSDAY, "A")) / 2
    trains = published("sncf")
    assert [c for c, _ in trains.departures("Mer", CHRISTMAS)] == [
        c for c, _ in trains.departures("Mer", SUNDAY)
    ]


def test_a_bus_runs_instead_of_the_tram_on_the_morning_of_works() -> None:
    tao, works = published("tao"), date(2026, 12, 13)  # the second Sunday
    stop = "Victor Hugo"
    assert tao.departures(stop, works, "A")[0][0] > "09:00:00"
    assert tao.departures(stop, SUNDAY, "A")[0][0] < "07:00:00"
    assert tao.departures(f"{stop} (bus de remplacement)", works)[0][0] < "07:00:00"
    assert tao.departures(f"{stop} (bus de remplacement)", SUNDAY) == []


def test_the_shuttles_publish_their_headway() -> None:
    for operator_id, trips in (("sncf", "K19"), ("filibus", "navette")):
        rows = published(operator_id).tables["frequencies"]
        assert {row["exact_times"] for row in rows} == {"0"}
        assert {row["trip_id"].split("-")[0] for row in rows} == {trips}
        assert {int(row["headway_secs"]) for row in rows} <= {600, 720, 900, 1200}


def test_every_line_has_its_day_at_every_operator() -> None:
    for operator in region():
        running = published(operator.id).services(THURSDAY)
        lines = {
            trip["route_id"]
            for trip in published(operator.id).tables["trips"]
            if trip["service_id"] in running
        }
        vans = {"TAD-TALCY"} if operator.id == "remi" else set()
        assert lines == {line.id for line in operator.lines if not line.substitute} | vans
