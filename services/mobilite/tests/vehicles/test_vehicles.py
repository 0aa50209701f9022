"""Vehicles as travellers see them: GTFS text and VehiclePositions in, JSON and GeoJSON out."""

from typing import Any

import pytest
from boards import TODAY, City, paris, update
from cities import LINE

from mobilite.vehicles.api.rendering import vehicle_geojson, vehicle_list_json
from mobilite.vehicles.flows.list_vehicles import VehicleFilter, list_vehicles
from socle.errors import Refusal

AT_S2 = paris("08:09:00")
LATE = "stop_time_update { stop_sequence: 2 departure { delay: 180 } }"
RUN = 'trip { trip_id: "t" start_date: "20260302" }'


def vehicle(name: str, more: str = "", *, lat: float = 47.9, lon: float = 1.9, at: int = 0) -> str:
    """One entity: a VehiclePosition of a vehicle of that id, measured now or at POSIX seconds."""
    measured = f"timestamp: {at}" if at else ""
    own = f'vehicle {{ id: "{name}" }}' if name else ""
    place = f"position {{ latitude: {lat} longitude: {lon} }}"
    return f'entity {{ id: "e{name}{lat}" vehicle {{ {own} {place} {measured} {more} }} }}'


@pytest.fixture
def city() -> City:
    city = City(now=AT_S2)
    city.schedule(LINE)
    return city


def seen(city: City, **requested: Any) -> list[Any]:
    page = list_vehicles(city.live.state, VehicleFilter(**requested), now=city.now)
    return list(vehicle_list_json(city.live.state, page)["vehicles"])


def only(city: City) -> Any:
    (found,) = seen(city)
    return found


def test_a_vehicle_is_reported_with_its_run_its_line_and_its_stop(city: City) -> None:
    city.publish(
        f"""entity {{ id: "1" vehicle {{ {RUN}
          vehicle {{ id: "412" label: "Bus 412" }}
          position {{ latitude: 47.905 longitude: 1.9 bearing: 360 speed: 8.25 }}
          timestamp: {int(AT_S2.timestamp()) - 20} current_stop_sequence: 2
          current_status: INCOMING_AT occupancy_status: FEW_SEATS_AVAILABLE
          occupancy_percentage: 80 }} }}"""
    )
    assert only(city) == {
        "id": "f:412",
        "feed": "f",
        "label": "Bus 412",
        "lat": 47.905,
        "lon": 1.9,
        "bearing": 0.0,
        "speed": 8.25,
        "occupancy": "few_seats_available",
        "occupancy_text": "quelques places assises",
        "occupancy_percentage": 80,
        "carriages": [],
        "status": "incoming_at",
        "stop": {"id": "f:s2", "name": "Mairie"},
        "trip_id": "f:t",
        "start_date": "20260302",
        "start_time": None,
        "route": {
            "id": "f:r",
            "short_name": "1",
            "long_name": None,
            "type": 3,
            "color": None,
            "text_color": None,
        },
        "headsign": "Lac",
        "delay": None,
        "measured_at": "2026-03-02T08:08:40+01:00",
        "age": 20,
        "stale": False,
    }


def test_a_vehicle_without_a_run_is_displayed_all_the_same(city: City) -> None:
    city.publish(vehicle("1") + vehicle("2", 'trip { route_id: "r" }') + vehicle("3", "trip { }"))
    city.publish(vehicle("4", 'trip { trip_id: "nowhere" }'), source=1)
    result = [
        (each["id"], each["trip_id"], each["route"] and each["route"]["id"]) for each in seen(city)
    ]
    assert result == [
        ("f:1", None, None),
        ("f:2", None, "f:r"),
        ("f:3", None, None),
        ("f:4", None, None),
    ]
    first, second = city.feeds()["f"]["real_time"]
    assert first["vehicles"] == {
        "matched": 0,
        "unmatched": 0,
        "without_run": 3,
        "unplaced": 0,
        "lost": 0,
    }
    assert second["vehicles"]["unmatched"] == 1


@pytest.mark.parametrize(
    ("published", "stop"),
    [
        ("current_stop_sequence: 3", "f:s3"),
        ('stop_id: "s3"', "f:s3"),
        ('stop_id: "s3" current_stop_sequence: 2', "f:s3"),
        ('stop_id: "elsewhere" current_stop_sequence: 2', "f:s2"),
        ("current_stop_sequence: 99", None),
        ("", None),
    ],
)
def test_the_stop_in_question(city: City, published: str, stop: str | None) -> None:
    city.publish(vehicle("1", f"{RUN} {published}"))
    result = only(city)["stop"]
    assert (result and result["id"]) == stop


