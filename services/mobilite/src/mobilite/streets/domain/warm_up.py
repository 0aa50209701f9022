"""Compiles every kernel, so that the first request does not wait for it."""

import numpy as np

from mobilite.streets.domain.build import build_graph
from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.streets import Streets


def warm_up() -> None:
    """Compile, or read from the cache, what searches need: two streets and two stops."""
    extract = Extract(
        way_first=np.array([0, 3, 5], np.int32),
        ref=np.array([1, 2, 3, 2, 4], np.int64),
        way_wheelchair=np.zeros(2, np.int8),
        node_id=np.array([1, 2, 3, 4], np.int64),
        node_lat=np.array([0, 0, 0, 9_000], np.int32),
        node_lon=np.array([0, 9_000, 18_000, 9_000], np.int32),
        node_barred=np.zeros(4, np.bool_),
    )
    places = (0.0, 0.0), (0.0009, 0.0009)
    lat, lon = np.array(places).T
    streets = Streets(build_graph(extract), np.arange(2, dtype=np.int32), lat, lon)
    streets.stops_near(*places[0], 500)
    streets.walks(500)
    streets.path(*places)
