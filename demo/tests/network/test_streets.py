"""The streets of the demo's town: small, the same each time, and crossed by two bridges."""

from pathlib import Path

import osmium

from demo.network.geography import distance
from demo.network.region import region
from demo.network.streets import TOWN, street_plan, write_streets


def test_the_same_seed_gives_the_same_streets() -> None:
    assert street_plan() == street_plan()
    assert street_plan(2) != street_plan()


def test_every_stop_of_the_town_is_near_a_street() -> None:
    (operator,) = (each for each in region() if each.id == TOWN)
    nodes = street_plan().nodes.values()
    for stop in operator.stops:
        assert min(distance((stop.lat, stop.lon), node) for node in nodes) < 150, stop.name


def test_the_river_has_two_bridges() -> None:
    bridges = [tags for _, tags in street_plan().ways if "bridge" in tags]
    assert len(bridges) == 2


def test_the_extract_is_small_and_reads_as_planned(tmp_path: Path) -> None:
    plan = street_plan()
    path = write_streets(plan, tmp_path / "streets.osm.pbf")
    assert path.stat().st_size < 150_000
    ways = osmium.FileProcessor(str(path), osmium.osm.WAY)
    found = [(tuple(node.ref for node in way.nodes), dict(way.tags)) for way in ways]
    assert found == list(plan.ways)
