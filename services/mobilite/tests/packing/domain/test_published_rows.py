"""Files stored as published."""

from cities import LINE, imported, notes_of, timetable_from_text
from fares import COMPLETE

from mobilite.gtfs.domain.published_files import PUBLISHED_FILES


def test_each_published_file_is_stored_with_the_values_of_the_feed() -> None:
    timetable, report = imported(COMPLETE)
    notes = notes_of(timetable)
    assert {name for name in PUBLISHED_FILES if f"{name}.txt" in COMPLETE} <= notes.keys()
    # As text: an amount keeps its decimals.
    assert notes["fare_attributes"] == [
        {
            "fare_id": "ticket",
            "price": "1.50",
            "currency_type": "EUR",
            "payment_method": "0",
            "transfer_duration": "3600",
        }
    ]
    assert notes["fare_zones"] == [
        {"stop_id": "s1", "zone_id": "Z1"},
        {"stop_id": "s2", "zone_id": "Z1"},
        {"stop_id": "s4", "zone_id": "Z2"},
    ]
    assert {line.code for line in report.values()} == {"unread_field"}


def test_the_network_of_a_route_becomes_a_row_of_route_networks() -> None:
    notes = notes_of(timetable_from_text(COMPLETE))
    assert notes["networks"] == [{"network_id": "bus"}]
    assert notes["route_networks"] == [{"network_id": "bus", "route_id": "r"}]


def test_route_networks_of_the_feed_take_precedence() -> None:
    files = {**COMPLETE, "route_networks.txt": "network_id,route_id\nlocal,tad\n"}
    notes = notes_of(timetable_from_text(files))
    assert notes["networks"] == [{"network_id": "local"}]
    assert notes["route_networks"] == [{"network_id": "local", "route_id": "tad"}]


def test_an_empty_priority_is_zero_if_the_feed_has_priorities() -> None:
    rules = "network_id,fare_product_id,rule_priority\nbus,unite,2\n,suite,\n"
    notes = notes_of(timetable_from_text({**COMPLETE, "fare_leg_rules.txt": rules}))
    assert [row["rule_priority"] for row in notes["fare_leg_rules"]] == ["2", "0"]


def test_columns_with_a_type_of_their_own() -> None:
    timetable = timetable_from_text(COMPLETE)
    assert timetable.agency_emails[0] == "contact@example.org"
    assert list(timetable.stop_spoken)[:3] == ["", "La gare", ""]
    assert timetable.stop_access.tolist() == [-1, 1, -1, -1, -1, -1]
    assert timetable.route_continuous_pickup.tolist() == [1, -1, -1]
    assert timetable.route_continuous_drop_off.tolist() == [3, -1, -1]
    assert timetable.trip_cars.tolist() == [2, 0]
    assert timetable.call_continuous_pickup.tolist() == [0, -1, -1, -1]
    assert not len(timetable.call_continuous_drop_off)


def test_optional_columns_of_calls_follow_the_runs_of_a_frequency() -> None:
    timetable = timetable_from_text(
        {
            **COMPLETE,
            "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n"
            "t,08:00:00,09:00:00,1800\n",
        }
    )
    assert timetable.call_continuous_pickup.tolist() == [0, -1, 0, -1, -1, -1]


def test_a_feed_without_these_columns_has_no_entry_in_them() -> None:
    timetable = timetable_from_text(LINE)
    assert not len(timetable.call_pickup_booking) + len(timetable.call_continuous_pickup)
    assert not len(timetable.note_pieces)
