"""Ways on foot in a small town: on the streets, or straight and so stated."""

from pathlib import Path

import numpy as np
import pytest
from cities import LINE
from journeys import Region
from osm_extracts import write_extract

from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.domain import grid, landmarks, route
from mobilite.streets.domain.build import accessible, build_graph
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.streets import Coverage, Streets
from mobilite.streets.domain.warm_up import warm_up
from mobilite.streets.flows.network_streets import network_streets

STREET = {"highway": "residential"}
# A river between two streets along the parallel; the bridge is 500 m to the east. All of it lies at
# 47.9 N: 0.001 degrees are 111 m along the meridian and 75 m along the parallel.
NODES = {
    1: (47.900, 1.900), 2: (47.900, 1.907), 3: (47.901, 1.900), 4: (47.901, 1.907),
    5: (47.910, 1.900), 6: (47.911, 1.900),
}  # fmt: skip
WAYS = [((1, 2), STREET), ((3, 4), STREET), ((2, 4), {"highway": "footway", "bridge": "yes"}),
        ((5, 6), STREET)]  # fmt: skip
SOUTH, NORTH = (47.9001, 1.901), (47.9009, 1.901)
FAR = (47.95, 1.9)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> StreetGraph:
    path = tmp_path_factory.mktemp("streets") / "town.osm.pbf"
    return build_graph(read_extract(write_extract(path, NODES, WAYS)))


def streets_of(graph: StreetGraph, *places: tuple[float, float]) -> Streets:
    lat, lon = np.array(places).T
    return Streets(graph, np.arange(len(places), dtype=np.int32) + 10, lat, lon)


def test_a_way_goes_over_the_bridge(town: StreetGraph) -> None:
    streets = streets_of(town, NORTH)
    path = streets.path(SOUTH, NORTH)
    assert path is not None
    assert path.on_streets
    # 11 m, 447 m, the bridge of 111 m, 447 m, 11 m.
    assert path.metres == pytest.approx(1028, abs=3)
    assert path.seconds == -(-path.metres * 4 // 5)
    assert [(round(lat, 4), round(lon, 4)) for lon, lat in path.shape] == [
        SOUTH, (47.9, 1.901), (47.9, 1.907), (47.901, 1.907), (47.901, 1.901), NORTH,
    ]  # fmt: skip
    assert streets.stops_near(*SOUTH, path.metres) == [(10, path.seconds, path.metres)]
    assert streets.stops_near(*SOUTH, path.metres - 1) == []


@pytest.mark.parametrize("pole", [90.0, -90.0, 89.999999999])
def test_a_pole_is_not_on_the_streets(town: StreetGraph, pole: float) -> None:
    assert streets_of(town, NORTH, (pole, 1.9)).coverage == Coverage(2, 1)
    assert streets_of(town, NORTH).stops_near(pole, 0.0, 5000) == []


def test_walking_speed_changes_seconds_alone(town: StreetGraph) -> None:
    lat, lon = np.array([NORTH]).T
    slow = Streets(town, np.array([10], np.int32), lat, lon, speed=0.5).path(SOUTH, NORTH)
    assert slow is not None
    assert slow.seconds == 2 * slow.metres


def test_a_point_far_from_every_street_is_reached_straight(town: StreetGraph) -> None:
    streets = streets_of(town, NORTH, FAR)
    path = streets.path(SOUTH, FAR)
    assert path is not None
    assert not path.on_streets
    assert path.shape == ((SOUTH[1], SOUTH[0]), (FAR[1], FAR[0]))
    assert {stop for stop, _, _ in streets.stops_near(*FAR, 8_000)} == {10, 11}
    assert streets.coverage == Coverage(stops=2, on_streets=1)


def test_streets_that_lead_nowhere_are_left_out(town: StreetGraph) -> None:
    path = streets_of(town, NORTH).path((47.9105, 1.9), NORTH)
    assert path is not None
    assert not path.on_streets


def test_a_place_is_no_way_from_itself(town: StreetGraph) -> None:
    path = streets_of(town, SOUTH).path(SOUTH, SOUTH)
    assert path is not None
    assert (path.metres, path.seconds, path.on_streets) == (0, 0, True)
    assert path.shape == ((SOUTH[1], SOUTH[0]),) * 2
    assert streets_of(town, SOUTH).stops_near(*SOUTH, 0) == [(10, 0, 0)]


def test_platforms_on_one_side_of_a_street_are_near_each_other(town: StreetGraph) -> None:
    one, other = (47.9005, 1.903), (47.9005, 1.9031)
    found = streets_of(town, one, other).stops_near(*one, 100)
    assert found == [(10, 0, 0), (11, 7, 8)]


def test_an_accessible_way_has_no_steps(tmp_path: Path) -> None:
    steps = ((1, 3), {"highway": "steps"})
    path = write_extract(tmp_path / "steps.osm.pbf", NODES, [*WAYS, steps])
    graph = build_graph(read_extract(path))
    on_foot = streets_of(graph, NORTH).path(SOUTH, NORTH)
    by_wheelchair = streets_of(accessible(graph), NORTH).path(SOUTH, NORTH)
    assert on_foot is not None
    assert by_wheelchair is not None
    assert on_foot.metres == pytest.approx(283, abs=3)
    assert by_wheelchair.metres == pytest.approx(1028, abs=3)


def test_no_way_is_longer_than_fifty_kilometres(town: StreetGraph) -> None:
    assert streets_of(town, NORTH).path(SOUTH, (48.9, 1.9)) is None


def test_changes_walk_along_the_streets(town: StreetGraph) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\n" + "\n".join(
        f"s{number},S,{lat},{lon}" for number, (lat, lon) in enumerate([SOUTH, NORTH, FAR, FAR], 1)
    )
    network = Region.of({**LINE, "stops.txt": stops}).network
    streets = network_streets(town, network)
    straight = build_footpaths(network, WalkingRules(longest=2_000))
    walked = build_footpaths(network, WalkingRules(longest=2_000), streets.walks)
    path = streets.path(SOUTH, NORTH)
    assert path is not None
    assert max(straight.metres) == 116
    assert sorted(walked.metres)[-2:] == [path.metres] * 2
    assert sorted(walked.seconds)[-2:] == [path.seconds] * 2


def test_an_extract_of_another_country_is_reported_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = Region.of(LINE).network
    nodes = {number: (lat - 10, lon) for number, (lat, lon) in NODES.items()}
    extract = write_extract(tmp_path / "elsewhere.osm.pbf", nodes, WAYS)
    elsewhere = build_graph(read_extract(extract))
    streets = network_streets(elsewhere, network)
    assert streets.coverage.on_streets == 0
    assert streets.distance == "straight × 1.3"
    assert "none of the 4 stops is on the streets" in caplog.text
    rules = WalkingRules(longest=5_000)
    walked, straight = (
        build_footpaths(network, rules, streets.walks),
        build_footpaths(network, rules),
    )
    assert walked.target.tolist() == straight.target.tolist()
    assert walked.metres.tolist() == straight.metres.tolist()


def test_the_warm_up_compiles_every_kernel() -> None:
    warm_up()
    for kernel in (grid.snap, landmarks.distances_from, route.stops_within, route.shortest_way):
        assert len(kernel.signatures) == 1, kernel
