"""Fare rules that refer to what the feed does not have: dropped, and reported with their line."""

from cities import imported, notes_of
from fares import BROKEN, COMPLETE

CODE = "unknown_fare_reference"


def with_rows(**rows: str) -> dict[str, str]:
    """The complete feed with more rows in some files."""
    return COMPLETE | {f"{name}.txt": COMPLETE[f"{name}.txt"] + more for name, more in rows.items()}


def test_a_complete_feed_has_no_such_line() -> None:
    assert all(code != CODE for _, code in imported(COMPLETE)[1])


def test_rules_of_an_unknown_fare_route_or_zone_are_counted_with_their_line() -> None:
    rules = "perdu,r,,\nticket,r,Z1,\nticket,perdue,,\nticket,,Z1,Z9\nticket,perdue,Z9,\n"
    timetable, report = imported(with_rows(fare_rules=rules))
    line = report["fare_rules.txt", CODE]
    assert line.count == 4
    assert line.samples == (
        "ligne 3 : fare_id perdu",
        "ligne 5 : route_id perdue",
        "ligne 6 : destination_id Z9",
    )
    assert notes_of(timetable)["fare_rules"] == [
        {"fare_id": "ticket", "route_id": "r", "origin_id": "Z1", "destination_id": "Z2"},
        {"fare_id": "ticket", "route_id": "r", "origin_id": "Z1"},
    ]


def test_rows_that_refer_to_a_dropped_row_are_dropped_too() -> None:
    timetable, report = imported(
        with_rows(
            timeframes="nuit,22:00:00,24:00:00,perdu\n",
            fare_products="reduit,Réduit,enfant,,1.00,EUR\n",
            fare_leg_rules="perdu,bus,,,nuit,unite\nperdu2,,,,,reduit\n",
            fare_transfer_rules="perdu,,0,suite\nurbain,rural,0,\n",
        )
    )
    found = {file: line.samples for (file, code), line in report.items() if code == CODE}
    assert found == {
        "timeframes.txt": ("ligne 3 : service_id perdu",),
        "fare_products.txt": ("ligne 4 : rider_category_id enfant",),
        "fare_leg_rules.txt": (
            "ligne 4 : from_timeframe_group_id nuit",
            "ligne 5 : fare_product_id reduit",
        ),
        "fare_transfer_rules.txt": ("ligne 3 : from_leg_group_id perdu",),
    }
    rules = notes_of(timetable)["fare_leg_rules"]
    assert [row["leg_group_id"] for row in rules] == ["urbain", "rural"]


def test_stops_of_areas_and_routes_of_networks_exist() -> None:
    _, report = imported({**BROKEN, "route_networks.txt": "network_id,route_id\nbus,perdue\n"})
    assert report["stop_areas.txt", CODE].samples == ("ligne 3 : stop_id perdu",)
    assert report["route_networks.txt", CODE].samples == ("ligne 2 : route_id perdue",)
    # `networks` is made of route_networks.txt: a rule of a network that has no other row stays.
    assert ("fare_leg_rules.txt", CODE) not in report
