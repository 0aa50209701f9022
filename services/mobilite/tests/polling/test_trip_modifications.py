"""Decoding detours with their shapes and stops."""

import pytest
from detours import DETOUR
from entity_text import events, message, notes_of

from mobilite.events import TripModificationsV1
from mobilite.polling.adapters.decoding import trip_modifications
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_message
from mobilite.sources.domain.poll_notes import NOTES

SHAPE = 'shape { shape_id: "s" encoded_polyline: "_p~iF" }'


def modifications(text: str) -> dict[str, TripModificationsV1]:
    """The detours, shapes and stops of a message, by entity id."""
    found = events(message(text)).values()
    return {event.entity_id: event for event in found if isinstance(event, TripModificationsV1)}


def test_a_detour_retains_every_word() -> None:
    found = modifications(DETOUR)
    assert [event.key() for event in found.values()] == [
        "tao:1:detour",
        "tao:1:shape",
        "tao:1:stop",
    ]
    assert found["detour"].model_dump(exclude_defaults=True) == {
        "feed_id": "tao",
        "source_index": 1,
        "entity_id": "detour",
        "trip_modifications": {
            "selected_trips": (
                {"trip_ids": ("a1", "fantome"), "shape_id": "detour-shape"},
                {"trip_ids": ("fantome",), "shape_id": "sA"},
            ),
            "service_dates": ("20260302",),
            "modifications": (
                {
                    "start_stop_selector": {"stop_sequence": 2, "stop_id": "martroi"},
                    "end_stop_selector": {"stop_sequence": 2},
                    "propagated_modification_delay": 120,
                    "replacement_stops": (
                        {"stop_id": "quai", "travel_time_to_stop": 300},
                        {"stop_id": "loire"},
                    ),
                    "service_alert_id": "al",
                    "last_modified_time": 1772400000,
                },
                {"start_stop_selector": {"stop_id": "loire"}, "service_alert_id": "fini"},
            ),
        },
    }
    assert found["shape"].model_dump(exclude_defaults=True)["shape"] == {
        "shape_id": "detour-shape",
        "encoded_polyline": "_fxcHoiv_Byb@y]",
    }
    assert found["stop"].model_dump(exclude_defaults=True)["stop"] == {
        "stop_id": "quai",
        "stop_name": ({"text": "Quai", "language": "fr"}, {"text": "Quay"}),
        "stop_lat": 47.9,
        "stop_lon": 1.91,
        "zone_id": "Z",
        "parent_station": "gare",
        "wheelchair_boarding": 1,
    }
    assert notes_of(message(DETOUR)) == {"updates_old": 1}


def test_ids_lose_the_prefix_of_their_own_feed() -> None:
    text = f'entity {{ id: "1" {SHAPE.replace("s" + chr(34), "tao:s" + chr(34), 1)} }}'
    shape = modifications(text)["1"].shape
    assert shape is not None
    assert shape.shape_id == "s"


@pytest.mark.parametrize(
    "part",
    [
        'trip_modifications { service_dates: "2026-03-02" }',
        'trip_modifications { start_times: "8h" }',
        "trip_modifications { modifications { propagated_modification_delay: 1 } }",
        "shape { }",
        'stop { stop_name { translation { text: "Quai" } } }',
        'stop { stop_id: "s" stop_lat: 91 stop_lon: 1 }',
        'stop { stop_id: "s" stop_lat: nan stop_lon: 1 }',
    ],
)
def test_an_unreadable_one_is_left_out_and_the_others_stay(part: str) -> None:
    published = f'entity {{ id: "1" {part} }} entity {{ id: "2" {SHAPE} }}'
    assert [*modifications(published)] == ["2"]
    notes = notes_of(message(published))
    assert sum(notes.values()) == 1
    assert notes.keys() <= NOTES.keys()


def test_without_an_id_or_too_large_it_is_left_out() -> None:
    large = "x" * trip_modifications.MAX_BYTES
    published = f"""entity {{ id: "" {SHAPE} }}
        entity {{ id: "1" shape {{ shape_id: "s" encoded_polyline: "{large}" }} }}"""
    assert modifications(published) == {}
    assert notes_of(message(published)) == {"modification_invalid": 1, "update_too_large": 1}


def test_of_two_with_one_id_the_longest_is_taken_in_any_order() -> None:
    long = SHAPE.replace("_p~iF", "_p~iF~ps|U")
    for first, second in ((SHAPE, long), (long, SHAPE)):
        found = modifications(f'entity {{ id: "1" {first} }} entity {{ id: "1" {second} }}')
        shape = found["1"].shape
        assert shape is not None
        assert shape.encoded_polyline == "_p~iF~ps|U"


def test_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trip_modifications, "MAX_ENTITIES", 2)
    published = " ".join(f'entity {{ id: "{number}" {SHAPE} }}' for number in range(5))
    assert [*modifications(published)] == ["0", "1"]
    assert notes_of(message(published))["modifications_too_many"] == 3
    assert "modifications_too_many" in NOTES


def test_one_that_modifies_too_many_runs_is_left_out_and_the_others_stay() -> None:
    trips = " ".join(f'trip_ids: "{number}"' for number in range(1000))
    days = " ".join(f'service_dates: "202603{day:02}"' for day in range(1, 32))
    stops = 'replacement_stops { stop_id: "s" } ' * 10
    published = " ".join(
        f"""entity {{ id: "{name}" trip_modifications {{ selected_trips {{ {trips} }} {dates}
          modifications {{ start_stop_selector {{ stop_sequence: 1 }} {stops} }} }} }}"""
        for name, dates in (("1", days), ("2", 'service_dates: "20260302"'))
    )
    assert [*modifications(published)] == ["2"]
    assert notes_of(message(published))["modifications_too_many"] == 1


def test_a_trip_update_in_the_same_entity_is_taken_too() -> None:
    published = message(
        f'entity {{ id: "1" {SHAPE} trip_update {{ trip {{ trip_id: "t" }} delay: 5 }} }}'
    )
    found = decode_message(published, feed_id="tao", source=1)
    assert [record.entity_type for record in found.statements] == [
        "trip_update",
        "trip_modifications",
    ]
    assert found.decoded == {}
