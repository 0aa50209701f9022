"""A followed journey in a vehicle that goes on as another trip."""

import pytest
from boards import paris, update
from travellers import Traveller, changes, late
from valley import BUS, TRAIN, Valley, rides

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.journeys.api.rendering import JourneyRenderer
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys

A1, E1 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("a1", "e1"))


@pytest.fixture
def valley() -> Valley:
    """The first tram goes on as a bus from the hospital back to the village's station. People in a
    wheelchair cannot board or alight at the hospital."""
    stops = BUS["stops.txt"].replace("stop_lon\n", "stop_lon,wheelchair_boarding\n")
    stops = stops.replace("1.9300\n", "1.9300,2\n")
    trips = BUS["trips.txt"].replace("trip_headsign\n", "trip_headsign,block_id\n")
    trips = trips.replace("a1,Hôpital\n", "a1,Hôpital,v\n") + "b,daily,e1,Gare,v\n"
    calls = "e1,09:12:00,09:12:00,hopital,1\ne1,09:40:00,09:40:00,gare,2\n"
    calls = BUS["stop_times.txt"] + calls
    bus = {**BUS, "stops.txt": stops, "trips.txt": trips, "stop_times.txt": calls}
    return Valley(files={"train": TRAIN, "bus": bus})


async def test_who_stays_aboard(valley: Valley) -> None:
    traveller = await _on_the_tram(valley)
    state = await traveller.now("08:50:00")
    (journey,) = state["journeys"]
    assert (rides(journey), journey["id"]) == (["bus:a1", "bus:e1"], traveller.journey_id)
    assert [leg["stay_seated"] for leg in journey["legs"]] == [False, True]
    assert journey["wheelchair"] == "unknown"
    # While the vehicle stops people are still aboard.
    state = await traveller.now("09:11:00")
    assert (state["status"], state["possible"], state["changes"]) == ("under_way", True, [])
    valley.city.publish(update(f"{E1} schedule_relationship: CANCELED"), "bus")
    state = await traveller.now("09:11:30")
    assert (changes(state), state["possible"]) == ([("cancelled", 1)], False)
    assert state["whereabouts"]["place"]["id"] == "bus:hopital"


async def test_a_vehicle_that_would_leave_before_it_arrives(valley: Valley) -> None:
    traveller = await _on_the_tram(valley)
    traveller.publish("08:50:00", update(A1, late(300)), "bus")
    assert changes(await traveller.now("08:50:00")) == [("times", 0), ("missed_connection", 1)]


async def _on_the_tram(valley: Valley) -> Traveller:
    await valley.refresh()
    traveller, at = Traveller(valley), int(paris("08:50:00").timestamp())
    request = JourneyRequest("bus:parvis", "bus:gare", at=at)
    page = plan_journeys(valley.networks.get(), request, now=paris("08:45:00"))
    content = JourneyRenderer(JourneyCosts(read_factors())).page_json(page, ())
    traveller.journey_id = content["journeys"][0]["id"]
    return traveller
