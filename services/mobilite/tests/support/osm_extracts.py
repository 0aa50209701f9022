"""Small OpenStreetMap extracts, written as `.osm.pbf` with osmium."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium

Tags = Mapping[str, str]


def write_extract(
    path: Path,
    nodes: Mapping[int, tuple[float, float]],
    ways: Sequence[tuple[Sequence[int], Tags]],
    node_tags: Mapping[int, Tags] | None = None,
) -> Path:
    """Write an extract. `nodes`: latitude and longitude by id; `ways`: node ids and
    tags of each."""
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    try:
        for number, (lat, lon) in nodes.items():
            tags = (node_tags or {}).get(number, {})
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=tags))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))
    finally:
        writer.close()
    return path
