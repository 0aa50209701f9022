"""Alerts on boards: those of the stop and its lines, and of each departure at its hour."""

from typing import Any

import pytest
from alert_messages import TOWN, alert, period, text
from boards import City, paris, update

EIGHT, NINE, TEN = (int(paris(f"{hour}:00:00").timestamp()) for hour in ("08", "09", "10"))
WEEK = 7 * 86_400


@pytest.fixture
def city() -> City:
    city = City(now=paris("07:30:00"))
    city.schedule(TOWN)
    return city


def ids(board: Any) -> list[str]:
    return [each["id"] for each in board["alerts"]]


def marked(board: Any) -> dict[str, list[str]]:
    """The alerts of today's departures, by trip."""
    today = [line for line in board["departures"] if line["start_date"] == "20260302"]
    return {line["trip_id"]: line["alerts"] for line in today}


def test_a_line_in_trouble_is_reported_at_its_stops_and_on_its_departures(city: City) -> None:
    city.publish(alert("1", 'route_id: "tram"', more="effect: DETOUR cause: CONSTRUCTION"))
    board = city.board("f:gare")
    (result,) = board["alerts"]
    assert (result["id"], result["header"], result["language"]) == ("f:0:1", "Travaux", "fr")
    assert (result["effect_text"], result["cause_text"]) == ("Déviation", "Travaux")
    assert result["active"] is True
    assert result["period"] == {"start": None, "end": None}
    assert marked(board) == {"f:t1": ["f:0:1"], "f:b1": [], "f:t2": ["f:0:1"]}
    assert ids(city.board("f:lac")) == ["f:0:1"]
    assert ids(city.board("f:parc")) == []


def test_the_alert_of_a_line_is_reported_even_where_none_of_its_departures_is_displayed(
    city: City,
) -> None:
    city.publish(alert("1", 'route_id: "bus"'))
    board = city.board("f:gare", limit=1)
    assert ids(board) == ["f:0:1"]
    assert marked(board) == {"f:t1": []}


def test_the_alert_of_a_platform_is_reported_at_its_station_for_its_departures(city: City) -> None:
    city.publish(alert("1", 'stop_id: "q2"'))
    assert marked(city.board("f:gare")) == {"f:t1": [], "f:b1": ["f:0:1"], "f:t2": []}
    assert ids(city.board("f:gare")) == ids(city.board("f:q2")) == ["f:0:1"]
    assert ids(city.board("f:q1")) == []


@pytest.mark.parametrize("stop", ["f:gare", "f:q1", "f:q2", "f:acces"])
def test_the_alert_of_a_station_is_reported_at_all_its_platforms(city: City, stop: str) -> None:
    city.publish(alert("1", 'stop_id: "gare"'))
    board = city.board(stop)
    assert ids(board) == ["f:0:1"]
    assert all(line["alerts"] == ["f:0:1"] for line in board["departures"])


def test_a_closed_entrance_is_reported_at_its_station_and_marks_no_departure(city: City) -> None:
    city.publish(alert("1", 'stop_id: "acces"', more="effect: ACCESSIBILITY_ISSUE"))
    board = city.board("f:gare")
    assert ids(board) == ["f:0:1"]
    assert not any(line["alerts"] for line in board["departures"])


def test_all_that_one_selector_gives_must_hold_at_once(city: City) -> None:
    city.publish(
        alert("1", 'route_id: "tram" stop_id: "q2"')
        + alert("2", 'route_id: "tram" stop_id: "gare"')
    )
    board = city.board("f:gare")
    assert ids(board) == ["f:0:2"]
    assert marked(board) == {"f:t1": ["f:0:2"], "f:b1": [], "f:t2": ["f:0:2"]}