def test_a_copy_of_a_trip_is_served_under_its_own_id(city: City) -> None:
    """Rule 7: the VehiclePosition of a DUPLICATED run bears the new id."""
    copy = 'trip { trip_id: "copy" start_date: "20260302" }'
    city.publish(vehicle("1", copy))
    assert only(city)["trip_id"] is None
    duplicated = update(
        'trip_id: "t" start_date: "20260302" schedule_relationship: DUPLICATED',
        more='trip_properties { trip_id: "copy" start_date: "20260302" start_time: "08:30:00" }',
        entity="u",
    )
    city.publish(vehicle("1", f"{copy} current_stop_sequence: 2") + duplicated)
    result = only(city)
    assert (result["trip_id"], result["headsign"], result["stop"]["id"]) == (
        "f:copy",
        "Lac",
        "f:s2",
    )


def test_a_run_by_headway_is_distinguished_by_its_start() -> None:
    city = City(now=paris("00:35:00", "2026-03-03"))
    headway = "trip_id,start_time,end_time,headway_secs\nt,23:00:00,25:00:00,1800\n"
    city.schedule({**LINE, "frequencies.txt": headway})
    city.publish(vehicle("1", f'{RUN[:-1]} start_time: "24:30:00" }}'))
    assert (only(city)["start_date"], only(city)["start_time"]) == ("20260302", "24:30:00")


def test_of_a_run_taken_away_the_vehicle_alone_is_displayed(city: City) -> None:
    city.publish(vehicle("1", RUN) + update(f"{RUN[7:-2]} schedule_relationship: DELETED"))
    assert (only(city)["id"], only(city)["trip_id"]) == ("f:1", None)


def test_a_position_grows_stale_and_is_then_displayed_no_more(city: City) -> None:
    """By the clock of the vehicle, else by that of its address."""
    city.publish(vehicle("own", at=int(AT_S2.timestamp()) - 60) + vehicle("none"))
    city.wait(seconds=40)
    assert {each["id"]: (each["age"], each["stale"]) for each in seen(city)} == {
        "f:own": (100, True),
        "f:none": (40, False),
    }
    city.wait(seconds=210)
    assert [each["id"] for each in seen(city)] == ["f:none"]
    assert city.feeds()["f"]["real_time"][0]["vehicles"]["lost"] == 1


def test_a_clock_that_is_far_ahead_is_not_believed(city: City) -> None:
    city.publish(vehicle("1", at=int(AT_S2.timestamp()) + 3600))
    city.wait(seconds=95)
    assert (only(city)["age"], only(city)["stale"]) == (95, True)


def test_a_clock_that_is_days_ahead_does_not_change_the_run(city: City) -> None:
    a_week = 7 * 86_400
    without_date = 'trip { trip_id: "t" }'
    now = int(AT_S2.timestamp())
    city.publish(vehicle("1", without_date, at=now + a_week) + vehicle("2", without_date, at=now))
    assert [(each["id"], each["start_date"]) for each in seen(city)] == [
        ("f:1", "20260302"),
        ("f:2", "20260302"),
    ]


def test_two_addresses_that_report_one_vehicle_are_one_vehicle_seen_last(city: City) -> None:
    now = int(AT_S2.timestamp())
    city.publish(vehicle("1", lat=47.90, at=now - 30) + vehicle("2", lat=47.90, at=now))
    city.publish(
        vehicle("1", lat=47.91, at=now - 10) + vehicle("2", lat=47.91, at=now - 5), source=1
    )
    assert [(each["id"], each["lat"]) for each in seen(city)] == [("f:1", 47.91), ("f:2", 47.9)]
    city.publish(vehicle("2", lat=47.91), source=1)
    assert [(each["id"], each["lat"]) for each in seen(city)] == [("f:1", 47.9), ("f:2", 47.9)]


def test_vehicles_without_a_name_are_never_taken_for_one_another(city: City) -> None:
    city.publish(vehicle("", lat=47.90))
    city.publish(vehicle("", lat=47.90), source=1)
    assert [each["id"] for each in seen(city)] == ["f:0:entity=e47.9", "f:1:entity=e47.9"]


