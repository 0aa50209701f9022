"""The connections of journeys: how safe each is, and what a tight one changes."""

from typing import Any

import aiohttp
import pytest
from api_client import get
from boards import paris, update
from plateau import FARM, VANS
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley, clocks

from mobilite.connections.domain.connection import TightRules
from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    DEPARTURE,
    SCHEDULED,
    CallError,
    ForecastErrors,
    Line,
    ObservedCall,
)
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.journey import OnDemandLeg
from mobilite.journeys.flows.page_connections import PageConnections
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from socle.testing import ServeApp

LATE_BUS = update('trip_id: "b8" start_date: "20260302"', (
    "stop_time_update { stop_sequence: 1 departure { delay: 0 } }"
    "stop_time_update { stop_sequence: 2 arrival { delay: 480 } }"
))  # fmt: skip
"""It arrives at 08:13, two minutes before the train leaves a few steps away."""
COACH = {
    **BUS,
    "routes.txt": BUS["routes.txt"] + "c,a,9,3\n",
    "trips.txt": BUS["trips.txt"] + "c,daily,c8,Hôpital\n",
    "stop_times.txt": BUS["stop_times.txt"]
    + "c8,08:00:00,08:00:00,bourg,1\nc8,09:30:00,09:30:00,hopital,2\n",
}
"""The bus, and a direct coach that leaves later and arrives 20 minutes later."""


def learned(line: Line, *errors: int) -> list[ObservedCall]:
    """Calls of a line, ten for each error (seconds) of every forecast."""
    every = [(event, of) for event in (ARRIVAL, DEPARTURE) for of in range(SCHEDULED + 1)]
    return [
        ObservedCall(line, peak, tuple(CallError(*each, error) for each in every))
        for error in errors
        for peak in (True, False)
        for _ in range(10)
    ]


def connections(*late: int, train: int = 0) -> PageConnections:
    """What is known where the bus is late by each of these seconds equally often."""
    bus, rail = Line(FeedId("bus"), "b", -1), Line(FeedId("train"), "ter", -1)
    calls = [*learned(bus, *late), *learned(rail, *([train] * 10))]
    errors = ForecastErrors().with_calls(calls, 1_772_434_800)
    return PageConnections(lambda: errors)


def late_valley(known: PageConnections, bus: Any = BUS) -> Valley:
    valley = Valley(files={"train": TRAIN, "bus": bus}, connections=known)
    valley.city.publish(LATE_BUS, "bus")
    return valley


async def test_each_change_has_the_time_left_and_no_invented_probability(search: Any) -> None:
    page = await search(Valley())
    first = page["journeys"][0]
    found = [leg["connection"] for leg in first["legs"]]
    assert [each is not None for each in found] == [False, False, True, False, True]
    train, tram = found[2], found[4]
    walks = [leg["duration"] for leg in first["legs"] if leg["mode"] == "walk"]
    assert [train["slack"], tram["slack"]] == [600 - walks[0], 600 - walks[1]]
    assert train == {
        "slack": train["slack"],
        "probability": None,
        "observations": 0,
        "basis": None,
        "tight": False,
        "missed_arrival": None,
    }
    assert page["connections"] == {
        "tight_probability": 0.9,
        "tight_seconds": 120,
        "least_observations": 40,
    }
    assert "serrée" not in first["summary"]


async def test_a_tight_connection_has_its_probability_and_what_follows(search: Any) -> None:
    # Four times in ten the bus is five minutes later than predicted.
    known = connections(*[0] * 6, *[300] * 4)
    page = await search(late_valley(known))
    first = page["journeys"][0]
    (train, tram) = [leg["connection"] for leg in first["legs"] if leg["connection"]]
    assert 0 < train.pop("slack") < 120
    assert train == {
        "probability": 0.6,
        "observations": 100,
        "basis": "route",
        "tight": True,
        "missed_arrival": "2026-03-02T10:10:00+01:00",
    }
    assert (tram["tight"], tram["basis"]) == (False, "feed")
    assert "tight_connection" in first["reasons"]
    assert (
        "Correspondance serrée : 1 min, réussie environ 6 fois sur 10 (100 passages observés). "
        "Sinon, arrivée à 10:10. À 08:15, train" in first["summary"]
    )


