"""The public addresses over real connections: answers, errors, caching."""

from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi, get
from boards import City, paris, update
from cities import LINE
from yarl import URL

from mobilite.wiring.app import make_api
from socle.clock import ManualClock
from socle.testing import ServeApp

NOW = paris("07:30:00")


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    city.schedule(LINE, "tao")
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(NOW)))


async def test_a_board_by_its_address(client: aiohttp.ClientSession) -> None:
    board = await get(client, "stops/tao:s1/departures", at="2026-03-02T07:00:00+01:00", limit="1")
    assert [line["trip_id"] for line in board["departures"]] == ["tao:t"]
    assert board["at"] == "2026-03-02T07:00:00+01:00"
    assert board["generated_at"] == "2026-03-02T07:30:00+01:00"
    second = await get(client, "stops/tao:s1/departures", limit="1", cursor=board["next"])
    assert [line["start_date"] for line in second["departures"]] == ["20260303"]


@pytest.mark.parametrize("local", ["a/b", "/", "a%2Fb", "?a=b#c", "é 中", "..", "x:y"])
async def test_any_id_an_operator_chose_has_its_addresses(
    city: City, client: aiohttp.ClientSession, local: str
) -> None:
    files = {name: text.replace("s1,", f'"{local}",') for name, text in LINE.items()}
    city.schedule(files, "tao")
    encoded = quote(f"tao:{local}", safe="")
    for path in (f"stops/{encoded}", f"stops/{encoded}/departures"):
        async with client.get(URL(path, encoded=True)) as answer:
            assert answer.status == 200, await answer.text()
    async with client.get(URL(f"stops/{encoded}/departures/stream", encoded=True)) as answer:
        assert answer.content_type == "text/event-stream"


async def test_a_plus_that_became_a_blank_is_understood(client: aiohttp.ClientSession) -> None:
    async with client.get("stops/tao:s1/departures?at=2026-03-02T07:00:00+01:00") as answer:
        assert answer.headers["x-regionlab-fact"] == "board-watched"
        assert (await answer.json())["at"] == "2026-03-02T07:00:00+01:00"


async def test_stops_by_name_around_a_point_and_by_id(client: aiohttp.ClientSession) -> None:
    named = await get(client, "stops", q="gare")
    (stop,) = named["stops"]
    assert (stop["id"], stop["towards"]) == ("tao:s1", ["Lac"])
    assert [route["id"] for route in stop["routes"]] == ["tao:r"]
    assert stop["modes"] == ["bus"]
    complete = await get(client, "stops", limit="3")
    assert [each["id"] for each in complete["stops"]] == ["tao:s1", "tao:s2", "tao:s3"]
    rest = await get(client, "stops", limit="3", cursor=complete["next"])
    assert ([each["id"] for each in rest["stops"]], rest["next"]) == (["tao:s4"], None)
    near = await get(client, "stops", lat="47.91", lon="1.9")
    assert [(stop["id"], stop["distance"]) for stop in near["stops"]] == [("tao:s2", 0.0)]
    detail = await get(client, "stops/tao:s1")
    assert [route["id"] for route in detail["routes"]] == ["tao:r"]
    assert detail["timezone"] == "Europe/Paris"


async def test_where_a_stop_leads_is_reported_even_by_trips_that_show_nothing(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.schedule({**LINE, "trips.txt": LINE["trips.txt"].replace("t,Lac", "t,")}, "tao")
    for name, towards in (("parc", ["Lac"]), ("lac", [])):
        (stop,) = (await get(client, "stops", q=name))["stops"]
        assert stop["towards"] == towards


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("stops/tao:s9/departures", {}, 404, "tao:s9"),
        ("stops/tao:s9", {}, 404, "n’existe pas"),
        ("stops/tao:s9/departures/stream", {}, 404, "n’existe pas"),
        ("stops/tao:s1/departures", {"limit": "-1"}, 400, "entier est attendu, de 1 à 100"),
        ("stops/tao:s1/departures", {"limit": "1e3"}, 400, "entier est attendu, de 1 à 100"),
        ("stops/tao:s1/departures", {"limit": "9" * 5000}, 400, "entier est attendu, de 1 à 100"),
        ("stops/tao:s1/departures", {"at": "demain"}, 400, "instant RFC 3339"),
        ("stops/tao:s1/departures", {"at": "2026-03-02T07:00:00"}, 400, "décalage"),
        ("stops/tao:s1/departures", {"at": "0001-01-01T00:00:00+14:00"}, 400, "entre 1991"),
        ("stops/tao:s1/departures", {"cursor": "x"}, 400, "cursor"),
        ("stops", {"radius": "100"}, 400, "lat et lon"),
        ("stops", {"cursor": "MTA"}, 400, "première page"),
        ("stops", {"q": "gare", "lat": "47", "lon": "1"}, 400, "pas les deux"),
        ("stops", {"q": "x" * 201}, 400, "200 caractères"),
        ("stops", {"lat": "47"}, 400, "lon"),
        ("stops", {"lat": "91", "lon": "1"}, 400, "une latitude est attendue, de -90 à 90"),
        ("stops", {"lat": "nan", "lon": "1"}, 400, "une latitude est attendue, de -90 à 90"),
        (
            "stops",
            {"lat": "47", "lon": "1", "radius": "5001"},
            400,
            "entier est attendu, de 1 à 5000",
        ),
    ],
)
async def test_what_cannot_be_answered_reports_why(
    client: aiohttp.ClientSession, path: str, query: Mapping[str, str], status: int, words: str
) -> None:
    async with client.get(path, params=query) as answer:
        problem = await answer.json(content_type="application/problem+json")
        assert answer.status == status
    assert words in problem["detail"]
    assert problem["type"].startswith("urn:regionlab:problem:")
    assert problem["request_id"]