def test_one_feed_never_touches_another(city: City) -> None:
    city.schedule(LINE, "g")
    city.publish(vehicle("1", RUN))
    city.publish(vehicle("1", RUN), "g")
    assert [each["trip_id"] for each in seen(city)] == ["f:t", "g:t"]
    city.publish("", "g")
    assert [each["trip_id"] for each in seen(city)] == ["f:t"]


def test_filters_and_pages(city: City) -> None:
    city.schedule(LINE, "g")
    city.publish(
        vehicle("1", RUN) + vehicle("2", lat=48.5) + vehicle("3", 'trip { route_id: "r" }')
    )
    city.publish(vehicle("1", RUN), "g")
    assert [each["id"] for each in seen(city, feed="f")] == ["f:1", "f:2", "f:3"]
    assert [each["id"] for each in seen(city, route="f:r")] == ["f:1", "f:3"]
    assert seen(city, feed="g", route="f:r") == []
    assert [each["id"] for each in seen(city, box=(1.0, 48.0, 2.0, 49.0))] == ["f:2"]
    found, cursor = [], None
    for _ in range(4):
        page = list_vehicles(city.live.state, VehicleFilter(), now=city.now, limit=1, cursor=cursor)
        found += [each.id for each in page.vehicles]
        cursor = page.next
    assert (found, cursor) == (["f:1", "f:2", "f:3", "g:1"], None)


@pytest.mark.parametrize(
    ("requested", "category"),
    [
        ({"feed": "none"}, "not_found"),
        ({"route": "f:none"}, "not_found"),
        ({"route": "x"}, "not_found"),
    ],
)
def test_what_does_not_exist_is_reported(
    city: City, requested: dict[str, str], category: str
) -> None:
    with pytest.raises(Refusal) as raised:
        list_vehicles(city.live.state, VehicleFilter(**requested), now=city.now)
    assert raised.value.category == category


def test_a_map_has_points_with_the_same_words(city: City) -> None:
    city.publish(vehicle("1", RUN, lat=47.905))
    page = list_vehicles(city.live.state, VehicleFilter(), now=city.now)
    content = vehicle_geojson(city.live.state, page)
    (feature,) = content["features"]
    assert (content["type"], content["feeds"][0]["attribution"]) == (
        "FeatureCollection",
        "La région",
    )
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.9, 47.905]}
    assert {**feature["properties"], "id": feature["id"], "lat": 47.905, "lon": 1.9} == only(city)


def test_vehicles_received_before_their_schedule_find_their_runs_with_it() -> None:
    city = City(now=AT_S2)
    city.publish(vehicle("1", RUN))
    assert [(each["trip_id"], each["measured_at"][-6:]) for each in seen(city)] == [
        (None, "+00:00")
    ]
    city.schedule(LINE)
    assert only(city)["trip_id"] == "f:t"
    city.schedule(
        {
            **LINE,
            "trips.txt": LINE["trips.txt"].replace(",t,", ",u,"),
            "stop_times.txt": LINE["stop_times.txt"].replace("\nt,", "\nu,"),
        }
    )
    assert only(city)["trip_id"] is None
    city.live.withdraw(city.live.state.snapshot.feed("f").feed_id)  # type: ignore[arg-type]
    assert only(city)["route"] is None


def test_carriages_are_in_the_order_of_travel(city: City) -> None:
    details = """
      multi_carriage_details { label: "B" occupancy_status: FULL carriage_sequence: 2 }
      multi_carriage_details { label: "A" occupancy_percentage: 110 carriage_sequence: 1 }
      multi_carriage_details { occupancy_status: NO_DATA_AVAILABLE carriage_sequence: 3 }"""
    city.publish(vehicle("v", details))
    full = {"occupancy": "full", "occupancy_text": "complet", "occupancy_percentage": None}
    unknown = {"occupancy": None, "occupancy_text": None, "occupancy_percentage": None}
    assert only(city)["carriages"] == [
        {"label": "A", **unknown, "occupancy_percentage": 110},
        {"label": "B", **full},
        {"label": None, **unknown},
    ]
    # Without the number of each, the order of the message.
    city.publish(vehicle("v", details.replace("carriage_sequence: 1", "")))
    assert [each["label"] for each in only(city)["carriages"]] == ["B", "A", None]


def test_a_vehicle_has_the_delay_that_is_predicted_at_its_stop(city: City) -> None:
    on_its_way = vehicle("412", f"{RUN} current_stop_sequence: 2", at=int(AT_S2.timestamp()))
    city.publish(on_its_way)
    assert only(city)["delay"] is None
    city.publish(on_its_way + update(TODAY, LATE))
    assert only(city)["delay"] == 180