async def test_the_sentence_is_also_in_english(search: Any) -> None:
    page = await search(late_valley(connections(*[0] * 6, *[300] * 4)), lang="en")
    assert (
        "Tight connection: 1 min, caught about 6 times out of 10" in page["journeys"][0]["summary"]
    )


async def test_without_observations_a_short_change_is_tight_and_unknown(search: Any) -> None:
    page = await search(late_valley(PageConnections()))
    first = page["journeys"][0]
    (train, *_) = [leg["connection"] for leg in first["legs"] if leg["connection"]]
    assert (train["tight"], train["probability"]) == (True, None)
    assert train["missed_arrival"] == "2026-03-02T10:10:00+01:00"
    assert "trop peu de passages observés" in first["summary"]
    lenient = PageConnections(rules=TightRules(seconds=0))
    (first, *_) = (await search(late_valley(lenient)))["journeys"]
    assert "tight_connection" not in first["reasons"]


@pytest.mark.parametrize(
    ("late", "order"),
    [
        # On average at 09:40 and 09:16: the coach arrives at 09:30.
        ([0, 300], [("08:00", "09:30"), ("07:49", "09:10")]),
        ([0] * 8 + [300], [("07:49", "09:10"), ("08:00", "09:30")]),
    ],
)
async def test_a_safer_journey_comes_first_if_waiting_for_it_loses_nothing(
    search: Any, late: list[int], order: list[tuple[str, str]]
) -> None:
    page = await search(late_valley(connections(*late), COACH))
    first, second = page["journeys"][:2]
    found = [clocks(first), clocks(second)]
    assert [each[1] for each in found] == [each[1] for each in order]
    safer = order[0][1] == "09:30"
    assert ("safer_connections" in first["reasons"]) == safer
    tight = second if safer else first
    assert "tight_connection" in tight["reasons"]


@pytest.mark.parametrize("wish", ["banned_routes", "preferred_routes"])
@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_wish_for_a_line_that_is_withdrawn_meanwhile_is_forgotten(
    connect: Any, wish: str, is_cancelled: bool
) -> None:
    valley = late_valley(connections(*[0, 300] * 3), COACH)
    client = await connect(valley)
    query = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00", wish: "bus:c"}
    pages = (await get(client, "journeys", **query))["journeys"]
    journey_id = next(each["id"] for each in pages if clocks(each)[1] == "09:10")
    valley.city.schedule(BUS, "bus")
    valley.city.publish(LATE_BUS, "bus")
    if is_cancelled:
        train = 'trip_id: "t8" start_date: "20260302" schedule_relationship: CANCELED'
        valley.city.publish(update(train), "train")
    await valley.refresh()
    state = await get(client, f"journeys/{journey_id}")
    assert (state["possible"], state["journeys"][0]["id"]) == (not is_cancelled, journey_id)
    if is_cancelled:
        assert state["alternatives"]["journeys"]
    else:
        (train, *_) = [
            leg["connection"] for leg in state["journeys"][0]["legs"] if leg["connection"]
        ]
        assert train["missed_arrival"] == "2026-03-02T10:10:00+01:00"


async def test_with_a_place_on_the_way_the_next_journey_is_not_searched(search: Any) -> None:
    page = await search(late_valley(connections(*[0, 300] * 3)), via="train:ville")
    (train, *_) = [leg["connection"] for leg in page["journeys"][0]["legs"] if leg["connection"]]
    assert (train["tight"], train["missed_arrival"]) == (True, None)


