"""Decoding vehicle positions: complete fields, invalid values omitted and counted, one name per
vehicle.
"""

import math

import pytest
from entity_text import events, message, notes_of
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import VehiclePositionV1
from mobilite.polling.adapters.decoding import entities
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.sources.domain.poll_notes import NOTES


def vehicles(*entity: str) -> dict[str, VehiclePositionV1]:
    """The vehicles of a message, by their keys."""
    found = events(message(*entity)).values()
    return {event.vehicle_key: event for event in found if isinstance(event, VehiclePositionV1)}


def vehicle(text: str, entity: str = "1") -> str:
    return f'entity {{ id: "{entity}" vehicle {{ {text} }} }}'


HERE = "position { latitude: 47.9 longitude: 1.9 }"


def test_a_position_retains_every_word() -> None:
    published = vehicle(
        """trip { trip_id: "t" start_date: "20260302" start_time: "8:05:00" route_id: "r"
                  direction_id: 0 schedule_relationship: DUPLICATED }
           vehicle { id: "v" label: "12" license_plate: "AB" }
           position { latitude: 47.905 longitude: 1.9 bearing: 92.5 speed: 8.3 odometer: 1200 }
           current_stop_sequence: 0 stop_id: "s" current_status: STOPPED_AT timestamp: 1772452790
           congestion_level: CONGESTION occupancy_status: EMPTY occupancy_percentage: 0
           multi_carriage_details { id: "c1" label: "1" occupancy_status: FULL
                                    occupancy_percentage: 110 carriage_sequence: 1 }
           multi_carriage_details { label: "2" occupancy_status: NO_DATA_AVAILABLE
                                    occupancy_percentage: -1 carriage_sequence: 2 }
           multi_carriage_details { }"""
    )
    (event,) = vehicles(published).values()
    assert event.key() == "tao:1:v"
    assert event.model_dump(exclude_defaults=True) == {
        "feed_id": "tao",
        "source_index": 1,
        "vehicle_key": "v",
        "position": {
            "latitude": 47.905,
            "longitude": 1.9,
            "bearing": 92.5,
            "speed": 8.3,
            "odometer": 1200.0,
        },
        "trip": {
            "trip_id": "t",
            "route_id": "r",
            "direction_id": 0,
            "start_date": "20260302",
            "start_time": "08:05:00",
            "schedule_relationship": "DUPLICATED",
        },
        "vehicle": {"id": "v", "label": "12", "license_plate": "AB"},
        "timestamp": 1772452790,
        "current_stop_sequence": 0,
        "stop_id": "s",
        "current_status": "STOPPED_AT",
        "congestion_level": "CONGESTION",
        "occupancy_status": "EMPTY",
        "occupancy_percentage": 0,
        "multi_carriage_details": (
            {
                "id": "c1",
                "label": "1",
                "occupancy_status": "FULL",
                "occupancy_percentage": 110,
                "carriage_sequence": 1,
            },
            {"label": "2", "carriage_sequence": 2},
            {},
        ),
    }
    assert notes_of(message(published)) == {}


def test_an_implausible_percentage_of_a_carriage_is_left_out() -> None:
    published = vehicle(
        f'{HERE} vehicle {{ id: "v" }} '
        "multi_carriage_details { occupancy_percentage: 5000 carriage_sequence: 1 }"
    )
    (event,) = vehicles(published).values()
    assert event.multi_carriage_details[0].occupancy_percentage is None
    assert notes_of(message(published)) == {"occupancy_implausible": 1}


@pytest.mark.parametrize(
    ("place", "retained", "code"),
    [
        ("latitude: 0 longitude: 0", None, "position_implausible"),
        ("latitude: 0.0001 longitude: -0.0001", None, "position_implausible"),
        ("latitude: 91 longitude: 1", None, "position_implausible"),
        ("latitude: 48 longitude: 181", None, "position_implausible"),
        ("latitude: nan longitude: 1", None, "position_implausible"),
        ("latitude: 48 longitude: inf", None, "position_implausible"),
        ("latitude: 0 longitude: 9.5", {"latitude": 0.0, "longitude": 9.5}, None),
        ("latitude: 48 longitude: 2 bearing: 360", {"bearing": 0.0}, None),
        ("latitude: 48 longitude: 2 bearing: -1", {"bearing": None}, "bearing_implausible"),
        ("latitude: 48 longitude: 2 bearing: 361", {"bearing": None}, "bearing_implausible"),
        ("latitude: 48 longitude: 2 bearing: 359.999", {"bearing": 0.0}, None),
        ("latitude: 48 longitude: 2 speed: nan", {"speed": None}, "speed_implausible"),
        ("latitude: 48 longitude: 2 speed: 400", {"speed": None}, "speed_implausible"),
        ("latitude: 48 longitude: 2 odometer: -4", {"odometer": None}, "odometer_implausible"),
    ],
)
def test_a_bad_value_is_left_out_and_counted(
    place: str, retained: dict[str, float | None] | None, code: str | None
) -> None:
    published = vehicle(f'position {{ {place} }} vehicle {{ id: "v" }}')
    (event,) = vehicles(published).values()
    position = None if event.position is None else event.position.model_dump()
    assert (position is None) == (retained is None)
    assert {**(position or {}), **(retained or {})} == (position or {})
    assert notes_of(message(published)) == ({} if code is None else {code: 1})


