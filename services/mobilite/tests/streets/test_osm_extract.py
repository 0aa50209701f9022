"""Reading a `.osm.pbf`: what is walked, where ways are cut, what is refused."""

from pathlib import Path

import pytest
from osm_extracts import write_extract

from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.domain.build import build_graph
from socle.errors import Refusal

NODES = {number: (47.9, 1.9 + number / 1_000) for number in range(1, 7)}


def test_walked_ways_are_read_with_their_nodes(tmp_path: Path) -> None:
    ways = [
        ((1, 2, 3), {"highway": "footway", "name": "Allée"}),
        ((3, 4), {"highway": "motorway"}),
        ((3, 5), {"highway": "steps"}),
        ((1, 6), {"building": "yes"}),
    ]
    extract = read_extract(write_extract(tmp_path / "a.osm.pbf", NODES, ways))
    assert extract.way_first.tolist() == [0, 3, 5]
    assert extract.ref.tolist() == [1, 2, 3, 3, 5]
    assert extract.way_wheelchair.tolist() == [0, 2]
    assert extract.node_id.tolist() == [1, 2, 3, 5]
    assert extract.node_lat.tolist() == [479_000_000] * 4
    assert extract.node_lon.tolist() == [19_010_000, 19_020_000, 19_030_000, 19_050_000]


def test_a_way_is_cut_at_a_private_gate_and_at_an_absent_node(tmp_path: Path) -> None:
    gate = {2: {"barrier": "gate", "access": "private"}}
    ways = [((1, 2, 3, 4), {"highway": "path"}), ((4, 9, 5), {"highway": "path"})]
    path = write_extract(tmp_path / "a.osm.pbf", NODES, ways, gate)
    graph = build_graph(read_extract(path))
    assert sorted(set(graph.point_lon.tolist())) == [19_030_000, 19_040_000]


def test_junctions_are_where_ways_meet(tmp_path: Path) -> None:
    nodes = {**NODES, 7: (47.901, 1.903)}
    ways = [((1, 2, 3, 4, 5), {"highway": "path"}), ((3, 7), {"highway": "steps"})]
    graph = build_graph(read_extract(write_extract(tmp_path / "a.osm.pbf", nodes, ways)))
    assert sorted(graph.edge_wheelchair.tolist()) == [0, 0, 2]
    assert len(graph.half_first) - 1 == 4
    assert sorted((graph.point_first[1:] - graph.point_first[:-1]).tolist()) == [2, 3, 3]


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        build_graph(read_extract(path))
    assert refused.value.details["code"] in ("no_osm", "no_streets")


def test_an_extract_without_streets_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "a.osm.pbf", NODES, [((1, 2), {"highway": "motorway"})])
    with pytest.raises(Refusal) as refused:
        build_graph(read_extract(path))
    assert refused.value.details == {"code": "no_streets"}
