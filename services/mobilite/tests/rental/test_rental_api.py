"""Rentals over HTTP: lists, map, systems, staleness, refusals."""

import asyncio
import json

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi, get
from rental_towns import NOW, Folder, town
from rentals import Rentals

from mobilite.live.flows import Live
from mobilite.wiring.app import make_api
from socle.clock import ManualClock


class ApiServer:
    """The public addresses over a picture of rentals, at an instant of choice."""

    def __init__(self) -> None:
        self.live, self.clock = Live(), ManualClock(NOW)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Rentals:
    """The town as published by its operator, shared by these tests."""

    async def report() -> Rentals:
        rentals = Rentals(Folder(tmp_path_factory.mktemp("v"), town("3.0")).feed())
        async with rentals.polled():
            await rentals.becomes(lambda: rentals.system().system.name is not None)
        return rentals

    return asyncio.run(report())


@pytest.fixture
def app(result: Rentals) -> ApiServer:
    app = ApiServer()
    app.live.rentals = result.live()
    return app


@pytest_asyncio.fixture
async def client(app: ApiServer, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(app.live, app.clock))


async def ids(client: aiohttp.ClientSession, **query: str) -> list[str]:
    listed = await get(client, "rental", **query)
    return [each["id"].removeprefix("ville:") for each in listed["rental"]]


async def test_a_station_reports_all_it_knows(client: aiohttp.ClientSession) -> None:
    listed = await get(client, "rental", kind="station", limit="1")
    (station,) = listed["rental"]
    assert station == {
        "id": "ville:gare",
        "kind": "station",
        "feed": "ville",
        "name": "Gare",
        "lat": 47.9,
        "lon": 1.9,
        "distance": None,
        "available": True,
        "station": {
            "short_name": None,
            "address": "1 place de la Gare",
            "post_code": None,
            "capacity": 20,
            "virtual": False,
            "charging": None,
            "vehicles_available": 7,
            "vehicles_disabled": 1,
            "vehicle_types": [
                {
                    "id": "vae",
                    "name": "Vélo électrique",
                    "form_factor": "bicycle",
                    "propulsion": "electric_assist",
                    "words": "vélo à assistance électrique",
                    "count": 7,
                }
            ],
            "docks_available": 12,
            "installed": True,
            "renting": True,
            "returning": True,
        },
        "vehicle": None,
        "last_reported": "2026-03-02T08:59:30+01:00",
        "rental_uris": {"android": None, "ios": None, "web": "https://exemple.fr/gare"},
    }
    (system,) = listed["systems"]
    assert (system["name"], system["state"], system["age"]) == ("Vélo Ville", "fresh", 0)
    assert system["licence"] == "https://exemple.fr/licence"
    assert listed["message"] is None
    rest = await get(client, "rental", kind="station", limit="1", cursor=listed["next"])
    assert [each["id"] for each in rest["rental"]] == ["ville:parc"]
    assert rest["rental"][0]["station"]["capacity"] == 10
    assert rest["next"] is None


async def test_a_vehicle_reports_all_it_knows(client: aiohttp.ClientSession) -> None:
    vehicle = (await get(client, "rental", kind="vehicle"))["rental"][0]
    assert (vehicle["id"], vehicle["name"]) == ("ville:a1", "Trottinette électrique")
    assert vehicle["available"] is True
    assert vehicle["vehicle"] == {
        "type": {
            "id": "trott",
            "name": "Trottinette",
            "form_factor": "scooter_standing",
            "propulsion": "electric",
            "words": "trottinette électrique",
        },
        "reserved": False,
        "disabled": False,
        "range_meters": 12000.0,
        "fuel_percent": None,
        "station": None,
        "home_station": None,
        "pricing_plan": "minute",
        "available_until": None,
    }


SOUGHT: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["gare", "parc", "a1", "a2"]),
    ({"lat": "47.9", "lon": "1.9", "radius": "800"}, ["gare", "a1", "a2"]),
    ({"lat": "47.91", "lon": "1.9"}, ["parc", "a2"]),
    ({"lat": "47.91", "lon": "1.9", "kind": "vehicle"}, ["a2"]),
    ({"bbox": "1.8,47.901,2,47.9055"}, ["a1"]),
    ({"bbox": "2,47,1.8,48"}, []),
    ({"feed": "ville", "kind": "vehicle"}, ["a1", "a2"]),
    ({"form_factor": "bicycle"}, ["gare", "parc"]),
    ({"form_factor": "bicycle", "available": "true"}, ["gare"]),
    ({"form_factor": "scooter"}, ["parc", "a1", "a2"]),
    ({"form_factor": "scooter_seated"}, []),
    ({"available": "true"}, ["gare", "a1"]),
    ({"available": "false"}, ["parc", "a2"]),
    ({"station": "ville:gare"}, ["a3"]),
    ({"station": "ville:gare", "available": "true"}, []),
    ({"station": "ville:parc"}, []),
]


async def test_what_is_sought_is_found(client: aiohttp.ClientSession) -> None:
    for query, found in SOUGHT:
        assert await ids(client, **query) == found, query
        features = (await get(client, "rental.geojson", **query))["features"]
        assert [each["id"] for each in features] == [f"ville:{each}" for each in found]


