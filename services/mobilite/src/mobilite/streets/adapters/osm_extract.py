"""Reads the walked ways of an OpenStreetMap extract (`.osm.pbf`).

The places of all nodes are in memory meanwhile, 16 bytes each: half a gigabyte for a French region.
The packing process imports this module, and no permanent role.
https://docs.osmcode.org/pyosmium/latest/
"""

from array import array
from pathlib import Path
from typing import Final

import numpy as np
import osmium

from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.walking_tags import is_barred, is_walked, wheelchair_of
from socle.errors import Refusal

_WAY_KEYS: Final = ("highway", "railway", "public_transport")
_NODE_KEYS: Final = ("foot", "access")


def read_extract(path: Path) -> Extract:
    """The walked ways of an extract. Raises Refusal("invalid") if it cannot be read as one."""
    try:
        return _read_ways(path, _read_barred(path))
    # osmium raises RuntimeError for a file that is not OpenStreetMap's or is damaged.
    except RuntimeError as error:
        raise Refusal(
            "invalid", f"Ce fichier n'est pas un extrait d'OpenStreetMap : {error}.", code="no_osm"
        ) from error


def _read_barred(path: Path) -> list[int]:
    """The ids of the nodes that stop people on foot."""
    nodes = osmium.FileProcessor(path, osmium.osm.NODE)
    nodes.with_filter(osmium.filter.KeyFilter(*_NODE_KEYS))
    return [node.id for node in nodes if is_barred(dict(node.tags))]


def _read_ways(path: Path, barred: list[int]) -> Extract:
    ways = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY)
    ways.with_locations("sparse_mem_array")
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    ways.with_filter(osmium.filter.KeyFilter(*_WAY_KEYS))
    first, wheelchair = array("q", [0]), array("b")
    ref, lat, lon, known = array("q"), array("i"), array("i"), array("b")
    for way in ways:
        assert isinstance(way, osmium.osm.Way)
        tags = dict(way.tags)
        if not is_walked(tags):
            continue
        for node in way.nodes:
            place = node.location
            ref.append(node.ref)
            lat.append(place.y)
            lon.append(place.x)
            known.append(place.valid())
        first.append(len(ref))
        wheelchair.append(wheelchair_of(tags))
    row = np.flatnonzero(np.array(known, np.bool_))
    node_id, unique = np.unique(np.array(ref, np.int64)[row], return_index=True)
    return Extract(
        way_first=np.array(first, np.int32),
        ref=np.array(ref, np.int64),
        way_wheelchair=np.array(wheelchair, np.int8),
        node_id=node_id,
        node_lat=np.array(lat, np.int32)[row[unique]],
        node_lon=np.array(lon, np.int32)[row[unique]],
        node_barred=np.isin(node_id, barred),
    )
