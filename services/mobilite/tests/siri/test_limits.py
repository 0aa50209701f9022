"""What one request can ask for, and how many are answered at once."""

import asyncio
from threading import Event
from typing import Any
from xml.etree import ElementTree

import pytest
from api_client import ConnectApi
from boards import City, city_of_one_bus, paris
from cities import LINE
from siri_documents import NAMES, Xml, elements, lite_json, lite_xml, monitored_journeys, value

from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.siri.api.router import SIRI_PREFIX
from mobilite.siri.api.siri_lite import add_siri_lite
from mobilite.siri.api.siri_xml import add_siri_xml, answer_xml
from mobilite.siri.flows import monitor_stop
from mobilite.siri.flows.discover import discover_lines, discover_stops
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.http import Router, make_app

MOST = "AllowedResourceUsageExceededError"


def city_of_lines(lines: int, trips: int) -> City:
    """Lines from s1 to s2 with a trip each minute from 08:00 on."""
    routes, runs, times = [
        ["route_id,agency_id,route_short_name,route_type"],
        ["route_id,service_id,trip_id"],
        ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"],
    ]
    for line in range(lines):
        routes.append(f"r{line},a,{line},3")
        for trip in range(trips):
            name, minute = f"{line}-{trip}", f"{trip:02}"
            runs.append(f"r{line},daily,{name}")
            times.append(f"{name},08:{minute}:00,08:{minute}:00,s1,1")
            times.append(f"{name},09:{minute}:00,09:{minute}:00,s2,2")
    written = {"routes.txt": routes, "trips.txt": runs, "stop_times.txt": times}
    city = City(now=paris("07:30:00"))
    city.schedule(LINE | {name: "\n".join([*rows, ""]) for name, rows in written.items()})
    return city


def test_the_minimum_of_each_line_stays_within_the_limit_of_a_stop() -> None:
    city = city_of_lines(6, 20)

    def listed(**query: Any) -> tuple[int, str | None]:
        wanted = {"MonitoringRef": "f:s1", "PreviewInterval": "PT12H", **query}
        document = lite_xml(city.live.state, city.now, "stop-monitoring", **wanted)
        found = elements(document, "MonitoredStopVisit")
        return len(found), value(document, "ServiceDelivery/MoreData")

    assert listed(MaximumStopVisits=1, MinimumStopVisitsPerLine=20) == (100, "true")
    assert listed(MaximumStopVisits=1, MinimumStopVisitsPerLine=16) == (96, None)
    assert listed(MaximumStopVisits=100) == (100, None)


def test_the_stops_of_all_requests_count_together() -> None:
    city = city_of_one_bus()
    wanted = "".join(
        f"<StopMonitoringRequest>{refs}</StopMonitoringRequest>"
        for count in (12, 9, 8, 1)
        for refs in ["".join(f"<monitoringref>f:{n}</monitoringref>" for n in range(count))]
    )
    body = f'<Siri xmlns="{NAMES["s"]}"><ServiceRequest>{wanted}</ServiceRequest></Siri>'
    document = ElementTree.fromstring(answer_xml(city.live.state, body.encode(), city.now)[1])
    assert len(elements(document, "InvalidDataReferencesError")) == 12 + 8
    assert len(elements(document, MOST)) == 2


def test_a_full_page_of_departures_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    city, read, pages = city_of_one_bus(), monitor_stop.next_departures, list[object]()

    def counted(*given: Any, **named: Any) -> Any:
        pages.append(named["after"])
        return read(*given, **named)

    monkeypatch.setattr(monitor_stop, "next_departures", counted)
    content = lite_json(
        city.live.state, city.now, "stop-monitoring", MonitoringRef="f:s1", MaximumStopVisits=2
    )
    assert len(monitored_journeys(content)) == 2
    assert pages == [None]


def test_a_list_that_is_too_long_is_refused() -> None:
    state = city_of_one_bus().live.state
    assert len(discover_stops(state, None, None, most=4)) == 4
    with pytest.raises(Refusal, match="BoundingBox") as refusal:
        discover_stops(state, None, None, most=3)
    assert refusal.value.category == "too_large"
    assert len(discover_stops(state, None, (1.0, 47.0, 2.0, 47.925), most=3)) == 3
    state = city_of_lines(2, 1).live.state
    assert len(discover_lines(state, None, most=2)) == 2
    with pytest.raises(Refusal, match="précisez q"):
        discover_lines(state, None, most=1)


async def test_a_request_that_would_wait_for_too_long_is_refused(connect_api: ConnectApi) -> None:
    city, limiter, done = city_of_one_bus(), SearchLimiter(1, patience=0.001), Event()
    clock, router = ManualClock(city.now), Router(tags=["siri"])
    add_siri_lite(router, city.live, clock, limiter)
    add_siri_xml(router, city.live, clock, limiter)
    app = make_app("SIRI", service="siri", clock=clock)
    router.add_to(app, prefix=SIRI_PREFIX)
    client = await connect_api(app)
    slow = asyncio.create_task(limiter.run(done.wait))
    await asyncio.sleep(0)
    try:
        # The XSD allows a whole answer, which has no delivery, only OtherError.
        for answer, error in (
            (await client.get("/siri/2.0/lines-discovery.xml"), "ServiceNotAvailableError"),
            (await client.post("/siri/2.1", data=b""), "OtherError"),
        ):
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["cache-control"] == "no-store"
            document: Xml = ElementTree.fromstring(await answer.text())
            assert len(elements(document, error)) == 1
        # A stop does not wait for what is long.
        async with client.get("/siri/2.0/stop-monitoring.json?MonitoringRef=f:s1") as found:
            assert found.status == 200
    finally:
        done.set()
        await slow