def test_what_names_the_line_of_a_departure_is_distinguished_from_what_names_its_stop(
    city: City,
) -> None:
    city.publish(
        alert("line", 'route_id: "tram"', 'stop_id: "q2"')
        + alert("run", 'trip { trip_id: "b1" start_date: "20260302" }')
        + alert("elsewhere", 'route_id: "tram" stop_id: "lac"', 'stop_id: "gare"')
        + alert("mode", "route_type: 0")
        + alert("network")
    )
    lines = city.board("f:gare", limit=2)["departures"]
    assert [line["own_alerts"] for line in lines] == [["f:0:line"], ["f:0:run"]]
    assert {len(line["alerts"]) for line in lines} == {4}


def test_the_alert_of_a_run_is_reported_with_its_departure_alone(city: City) -> None:
    city.publish(alert("1", 'trip { trip_id: "t2" start_date: "20260302" }'))
    board = city.board("f:gare")
    assert ids(board) == ["f:0:1"]
    assert marked(board) == {"f:t1": [], "f:b1": [], "f:t2": ["f:0:1"]}
    tomorrow = [line["alerts"] for line in board["departures"] if line["start_date"] != "20260302"]
    assert not any(tomorrow)
    assert ids(city.board("f:gare", limit=1)) == []


def test_a_departure_has_the_alerts_of_its_own_hour(city: City) -> None:
    city.publish(
        alert("over", 'stop_id: "gare"', more=period(EIGHT - 7200, EIGHT - 3600))
        + alert("early", 'stop_id: "gare"', more=period(end=EIGHT + 1))
        + alert("late", 'stop_id: "gare"', more=period(NINE, TEN))
    )
    board = city.board("f:gare")
    assert [(each["id"], each["active"]) for each in board["alerts"]] == [
        ("f:0:early", True),
        ("f:0:late", False),
    ]
    # The end is exclusive: the tram of 10:00 leaves when it is over.
    assert marked(board) == {"f:t1": ["f:0:early"], "f:b1": ["f:0:late"], "f:t2": []}


def test_a_board_looks_no_further_for_alerts_than_for_departures(city: City) -> None:
    now = int(city.now.timestamp())
    city.publish(
        alert("within", more=period(now + WEEK - 1)) + alert("beyond", more=period(now + WEEK))
    )
    assert ids(city.board("f:gare")) == ["f:0:within"]
    assert ids(city.board("f:gare", at=paris("07:30:00", "2026-03-03"))) == [
        "f:0:within",
        "f:0:beyond",
    ]


def test_when_to_report_can_be_distinguished_from_when_the_service_is_affected(city: City) -> None:
    impact = period(NINE, NINE + 60, field="impact_period")
    reported_before = period(EIGHT - 3600, field="communication_period")
    reported_later = period(EIGHT, field="communication_period")
    city.publish(
        alert("1", 'stop_id: "gare"', more=impact + reported_before)
        + alert("2", 'stop_id: "gare"', more=impact + reported_later)
    )
    board = city.board("f:gare")
    assert [(each["id"], each["active"]) for each in board["alerts"]] == [("f:0:1", False)]
    assert marked(board) == {"f:t1": [], "f:b1": ["f:0:1"], "f:t2": []}


def test_the_worst_is_reported_first_then_what_began_first(city: City) -> None:
    city.publish(
        alert("info", more="severity_level: INFO")
        + alert("new", more="severity_level: WARNING " + period(EIGHT - 3600))
        + alert("old", more="severity_level: WARNING " + period(EIGHT - 7200))
        + alert("unweighed")
        + alert("severe", more="severity_level: SEVERE " + period(NINE))
    )
    assert ids(city.board("f:gare")) == [
        f"f:0:{name}" for name in ("severe", "old", "new", "unweighed", "info")
    ]


def test_alerts_of_a_feed_gone_silent_stand_and_report_so(city: City) -> None:
    city.publish(alert("1", more=period(end=TEN)))
    city.wait(seconds=600)
    (fresh,) = city.board("f:gare")["alerts"]
    assert (fresh["stale"], fresh["age"]) == (False, 600)
    city.wait(seconds=1)
    (old,) = city.board("f:gare")["alerts"]
    assert (old["stale"], old["age"]) == (True, 601)
    city.wait(hours=3)
    assert ids(city.board("f:gare")) == []


