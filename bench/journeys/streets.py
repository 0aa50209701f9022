"""Ways on foot along streets, in this process, one thread, with their shapes.

For each extract 2,000 places on the streets, drawn with a fixed seed. A walk is between two places
whose straight distance is at most 1.5 km; the target is 1 ms (p95). The large extract is generated:
a country's capital, every block of it.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final

import numpy as np

from bench.measuring.options import Options
from bench.measuring.real_feeds import real_file
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.timing import seconds_of
from demo.network.streets import street_plan, write_streets
from mobilite.geo.domain.distances import distances
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.adapters.street_file import open_streets
from mobilite.streets.adapters.street_file import write_streets as write_packed
from mobilite.streets.domain.build import bounds_of, build_graph, size_of
from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.grid import snap
from mobilite.streets.domain.streets import Streets
from mobilite.streets.domain.warm_up import warm_up

PLACES: Final = 2_000
WALK: Final = 1_500
"""Metres in a straight line."""
SIDE: Final = 500
"""Junctions along each side of the generated extract's square."""
BLOCK: Final = 9_000
"""1e-7 degrees between two of them: 100 m of latitude."""

Point = tuple[float, float]


def main(options: Options) -> None:
    """Measure every extract; print and save the table."""
    notes = [f"kernels compiled, or read from the cache, in {seconds_of(warm_up):.2f} s"]
    rows: list[dict[str, Cell]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, read in _extracts(Path(folder)):
            rows += _rows(name, read, Path(folder), notes)
    Report("streets", "Ways on foot along streets, one thread", rows, notes).show()


def _extracts(folder: Path) -> Iterator[tuple[str, Callable[[], Extract]]]:
    demo = write_streets(street_plan(), folder / "demo.osm.pbf")
    yield "demo town", lambda: read_extract(demo)
    porto = real_file("poa_osm.pbf")
    if porto is not None:
        yield "Porto Alegre", lambda: read_extract(porto)
    yield "generated", _square


def _square() -> Extract:
    """A square of straight streets, each place a little beside its own."""
    random = np.random.default_rng(1)
    number = np.arange(1, SIDE * SIDE + 1, dtype=np.int64).reshape(SIDE, SIDE)
    lat, lon = np.meshgrid(np.arange(SIDE) * BLOCK, np.arange(SIDE) * BLOCK)
    shift = random.integers(-BLOCK // 5, BLOCK // 5, (2, SIDE, SIDE))
    return Extract(
        way_first=np.arange(0, 2 * SIDE * SIDE + 1, SIDE, dtype=np.int32),
        ref=np.concatenate([number.ravel(), number.T.ravel()]),
        way_wheelchair=np.zeros(2 * SIDE, np.int8),
        node_id=number.ravel(),
        node_lat=(lat + shift[0]).ravel().astype(np.int32),
        node_lon=(lon + shift[1]).ravel().astype(np.int32),
        node_barred=np.zeros(SIDE * SIDE, np.bool_),
    )


def _rows(
    name: str, read: Callable[[], Extract], folder: Path, notes: list[str]
) -> list[dict[str, Cell]]:
    start = perf_counter()
    extract = read()
    reading, start = perf_counter() - start, perf_counter()
    built = build_graph(extract)
    building, path = perf_counter() - start, folder / "packed.streets"
    write_packed(built, path)
    start = perf_counter()
    graph = open_streets(path)
    places = _places(graph)
    lat, lon = np.array(places).T
    mapping, start = perf_counter() - start, perf_counter()
    streets = Streets(graph, np.arange(PLACES, dtype=np.int32), lat, lon)
    placing, start = perf_counter() - start, perf_counter()
    pairs = len(streets.walks(500)[0])
    notes.append(
        f"{name}: {size_of(graph)}, {path.stat().st_size / 1e6:.1f} MB; read in {reading:.2f} s, "
        f"built in {building:.2f} s, mapped in {mapping * 1000:.0f} ms with the draw of places; "
        f"{PLACES:,} stops placed in {placing * 1000:.0f} ms, {pairs:,} ways of 500 m between "
        f"them in {perf_counter() - start:.2f} s"
    )
    near, random = _near_pairs(places), Random(2)
    across = [(random.choice(places), random.choice(places)) for _ in near]
    return [
        _row(name, "walk, with its shape", near, streets.path),
        _row(name, "any pair, with its shape", across, streets.path),
        _row(name, "stops within 500 m", [(*place, 500) for place in places], streets.stops_near),
        _row(name, "stops within 2 km", [(*place, 2_000) for place in places], streets.stops_near),
    ]


def _places(graph: StreetGraph) -> list[Point]:
    """Random places on the streets, the same in every run."""
    west, south, east, north = bounds_of(graph)
    random, found = Random(1), list[Point]()
    while len(found) < PLACES:
        place = random.uniform(south, north), random.uniform(west, east)
        if snap(graph, *place).edge >= 0:
            found.append(place)
    return found


def _near_pairs(places: list[Point]) -> list[tuple[Point, Point]]:
    """Each place with the first other one within a walk, where there is one."""
    lat, lon = np.array(places).T
    pairs = []
    for place in places:
        apart = distances(*place, lat, lon)
        others = np.flatnonzero((apart > WALK / 3) & (apart <= WALK))
        if len(others):
            pairs.append((place, places[others[0]]))
    return pairs


def _row(
    name: str, case: str, questions: Sequence[tuple[Any, ...]], answer: Callable[..., object]
) -> dict[str, Cell]:
    times = [seconds_of(partial(answer, *question)) * 1000 for question in questions]
    row: dict[str, Cell] = {
        "extract": name,
        "case": case,
        "n": len(times),
        "p50 ms": percentile(times, 0.5),
        "p95 ms": percentile(times, 0.95),
    }
    return measured("streets", row)


if __name__ == "__main__":
    main(Options())
