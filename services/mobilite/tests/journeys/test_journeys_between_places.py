"""Journeys from and to hubs and towns, and along streets."""

from pathlib import Path
from typing import Any

import pytest
from ban_files import line, pack
from osm_extracts import write_extract
from valley import Valley

from mobilite.addresses.domain.communes import Commune
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.ports import WalkingWays
from mobilite.places.domain.region_places import Gazetteer
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.domain.build import accessible, build_graph
from mobilite.streets.flows.network_streets import network_streets

TOWN = Commune("45999", "Ville", ("45990",), 47.905, 1.905)
# From the hospital 300 m to the north by steps, or around them over 75 m to the east.
NODES = {
    1: (47.9300, 1.9300), 2: (47.9327, 1.9300), 3: (47.9300, 1.9310), 4: (47.9327, 1.9310),
}  # fmt: skip
STREET, STEPS = {"highway": "residential"}, {"highway": "steps"}
WAYS = [((1, 2), STEPS), ((1, 3), STREET), ((3, 4), STREET), ((4, 2), STREET)]
WARD = "47.9327,1.9300"


async def test_a_town_stands_for_its_stations(search: Any) -> None:
    valley = Valley()
    valley.city.live.places.configure(Gazetteer(communes=(TOWN,)))
    page = await search(valley, to="commune:45999")
    assert page["to"]["name"] == "Ville"
    assert [each["legs"][-1]["to"]["id"] for each in page["journeys"]] == ["train:ville-2"] * 2


async def test_a_hub_stands_for_the_stops_of_every_network(search: Any) -> None:
    valley = Valley()
    await valley.refresh()
    (hub,) = [each for each in valley.city.live.places.current.hubs.hubs if len(each.stops) > 1][:1]
    assert {stop.feed_id for stop in hub.stops} == {"train", "bus"}
    page = await search(valley, **{"from": "bus:bourg", "to": hub.id})
    assert page["to"]["id"] == hub.id
    # Whoever arrives at one of its stops has arrived.
    assert [leg["mode"] for leg in page["journeys"][0]["legs"]] == ["bus"]


async def test_an_address_is_a_point_with_a_name(search: Any, tmp_path: Path) -> None:
    town = ("45990", "45999", "Ville", 47.9327, 1.9300)
    valley = Valley()
    valley.city.live.places.addresses.current = pack([line("Rue Haute", "3", town)], tmp_path)[1]
    page = await search(valley, to="address:45999_0001:3", window=0)
    point = await search(valley, to=WARD, window=0)
    assert page["to"]["name"] == "3 Rue Haute, 45990 Ville"
    assert page["journeys"][0]["arrival"] == point["journeys"][0]["arrival"]


@pytest.mark.parametrize("place", ["hub:none", "commune:00000", "address:45999_0001:3"])
async def test_an_unknown_place_is_not_found(search: Any, place: str) -> None:
    problem = await search(Valley(), 404, to=place)
    assert problem["parameter"] == "to"


async def test_ways_follow_the_streets_and_by_wheelchair_avoid_steps(
    search: Any, tmp_path: Path
) -> None:
    graph = build_graph(read_extract(write_extract(tmp_path / "ward.osm.pbf", NODES, WAYS)))

    def find_walking(network: JourneyNetwork) -> tuple[WalkingWays, WalkingWays]:
        return network_streets(graph, network), network_streets(accessible(graph), network)

    valley = Valley()
    straight = await search(valley, to=WARD, window=0)
    assert straight["walking"]["distance"] == "straight × 1.3"
    assert straight["journeys"][0]["legs"][-1]["on_streets"] is False
    valley.networks.walk_by(find_walking)
    page = await search(valley, to=WARD, window=0)
    assert page["walking"]["distance"] == "streets"
    last = page["journeys"][0]["legs"][-1]
    assert (last["mode"], last["on_streets"]) == ("walk", True)
    assert last["distance"] == pytest.approx(300, abs=2)
    rolling = await search(valley, to=WARD, window=0, wheelchair="true")
    (around,) = [each["legs"][-1] for each in rolling["journeys"]]
    assert around["distance"] == pytest.approx(450, abs=5)
    assert len(around["geometry"]["coordinates"]) == 4