def test_an_alert_is_reported_until_its_address_withdraws_it(city: City) -> None:
    city.publish(alert("1") + alert("2"))
    city.publish(alert("2"))
    assert ids(city.board("f:gare")) == ["f:0:2"]
    city.publish(alert("2"), source=1)
    assert ids(city.board("f:gare")) == ["f:0:2", "f:1:2"]
    city.publish("")
    assert ids(city.board("f:gare")) == ["f:1:2"]


def test_one_feed_never_speaks_for_another(city: City) -> None:
    city.schedule(TOWN, "g")
    city.publish(alert("1", 'stop_id: "gare"') + alert("2"))
    assert ids(city.board("g:gare")) == []


def test_an_alert_that_comes_before_its_schedule_waits_for_it(city: City) -> None:
    city.publish(alert("1", 'stop_id: "gare"'), "g")
    city.schedule(TOWN, "g")
    assert ids(city.board("g:gare")) == ["g:0:1"]
    without_station = TOWN["stops.txt"].replace("gare,", "halle,").replace(",gare\n", ",halle\n")
    city.schedule({**TOWN, "stops.txt": without_station}, "g")
    assert ids(city.board("g:halle")) == []


def test_a_run_that_real_time_adds_has_the_alerts_of_its_line(city: City) -> None:
    calls = "".join(
        f'stop_time_update {{ stop_sequence: {n} stop_id: "{stop}" '
        f"arrival {{ time: {EIGHT + 60 * n} }} departure {{ time: {EIGHT + 60 * n} }} }}"
        for n, stop in enumerate(("q1", "lac"), 1)
    )
    trip = 'trip_id: "extra" route_id: "tram" start_date: "20260302" schedule_relationship: NEW'
    city.publish(
        update(trip, calls)
        + alert("line", 'route_id: "tram"')
        + alert("trip", 'trip { trip_id: "extra" }')
        + alert("bus", 'route_id: "bus"')
    )
    assert marked(city.board("f:gare"))["f:extra"] == ["f:0:line", "f:0:trip"]


def test_texts_are_text_whatever_they_look_like(city: City) -> None:
    header = "<b>Arrêt\x07 & gare</b>\r\nferm\x00ée"
    city.publish(alert("1", header=header, more=text("url", ("javascript:alert(1)", "fr"))))
    (result,) = city.board("f:gare")["alerts"]
    assert result["header"] == "<b>Arrêt & gare</b>\nfermée"


def test_an_alert_without_words_is_called_by_its_effect(city: City) -> None:
    city.publish(
        'entity { id: "1" alert { informed_entity { stop_id: "q1" } effect: NO_SERVICE } }'
    )
    (result,) = city.board("f:gare")["alerts"]
    assert (result["header"], result["language"]) == ("Arrêt non desservi", "fr")


@pytest.mark.parametrize(
    ("selectors", "effect", "ambiguous"),
    [
        (('route_id: "tram"', 'stop_id: "q1"'), "NO_SERVICE", True),
        (('trip { trip_id: "t1" }', 'stop_id: "q1"'), "NO_SERVICE", True),
        (('route_id: "tram" stop_id: "q1"',), "NO_SERVICE", False),
        (('route_id: "tram"', 'route_id: "bus"'), "NO_SERVICE", False),
        (('stop_id: "q1"', 'stop_id: "q2"'), "NO_SERVICE", False),
        (('route_id: "tram"', 'stop_id: "q1"'), "DETOUR", False),
    ],
)
def test_no_service_at_lines_and_stops_apart_is_reported_to_be_ambiguous(
    city: City, selectors: tuple[str, ...], effect: str, ambiguous: bool
) -> None:
    city.publish(alert("1", *selectors, more=f"effect: {effect}"))
    (result,) = city.board("f:gare")["alerts"]
    assert result["ambiguous"] is ambiguous
    assert (result["note"] is not None) is ambiguous