async def test_stops_around_a_position_are_stored_nowhere(client: aiohttp.ClientSession) -> None:
    async with client.get("stops?lat=47.91&lon=1.9") as answer:
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-store")


async def test_who_has_the_answer_already_gets_304(
    client: aiohttp.ClientSession, city: City
) -> None:
    for path in ("stops/tao:s1/departures", "stops?q=gare", "stops/tao:s1", "feeds"):
        async with client.get(path) as answer:
            assert answer.headers["cache-control"].startswith("public, max-age=")
            tag = answer.headers["etag"]
        async with client.get(path, headers={"if-none-match": f'"other", {tag}'}) as again:
            assert again.status == 304
            assert await again.read() == b""
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "tao")
    path = "stops/tao:s1/departures"
    async with client.get(path) as answer:
        tag = answer.headers["etag"]
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 90"), "tao")
    async with client.get(path, headers={"if-none-match": tag}) as again:
        assert again.status == 200


async def test_feeds_report_their_schedule_and_each_address(
    client: aiohttp.ClientSession, city: City
) -> None:
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "tao")
    (feed,) = (await get(client, "feeds"))["feeds"]
    assert feed["schedule"]["serving"] is True
    assert feed["schedule"]["last_attempt"]["outcome"] == "imported"
    (source,) = feed["real_time"]
    assert (source["state"], source["age"], source["matched"]) == ("live", 0, 1)
    assert (source["unmatched"], source["mismatched"], source["waiting"]) == (0, 0, 0)


async def test_an_address_that_fails_reports_so_and_harms_no_board(
    client: aiohttp.ClientSession, city: City
) -> None:
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "tao")
    city.fails("tao", since=NOW)
    (source,) = (await get(client, "feeds"))["feeds"][0]["real_time"]
    assert source["state"] == "failing"
    assert source["consecutive_failures"] == 1
    assert source["last_error"]["code"] == "timeout"
    board = await get(client, "stops/tao:s1/departures", limit="1")
    assert board["departures"][0]["state"] == "predicted"


async def test_what_is_not_known_yet_is_not_reported_not_to_exist(
    city: City, client: aiohttp.ClientSession
) -> None:
    """A replica that starts: its port is open before it has read the tables."""
    reading = [True, True, True, True, False]
    city.live.track_catch_up(lambda: reading.pop(0))
    for path in ("stops/tao:nowhere", "stops/tao:nowhere/departures/stream", "alerts", "feeds"):
        async with client.get(path) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "2"), path
    assert (await get(client, "alerts"))["alerts"] == []
    async with client.get("stops/tao:nowhere") as answer:
        assert answer.status == 404


async def test_the_contract_describes_every_address(serve_app: ServeApp, city: City) -> None:
    address = await serve_app(make_api(city.live, ManualClock(NOW)))
    async with aiohttp.ClientSession() as session, session.get(f"{address}/openapi.json") as answer:
        contract = await answer.json()
    assert set(contract["paths"]) == {
        "/mobilite/v1/places",
        "/mobilite/v1/places/{place_id}",
        "/mobilite/v1/stops",
        "/mobilite/v1/stops/{stop_id}",
        "/mobilite/v1/stops/{stop_id}/departures",
        "/mobilite/v1/stops/{stop_id}/departures/stream",
        "/mobilite/v1/emissions/factors",
        "/mobilite/v1/alerts",
        "/mobilite/v1/alerts/stream",
        "/mobilite/v1/alerts/{alert_id}",
        "/mobilite/v1/feeds",
        "/mobilite/v1/rental",
        "/mobilite/v1/rental.geojson",
        "/mobilite/v1/rental/systems",
        "/mobilite/v1/routes",
        "/mobilite/v1/routes/{route_id}",
        "/mobilite/v1/trips",
        "/mobilite/v1/trips/{trip_id}",
        "/mobilite/v1/vehicles",
        "/mobilite/v1/vehicles.geojson",
        "/mobilite/v1/vehicles/stream",
        "/mobilite/v1/alerts.geojson",
        "/mobilite/v1/routes.geojson",
        "/siri/2.1",
        "/siri/2.0/stop-monitoring.{form}",
        "/siri/2.0/estimated-timetable.{form}",
        "/siri/2.0/vehicle-monitoring.{form}",
        "/siri/2.0/situation-exchange.{form}",
        "/siri/2.0/general-message.{form}",
        "/siri/2.0/lines-discovery.{form}",
        "/siri/2.0/stoppoints-discovery.{form}",
        "/mobilite/v1/routes/{route_id}/runs",
        "/mobilite/v1/routes/{route_id}/runs/stream",
        "/mobilite/v1/routes/{route_id}/timetable",
        "/mobilite/v1/stops.geojson",
        "/mobilite/v1/trips/{trip_id}/stream",
    }
    board = contract["components"]["schemas"]["BoardJson"]
    assert set(board["required"]) == {
        "stop",
        "at",
        "generated_at",
        "message",
        "feeds",
        "alerts",
        "departures",
        "next",
    }
    parameters = contract["paths"]["/mobilite/v1/stops/{stop_id}/departures"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in parameters}
    assert by_name["limit"]["schema"]["maximum"] == 100
    assert by_name["at"]["schema"]["format"] == "date-time"
    assert all(parameter["description"] for parameter in parameters)
