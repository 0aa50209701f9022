"""A time without an offset is that of the place where a journey leaves, or arrives."""

import pytest
from travellers import Search
from valley import BUS, TRAIN, Valley, clocks

SAO_PAULO = {
    "agency.txt": TRAIN["agency.txt"].replace("Europe/Paris", "America/Sao_Paulo"),
    "stops.txt": TRAIN["stops.txt"].replace(",47.", ",-30.").replace(",1.", ",-51."),
}
"""The train of the valley far away."""
LOCAL = "2026-03-02T08:10:00"


@pytest.mark.parametrize("origin", ["sul:val", "-30.6001,-51.2001"])
async def test_the_time_is_that_of_the_origin(search: Search, origin: str) -> None:
    valley = Valley(files={"bus": BUS, "sul": {**TRAIN, **SAO_PAULO}})
    ends = {"from": origin, "to": "sul:ville"}
    (journey, *_) = (await search(valley, at=LOCAL, **ends))["journeys"]
    assert journey["departure"][10:16] == "T08:15"
    assert journey["departure"].endswith("-03:00")
    same = await search(valley, at=f"{LOCAL}-03:00", **ends)
    assert same["journeys"][0]["id"] == journey["id"]


async def test_for_an_arrival_it_is_that_of_the_destination(search: Search) -> None:
    valley = Valley(files={"bus": BUS, "sul": {**TRAIN, **SAO_PAULO}})
    ends = {"from": "sul:val", "to": "sul:ville", "window": "0", "arrive_by": "true"}
    (journey,) = (await search(valley, at="2026-03-02T09:00:00", **ends))["journeys"]
    assert clocks(journey) == ("08:15", "08:45")
    (bus,) = (await search(valley, to="bus:gare", at="2026-03-02T07:40:00", window="0"))["journeys"]
    assert clocks(bus) == ("07:50", "08:05")