def test_what_is_wrong_alongside_the_place_costs_nothing_else() -> None:
    published = vehicle(
        f'{HERE} vehicle {{ id: "v" }} trip {{ trip_id: "t" start_date: "tomorrow" }} '
        "timestamp: 1772452790000 occupancy_percentage: 4000"
    )
    (event,) = vehicles(published).values()
    assert event.model_dump(exclude_none=True, exclude={"position", "multi_carriage_details"}) == {
        "feed_id": "tao",
        "source_index": 1,
        "vehicle_key": "v",
        "vehicle": {"id": "v"},
        "current_status": "IN_TRANSIT_TO",
    }
    assert notes_of(message(published)) == {
        "vehicle_trip_invalid": 1,
        "time_implausible": 1,
        "occupancy_implausible": 1,
    }


def test_values_of_a_later_version_count_as_not_reported() -> None:
    body = bytearray(message(vehicle(f'{HERE} vehicle {{ id: "v" }} occupancy_status: FULL')))
    body[body.index(b"\x48\x05") + 1] = 0x63  # occupancy_status (field 9) of a norm to come
    (event,) = events(bytes(body)).values()
    assert isinstance(event, VehiclePositionV1)
    assert event.occupancy_status is None
    assert notes_of(bytes(body)) == {"enum_unknown": 1}


@pytest.mark.parametrize(
    ("published", "keys"),
    [
        (['vehicle { id: "7" label: "A" }'], {"7"}),
        (['vehicle { id: "tao:7" }'], {"7"}),
        (['vehicle { label: "A" license_plate: "P" }'], {"label=A"}),
        (['vehicle { license_plate: "P" }'], {"plate=P"}),
        (['trip { trip_id: "t" start_date: "20260302" }'], {"run=t::20260302:"}),
        ([""], {"entity=0"}),
        # A label that is the line's names no vehicle; nor does a run that many serve at once.
        (
            [
                'vehicle { label: "A" } trip { trip_id: "t" }',
                'vehicle { label: "A" } trip { trip_id: "u" }',
                'vehicle { label: "B" }',
            ],
            {"run=t:::", "run=u:::", "label=B"},
        ),
        (['trip { trip_id: "t" }', 'trip { trip_id: "t" }'], {"entity=0", "entity=1"}),
    ],
)
def test_the_name_of_a_vehicle(published: list[str], keys: set[str]) -> None:
    found = vehicles(*(vehicle(f"{HERE} {each}", str(n)) for n, each in enumerate(published)))
    assert {key.replace("%3A", ":") for key in found} == keys


def test_a_vehicle_reported_twice_is_where_it_was_seen_last() -> None:
    seen = 'vehicle {{ id: "v" }} position {{ latitude: {} longitude: 1.9 }} timestamp: {}'
    result = [
        vehicle(seen.format(47.9, 1772452790), "a"),
        vehicle(seen.format(48, 1772452795), "b"),
    ]
    for order in (result, result[::-1]):
        (event,) = vehicles(*order).values()
        assert event.position is not None
        assert event.position.latitude == 48
        assert notes_of(message(*order)) == {"vehicle_repeated": 1}


def test_nameless_vehicles_numbered_alike_are_all_taken() -> None:
    places = [f"position {{ latitude: {lat} longitude: 1.9 }}" for lat in (47, 48, 49)]
    found = vehicles(*(vehicle(each, "0") for each in places))
    assert len(found) == 3
    assert all(key.startswith("entity=0~") for key in found)


def test_positions_measured_long_before_their_message_are_noted() -> None:
    old = vehicle(f'{HERE} vehicle {{ id: "v" }} timestamp: {1772452800 - 91}')
    new = vehicle(f'{HERE} vehicle {{ id: "w" }} timestamp: {1772452800 - 90}', "2")
    assert notes_of(message(old, new)) == {"positions_old": 1}


def test_what_reports_nothing_is_rejected() -> None:
    assert vehicles(vehicle('vehicle { id: "v" } timestamp: 1772452790')) == {}
    assert notes_of(message(vehicle('vehicle { id: "v" }'))) == {"vehicle_empty": 1}


def test_there_is_a_bound_to_their_number_their_size_and_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entities, "MAX_VEHICLES", 3)
    many = [vehicle(f'{HERE} vehicle {{ id: "{n}" }}', str(n)) for n in range(5)]
    for order in (many, many[::-1]):
        assert vehicles(*order).keys() == {"0", "1", "2"}
        assert notes_of(message(*order)) == {"vehicles_too_many": 2}
    long = vehicle(f'{HERE} vehicle {{ id: "{"x" * 5000}" }}')
    ((key, _),) = vehicles(long).items()
    assert len(key) < 100
    large = vehicle(f'{HERE} vehicle {{ id: "v" label: "{"x" * 70_000}" }}')
    assert notes_of(message(large)) == {"update_too_large": 1}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3.4e38, -1.0, 1e-40])
@pytest.mark.parametrize("field", ["latitude", "longitude", "bearing", "speed", "odometer"])
def test_no_number_is_beyond_us(field: str, value: float) -> None:
    feed = gtfs_rt.FeedMessage.FromString(message(vehicle(HERE)))
    setattr(feed.entity[0].vehicle.position, field, value)
    message_ = decode_message(feed.SerializeToString(), feed_id="tao", source=1)
    for record, published in message_.statements.items():
        event, notes = decode_entity(record, published.content, feed_id="tao", source=1)
        assert event.model_dump_json()
        assert notes.keys() <= NOTES.keys()
