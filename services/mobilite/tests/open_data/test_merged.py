"""The merged feeds over HTTP: what a reuser of open data gets."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from google.protobuf import json_format, text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from region import Region, files_of, small_region

EXPECTED = """
trip { trip_id: "tao:a1" start_date: "20260302" schedule_relationship: SCHEDULED
  route_id: "tao:A" direction_id: 0 }
vehicle { id: "tao:v7" label: "Rame 7" license_plate: "AA-1"
  wheelchair_accessible: WHEELCHAIR_ACCESSIBLE }
stop_time_update { stop_sequence: 1
  departure { time: 1772434860 delay: 60 uncertainty: 30 }
  departure_occupancy_status: FEW_SEATS_AVAILABLE
  stop_time_properties { assigned_stop_id: "tao:gare-A2" stop_headsign: "Direct"
    pickup_type: PHONE_AGENCY } }
stop_time_update { stop_sequence: 2 stop_id: "tao:martroi" schedule_relationship: SKIPPED }
timestamp: 1772433000 delay: 60
"""
PROTOBUF = "application/x-protobuf"


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


@pytest_asyncio.fixture
async def client(region: Region, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(region.app())


async def message(client: aiohttp.ClientSession, message_type: str) -> Any:
    async with client.get(f"gtfs-rt/{message_type}.pb") as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == PROTOBUF
        return gtfs_rt.FeedMessage.FromString(await answer.read())


async def test_every_word_of_a_trip_update_goes_out(client: aiohttp.ClientSession) -> None:
    result = await message(client, "trip-updates")
    assert result.header.gtfs_realtime_version == "2.0"
    assert result.header.incrementality == gtfs_rt.FeedHeader.FULL_DATASET
    by_trip = {entity.trip_update.trip.trip_id: entity.trip_update for entity in result.entity}
    assert set(by_trip) == {"tao:a1", "tao:b1", "tao:plus", "tao:n"}
    content = text_format.Parse(EXPECTED, gtfs_rt.TripUpdate())
    assert by_trip["tao:a1"] == content
    new = by_trip["tao:plus"]
    assert new.trip.schedule_relationship == gtfs_rt.TripDescriptor.NEW
    assert new.trip_properties.shape_id == "tao:sA"


async def test_a_vehicle_without_a_known_trip_is_still_a_vehicle(
    client: aiohttp.ClientSession,
) -> None:
    result = await message(client, "vehicle-positions")
    known, lost = (entity.vehicle for entity in result.entity)
    assert (known.trip.trip_id, known.stop_id, known.vehicle.id) == (
        "tao:a1",
        "tao:gare-A1",
        "tao:v7",
    )
    assert known.position.odometer == 12.5
    assert known.occupancy_percentage == 97
    assert known.current_status == gtfs_rt.VehiclePosition.STOPPED_AT
    first, second = known.multi_carriage_details
    assert (first.label, first.occupancy_percentage, first.carriage_sequence) == ("Tête", 100, 1)
    assert (second.id, second.occupancy_status) == ("c2", gtfs_rt.VehiclePosition.EMPTY)
    assert not second.HasField("occupancy_percentage")
    assert lost.vehicle.id == "tao:v8"
    assert not lost.HasField("trip")
    assert not lost.HasField("stop_id")


async def test_an_alert_about_all_trams_is_about_its_own_networks(
    client: aiohttp.ClientSession,
) -> None:
    result = await message(client, "alerts")
    works, trams = (entity.alert for entity in result.entity)
    assert [selector.route_id for selector in works.informed_entity] == ["tao:A"]
    assert [each.text for each in works.header_text.translation] == ["Travaux", "Works"]
    assert works.severity_level == gtfs_rt.Alert.WARNING
    (picture,) = works.image.localized_image
    assert (picture.url, picture.media_type, picture.language) == (
        "https://www.example.org/plan.png",
        "image/png",
        "fr",
    )
    assert [each.text for each in works.image_alternative_text.translation] == ["Plan"]
    assert [(each.agency_id, each.route_type) for each in trams.informed_entity] == [
        ("tao:tram", 0),
        ("tao:bus", 0),
    ]


@pytest.mark.parametrize(
    ("path", "accept", "form"),
    [
        ("trip-updates", "*/*", "pb"),
        ("trip-updates", "application/json", "json"),
        ("trip-updates", "application/json;q=0.5, application/x-protobuf", "pb"),
        ("trip-updates", "text/html;q=x, application/json;q=0.9, */*;q=0.8", "json"),
        ("trip-updates.json", PROTOBUF, "json"),
        ("trip-updates.pb", "application/json", "pb"),
        ("alerts", "", "pb"),
    ],
)
async def test_the_suffix_or_else_accept_chooses(
    client: aiohttp.ClientSession, path: str, accept: str, form: str
) -> None:
    async with client.get(f"gtfs-rt/{path}", headers={"accept": accept}) as answer:
        assert answer.status == 200
        result = "pb" if answer.content_type == PROTOBUF else "json"
        assert result == form
        assert (answer.headers.get("vary") == "accept") == ("." not in path)


@pytest.mark.parametrize("message_type", ["trip-updates", "vehicle-positions", "alerts"])
async def test_json_is_the_same_message(client: aiohttp.ClientSession, message_type: str) -> None:
    async with client.get(f"gtfs-rt/{message_type}.json") as answer:
        read = json_format.Parse(await answer.text(), gtfs_rt.FeedMessage())
    assert read == await message(client, message_type)


async def test_what_did_not_change_is_not_sent_again(
    client: aiohttp.ClientSession, region: Region
) -> None:
    for path in ("gtfs-rt/trip-updates", "gtfs-rt/alerts.json", "gtfs-rt"):
        async with client.get(path) as answer:
            tag = answer.headers["etag"]
            assert answer.headers["cache-control"].startswith("public, max-age=")
        async with client.get(path, headers={"if-none-match": tag}) as again:
            assert (again.status, await again.read()) == (304, b"")
        async with client.head(path) as head:
            assert (head.status, await head.read()) == (200, b"")
    region.clock.advance(3600)  # nothing else becomes too old afterwards
    async with client.get("gtfs-rt") as answer:
        tag = answer.headers["etag"]
    for seconds, status in ((59, 304), (1, 200)):  # the index states ages, true to the minute
        region.clock.advance(seconds)
        async with client.get("gtfs-rt", headers={"if-none-match": tag}) as later:
            assert later.status == status


async def test_licences_and_credits_have_their_place(client: aiohttp.ClientSession) -> None:
    async with client.get("gtfs-rt") as answer:
        index = await answer.json()
    assert index["licence"] == "etalab-2.0"
    assert index["schedule"]["feeds"] == ["remi", "tao"]
    assert [(each["feed"], each["attribution"]) for each in index["sources"]] == [
        ("remi", "La région"),
        ("tao", "La région"),
    ]
    updates, vehicles, alerts = index["messages"]
    assert updates["entities"] == {"tao": 4}
    assert updates["left_out"] == {"tao": {"unknown_trip": 1}}
    assert vehicles["left_out"] == {"tao": {"trip_unknown": 1}}
    assert alerts["left_out"] == {"tao": {"nothing_known": 1}}
    async with client.get("gtfs-rt/alerts") as answer:
        assert set(answer.links) == {"describedby", "license"}
        assert answer.links["describedby"]["url"].path == "/mobilite/v1/gtfs-rt"


async def test_what_is_no_message_reports_what_is(client: aiohttp.ClientSession) -> None:
    for path in ("shapes", "alerts.xml", "alerts.pb.json"):
        async with client.get(f"gtfs-rt/{path}") as answer:
            assert answer.status == 404
            assert "vehicle-positions" in (await answer.json(content_type=None))["detail"]


async def test_the_schedule_comes_when_it_is_ready(
    client: aiohttp.ClientSession, region: Region
) -> None:
    async with client.get("gtfs.zip") as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "content-disposition" not in answer.headers  # nobody saves it as gtfs.zip
        assert "préparation" in (await answer.json(content_type=None))["detail"]
    made = asyncio.create_task(region.schedule.run())
    while True:
        async with client.get("gtfs.zip") as answer:
            if answer.status == 200:
                body, headers = await answer.read(), answer.headers
                break
        await asyncio.sleep(0.1)
    made.cancel()
    assert headers["content-type"] == "application/zip"
    assert headers["content-disposition"] == 'attachment; filename="gtfs.zip"'
    assert {"feed_info.txt", "frequencies.txt", "attributions.txt"} <= files_of(body).keys()
    result = await message(client, "trip-updates")
    assert headers["etag"] == f'"{result.header.feed_version}"'
    async with client.get("gtfs.zip", headers={"range": "bytes=0-3"}) as part:
        assert (part.status, await part.read()) == (206, b"PK\x03\x04")
    async with client.get("gtfs.zip", headers={"if-none-match": headers["etag"]}) as same:
        assert same.status == 304
    async with client.head("gtfs.zip") as head:
        assert head.headers["content-length"] == str(len(body))