async def test_the_map_is_geojson(client: aiohttp.ClientSession) -> None:
    async with client.get("rental.geojson?limit=1") as answer:
        assert answer.content_type == "application/geo+json"
        collection = json.loads(await answer.read())
    assert collection["type"] == "FeatureCollection"
    (feature,) = collection["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.9, 47.9]}
    assert feature["properties"]["station"]["vehicles_available"] == 7
    assert collection["next"] is not None


async def test_a_system_reports_who_rents_what_for_how_much(client: aiohttp.ClientSession) -> None:
    (system,) = (await get(client, "rental/systems"))["systems"]
    assert (system["feed"], system["name"], system["version"]) == ("ville", "Vélo Ville", "3.0")
    assert [each["words"] for each in system["pricing_plans"]] == ["1,00 €, puis 0,20 € par min"]
    assert [each["words"] for each in system["vehicle_types"]] == [
        "vélo à assistance électrique",
        "trottinette électrique",
    ]
    assert system["apps"]["android"]["store_uri"] == "https://exemple.fr/app"
    (alert,) = system["alerts"]
    assert (alert["active"], alert["summary"]) == (True, "Parc fermé")
    assert alert["stations"] == ["ville:parc"]
    assert system["stations"]["count"] == 2
    assert system["last_error"] is None


async def test_what_is_old_reports_so(app: ApiServer, client: aiohttp.ClientSession) -> None:
    app.clock.advance(301)
    listed = await get(client, "rental")
    (system,) = listed["systems"]
    assert (system["state"], system["age"]) == ("stale", 301)
    assert system["message"] == (
        "Disponibilités périmées : l'exploitant n'a rien publié depuis 5 min."
    )
    assert {each["available"] for each in listed["rental"]} == {None}
    assert listed["rental"][0]["station"]["vehicles_available"] == 7
    assert await ids(client, available="true") == []


async def test_who_has_the_answer_already_gets_304(
    app: ApiServer, client: aiohttp.ClientSession
) -> None:
    tag_of: dict[str, str] = {}
    for path in ("rental", "rental.geojson", "rental/systems"):
        async with client.get(path) as answer:
            tag = tag_of[path] = answer.headers["etag"]
        app.clock.advance(5)
        async with client.get(path, headers={"if-none-match": tag}) as again:
            assert again.status == 304
    # Nothing changed but the ages, which a cached answer would state as they were.
    app.clock.advance(60)
    async with client.get("rental", headers={"if-none-match": tag_of["rental"]}) as again:
        assert (await again.json())["systems"][0]["age"] == 75
    app.clock.advance(240)
    async with client.get(path, headers={"if-none-match": tag}) as again:
        assert again.status == 200


@pytest.mark.parametrize("path", ["rental", "rental.geojson"])
async def test_an_answer_around_a_position_is_stored_nowhere(
    client: aiohttp.ClientSession, path: str
) -> None:
    for query, expected in (("lat=47.9&lon=1.9", "private, no-store"), ("", "public, max-age=5")):
        async with client.get(f"{path}?{query}") as answer:
            assert answer.headers["cache-control"] == expected


REFUSED: list[tuple[dict[str, str], int, str]] = [
    ({"lat": "47.9"}, 400, "demande aussi lon"),
    ({"radius": "100"}, 400, "demande un point"),
    ({"bbox": "1,2,3"}, 400, "ouest,sud,est,nord"),
    ({"bbox": "1,48,2,47"}, 400, "ouest,sud,est,nord"),
    ({"bbox": "nan,47,2,48"}, 400, "ouest,sud,est,nord"),
    ({"limit": "-1"}, 400, "un entier est attendu, de 1 à 500"),
    ({"kind": "bateau"}, 400, "kind"),
    ({"form_factor": "bateau"}, 400, "form_factor"),
    ({"available": "peut-être"}, 400, "available"),
    ({"cursor": "x"}, 400, "cursor"),
    ({"feed": "ailleurs"}, 404, "n’a pas de véhicules en libre-service"),
    ({"station": "ville:lac"}, 404, "n’existe pas"),
    ({"station": "lac"}, 404, "n’existe pas"),
    ({"feed": "x" * 5_000}, 404, "n’a pas de véhicules"),
]


async def test_what_cannot_be_answered_reports_why(client: aiohttp.ClientSession) -> None:
    for query, status, words in REFUSED:
        async with client.get("rental", params=query) as answer:
            problem = await answer.json(content_type="application/problem+json")
            assert (answer.status, words in problem["detail"]) == (status, True), problem
            assert len(problem["detail"]) < 400


async def test_an_empty_answer_reports_why(
    connect_api: ConnectApi, client: aiohttp.ClientSession
) -> None:
    near = {"lat": "10", "lon": "10", "radius": "300"}
    assert (await get(client, "rental", **near))["message"] == (
        "Aucun véhicule ni station en libre-service à moins de 300 m."
    )
    assert (await get(client, "rental", kind="station", form_factor="car"))["message"] == (
        "Aucune station pour cette recherche."
    )
    alone = await connect_api(make_api(Live(), ManualClock(NOW)))
    for path in ("rental", "rental.geojson", "rental/systems"):
        message = (await get(alone, path))["message"]
        assert message == "Aucun réseau de véhicules en libre-service n'est déclaré."
