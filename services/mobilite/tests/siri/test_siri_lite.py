"""SIRI Lite over HTTP: formats, parameters, conditions, errors."""

import aiohttp
import pytest_asyncio
from api_client import ConnectApi
from boards import TODAY, city_of_one_bus, update

from mobilite.wiring.app import make_api
from socle.clock import ManualClock

STOPS = "/siri/2.0/stop-monitoring"


@pytest_asyncio.fixture
async def client(connect_api: ConnectApi) -> aiohttp.ClientSession:
    city = city_of_one_bus()
    city.publish(update(TODAY, 'stop_time_update { stop_id: "s1" departure { delay: 60 } }'))
    return await connect_api(make_api(city.live, ManualClock(city.now)))


async def test_the_format_is_that_of_the_name_or_of_accept(client: aiohttp.ClientSession) -> None:
    for path, accept, media in (
        (".json", "application/xml", "application/json"),
        (".xml", "application/json", "application/xml"),
        ("", "text/xml", "application/xml"),
        ("", "application/json;q=0.9, application/xml;q=0.5", "application/json"),
        ("", "*/*", "application/json"),
    ):
        url, headers = f"{STOPS}{path}?monitoringref=f:s1", {"accept": accept}
        async with client.get(url, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (200, media)
            assert ("accept" in answer.headers.get("vary", "")) == (not path)
            text = await answer.text()
        assert text.startswith('{"Siri":{"ServiceDelivery":' if "json" in media else "<?xml")


async def test_a_client_that_has_the_answer_gets_304_and_head_has_no_body(
    client: aiohttp.ClientSession,
) -> None:
    url = f"{STOPS}.json?MonitoringRef=f:s1&MonitoringRef=f%3As2"
    async with client.get(url) as answer:
        content, tag = await answer.json(), answer.headers["etag"]
        assert answer.headers["cache-control"] == "public, max-age=5"
        assert 'rel="license"' in answer.headers["link"]
    deliveries = content["Siri"]["ServiceDelivery"]["StopMonitoringDelivery"]
    assert [each["Status"] for each in deliveries] == [True, True]
    async with client.get(url, headers={"if-none-match": tag}) as answer:
        assert answer.status == 304
    async with client.head(url) as answer:
        assert (answer.status, answer.headers["etag"]) == (200, tag)


async def test_errors_are_in_the_words_of_siri_with_the_status_of_http(
    client: aiohttp.ClientSession,
) -> None:
    for query, status, error in (
        ("", 400, "OtherError"),
        ("MonitoringRef=f:nowhere", 404, "InvalidDataReferencesError"),
        ("MonitoringRef=f:s1&LineRef=f:nowhere", 404, "InvalidDataReferencesError"),
        ("MonitoringRef=f:s1&MaximumStopVisits=0", 400, "OtherError"),
        ("MonitoringRef=f:s1&StartTime=demain", 400, "OtherError"),
        ("MonitoringRef=f:s1&PreviewInterval=P", 400, "OtherError"),
        ("MonitoringRef=f:s1&StopVisitTypes=arrivals", 415, "CapabilityNotSupportedError"),
        ("&".join(f"MonitoringRef=f:{n}" for n in range(99)), 400, "OtherError"),
    ):
        async with client.get(f"{STOPS}.json?{query}") as answer:
            assert answer.status == status, query
            assert answer.headers["cache-control"] == "no-store"
            delivery = (await answer.json())["Siri"]["ServiceDelivery"]
        (only,) = delivery["StopMonitoringDelivery"]
        assert not only["Status"]
        assert error in only["ErrorCondition"]


async def test_a_request_in_xml_is_answered_in_xml(client: aiohttp.ClientSession) -> None:
    body = '<Siri xmlns="http://www.siri.org.uk/siri"><CheckStatusRequest/></Siri>'
    async with client.post("/siri/2.1", data=body) as answer:
        assert (answer.status, answer.content_type) == (200, "application/xml")
        assert "<Status>true</Status>" in await answer.text()
