"""Journeys by way of a hub whose stops are apart: whoever changes there walks from one to another.

A bus ends at B, 111 m from one stop of the hub; the next one leaves from the other, 334 m further.
"""

from dataclasses import replace

import pytest
import pytest_asyncio
from boards import paris
from valley import BUS, Valley

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.journeys.domain.journey import Journey, WalkLeg
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from mobilite.places.domain.hubs import DeclaredHub
from mobilite.places.domain.region_places import Gazetteer

_OUTWARD = {
    **BUS,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon
a,A,47.5000,1.1000
b,B,47.6000,1.2000
near,Pôle,47.6010,1.2000
far,Pôle,47.6040,1.2000
d,D,47.7000,1.3000
""",
    "trips.txt": "route_id,service_id,trip_id\n" + "".join(f"b,daily,t{n}\n" for n in range(4)),
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t0,08:00:00,08:00:00,a,1
t0,08:10:00,08:10:00,b,2
t1,08:13:00,08:13:00,far,1
t1,08:30:00,08:30:00,d,2
t2,08:40:00,08:40:00,far,1
t2,09:00:00,09:00:00,d,2
t3,07:00:00,07:00:00,near,1
t3,07:01:00,07:01:00,b,2
""",
}
_HUB = DeclaredHub("pole", (GlobalId("bus:near"), GlobalId("bus:far")))


@pytest_asyncio.fixture
async def valley() -> Valley:
    return await made(_OUTWARD)


async def made(files: dict[str, str]) -> Valley:
    valley = Valley(files={"bus": files})
    valley.city.live.places.configure(Gazetteer(hubs=(_HUB,)))
    valley.city.live.places.refresh()
    await valley.refresh()
    return valley


def journeys(valley: Valley, request: JourneyRequest) -> tuple[Journey, ...]:
    return plan_journeys(valley.networks.get(), request, now=valley.clock.now()).journeys


@pytest.mark.parametrize("window", [None, 0, 7200])
def test_the_way_between_its_stops_takes_time(valley: Valley, window: int | None) -> None:
    at = int(paris("07:40:00").timestamp())
    request = JourneyRequest("bus:a", "bus:d", at, via=("hub:pole",), window=window)
    (journey,) = journeys(valley, request)
    ride, to_hub, within, last = journey.legs
    assert isinstance(to_hub, WalkLeg)
    assert isinstance(within, WalkLeg)
    assert to_hub.departure == ride.arrival == at + 30 * 60
    assert within.departure >= to_hub.arrival
    assert within.metres > 400
    assert (last.departure, last.arrival) == (at + 3600, at + 80 * 60)


async def test_so_it_does_when_an_arrival_is_wished() -> None:
    # The first bus ends at the far stop, the next one leaves from B: that of 08:13 is missed.
    times = (
        _OUTWARD["stop_times.txt"].replace(",far,1", ",b,1").replace("08:10:00,b", "08:10:00,far")
    )
    valley = await made({**_OUTWARD, "stop_times.txt": times})
    by = int(paris("08:35:00").timestamp())
    request = JourneyRequest("bus:a", "bus:d", by, arrive_by=True, via=("hub:pole",))
    assert journeys(valley, request) == ()
    later = replace(request, at=by + 1800)
    assert [each.departure for each in journeys(valley, later)] == [
        int(paris("08:00:00").timestamp())
    ]