async def test_where_the_last_kilometre_is_on_demand_the_next_journey_is_not_searched() -> None:
    bus = {
        **BUS,
        "trips.txt": "route_id,service_id,trip_id\nb,daily,b14\nt,daily,a14\n",
        "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
b14,14:00:00,14:00:00,bourg,1
b14,14:15:00,14:15:00,parvis,2
a14,14:16:00,14:16:00,parvis,1
a14,14:40:00,14:40:00,gare,2
""",
    }
    valley = Valley(files={"bus": bus, "tad": VANS})
    await valley.refresh()
    request = JourneyRequest(VILLAGE, FARM, at=int(paris("13:55:00").timestamp()))
    page = plan_journeys(valley.networks.get(), request, now=paris("11:00:00"))
    assert isinstance(page.journeys[0].legs[-1], OnDemandLeg)
    (change,) = PageConnections().of(page).connections[0].values()
    assert (change.connection.tight, change.searched) == (True, False)


async def test_a_connection_that_is_past_is_not_assessed(search: Any) -> None:
    valley = Valley()
    valley.clock.advance(3600)  # 08:30, aboard the train
    (first, *_) = (await search(valley))["journeys"]
    found = [leg["connection"] for leg in first["legs"]]
    assert [each is not None for each in found] == [False, False, False, False, True]


async def test_more_observations_do_not_change_the_tag_of_other_facts(
    serve_app: ServeApp,
) -> None:
    """The tag of an answer follows its connections: a cached page is as new as they are."""
    tags = list[str]()
    for known in (connections(0), connections(0), connections(0, 300)):
        valley = late_valley(known)
        await valley.refresh()
        address = await serve_app(valley.app())
        query = {"from": "bus:bourg", "to": "bus:hopital", "at": "2026-03-02T07:40:00+01:00"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{address}/mobilite/v1/journeys", params=query) as answer,
        ):
            tags.append(answer.headers["etag"])
    assert tags[0] == tags[1] != tags[2]


def two_buses(**files: str) -> dict[str, str]:
    """A bus to the station, and another from there to the hospital three minutes later."""
    return {
        **BUS,
        "trips.txt": "route_id,service_id,trip_id,trip_headsign,block_id\n"
        "b,daily,b8,Gare,x\nt,daily,a1,Hôpital,x\n",
        "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
b8,07:50:00,07:50:00,bourg,1
b8,08:05:00,08:05:00,gare,2
a1,08:08:00,08:08:00,gare,1
a1,08:30:00,08:30:00,hopital,2
""",
        **files,
    }


async def test_the_time_of_a_change_at_one_stop_is_taken_off(search: Any) -> None:
    rules = """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id
gare,gare,2,120,,
,,5,,b8,a1
"""
    page = await search(Valley(files={"bus": two_buses(**{"transfers.txt": rules})}))
    (first, second) = page["journeys"][0]["legs"]
    assert (first["connection"], second["stay_seated"]) == (None, False)
    assert second["connection"]["slack"] == 60
    assert second["connection"]["tight"]


async def test_staying_seated_is_no_connection(search: Any) -> None:
    page = await search(Valley(files={"bus": two_buses()}))
    (_, second) = page["journeys"][0]["legs"]
    assert (second["stay_seated"], second["connection"]) == (True, None)


async def test_a_slow_walker_has_less_time_left(search: Any) -> None:
    slack = [
        (await search(Valley(), **speed))["journeys"][0]["legs"][2]["connection"]["slack"]
        for speed in ({}, {"walk_speed": "2"})
    ]
    assert slack[0] > slack[1] > 0


async def test_who_follows_a_journey_is_not_woken_by_new_odds(serve_app: ServeApp) -> None:
    tags = list[str]()
    for late in ([0, 300], [0, 0, 300], [0, 0, 0]):
        valley = late_valley(connections(*late))
        await valley.refresh()
        address = f"{await serve_app(valley.app())}/mobilite/v1/journeys"
        query = {"from": "bus:bourg", "to": "bus:hopital", "at": "2026-03-02T07:40:00+01:00"}
        async with aiohttp.ClientSession() as session:
            async with session.get(address, params=query) as answer:
                journey = (await answer.json())["journeys"][0]
            async with session.get(f"{address}/{journey['id']}") as answer:
                assert answer.status == 200, await answer.text()
                tags.append(answer.headers["etag"])
    # The last is not tight: that is news.
    assert tags[0] == tags[1] != tags[2]
