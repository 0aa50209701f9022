"""What journeys emit and cost, and why to choose which."""

from typing import Any

import pytest
from valley import BUS, TRAIN, Valley

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.gtfs.domain.ids import FeedId

BY_TYPE = {"rail": 2, "bus": 3, "tram": 0}
FARES = "fare_id,price,currency_type,payment_method,transfers\nunit,1.80,EUR,0,0\n"


def priced(feed: dict[str, str]) -> dict[str, str]:
    return {**feed, "fare_attributes.txt": FARES}


async def test_emissions_are_the_sum_of_distance_by_factor(search: Any) -> None:
    page = await search(Valley())
    factors = read_factors()
    for journey in page["journeys"]:
        rides = [leg for leg in journey["legs"] if leg["mode"] != "walk"]
        assert len(rides) == 3
        expected = sum(
            factors.emissions_of_ride(
                BY_TYPE[leg["mode"]], FeedId("f"), "r", leg["distance"]
            ).co2e_g or 0
            for leg in rides
        )  # fmt: skip
        assert journey["emissions"]["co2e_g"] == pytest.approx(expected, abs=1)
        assert journey["emissions"]["co2e_g"] > 1000
        # No public figure: unknown, which is not zero.
        assert (journey["emissions"]["nox_mg"], journey["emissions"]["pm10_mg"]) == (None, None)
        assert journey["emissions"]["unknown_legs"] == []
    assert page["emissions"]["factors"] == "/mobilite/v1/emissions/factors"


async def test_a_mode_without_a_factor_makes_the_total_unknown_and_is_named(search: Any) -> None:
    ferry = {**BUS, "routes.txt": BUS["routes.txt"].replace("2,3\n", "2,4\n")}
    (first, *_) = (await search(Valley(files={"train": TRAIN, "bus": ferry})))["journeys"]
    assert first["legs"][0]["mode"] == "ferry"
    assert first["emissions"]["co2e_g"] is None
    assert first["emissions"]["unknown_legs"] == [0]
    assert "least_co2e" not in first["reasons"]


async def test_on_foot_nothing_is_emitted_and_nothing_is_paid(search: Any) -> None:
    page = await search(Valley(), to="47.5801,1.1502")
    (walk,) = [each for each in page["journeys"] if not each["transfers"] and each["walk"]]
    assert [leg["mode"] for leg in walk["legs"]] == ["walk"]
    assert walk["emissions"] == {"co2e_g": 0, "nox_mg": 0, "pm10_mg": 0, "unknown_legs": []}
    assert walk["fare"] is None


async def test_a_fare_is_known_where_every_network_of_the_journey_has_one(search: Any) -> None:
    to_station = {"to": "bus:gare"}
    (ride, *_) = (await search(Valley(files={"bus": priced(BUS)}), **to_station))["journeys"]
    assert ride["fare"] == {
        "amount": 1.8, "currency": "EUR", "products": [], "note": "Plein tarif, par personne.",
    }  # fmt: skip
    some = Valley(files={"bus": priced(BUS), "train": TRAIN})
    assert [each["fare"] for each in (await search(some))["journeys"]] == [None, None]
    both = Valley(files={"bus": priced(BUS), "train": priced(TRAIN)})
    assert {each["fare"]["amount"] for each in (await search(both))["journeys"]} == {5.4}


async def test_reasons_state_what_each_journey_is_the_best_in(search: Any) -> None:
    page = await search(Valley())
    # The second leaves an hour later and is equal otherwise.
    assert [each["reasons"] for each in page["journeys"]] == [["earliest_arrival"], []]
    arriving = await search(Valley(), at="2026-03-02T10:30:00+01:00", arrive_by="true")
    assert [each["reasons"] for each in arriving["journeys"]] == [[], ["latest_departure"]]


async def test_a_difference_that_no_display_has_is_no_reason(search: Any) -> None:
    """The second journey takes twenty seconds less: both take 90 minutes on a display."""
    later = BUS["stop_times.txt"].replace("b9,08:50:00,08:50:00", "b9,08:50:20,08:50:20")
    files = {"train": TRAIN, "bus": {**BUS, "stop_times.txt": later}}
    page = await search(Valley(files=files))
    first, second = page["journeys"]
    assert first["duration"] > second["duration"]
    assert (first["reasons"], second["reasons"]) == (["earliest_arrival"], [])
