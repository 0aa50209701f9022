"""Journeys in this process, one thread, legs rebuilt, compared with cafein and pynigiri.

For each network 200 pairs of served stops, drawn with a fixed seed, at 08:00 (Porto Alegre at
14:00, as its feed starts at noon). The targets of the generated network: the earliest arrival in
1 ms (p50) and 3 ms with walking (p95), two hours of departures in 25 ms (p95), 4,000 delayed runs
in 10 ms. A process of its own measures each peer on the same files and pairs
(`bench/journeys/peers.py`).
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final

from bench.journeys.delays import delayed_runs
from bench.journeys.networks import BenchNetwork, bench_networks
from bench.journeys.peers import peer_rows
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.timing import resident_megabytes, seconds_of
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.build_day import build_day
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths, served_stops
from mobilite.journeys.domain.network import JourneyNetwork, join_feeds
from mobilite.journeys.domain.patch import patched
from mobilite.journeys.domain.search import Query, Ways, arrive_by, depart_at
from mobilite.journeys.domain.warm_up import warm_up
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report as ImportReport

PAIRS: Final = 200
WALK: Final = 500
"""Metres of a way on foot."""
HOUR: Final = 3600
DELAYED: Final = 4_000


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of question."""

    name: str
    walk: int = 0
    window: int = 0
    backwards: bool = False
    live: bool = False


CASES: Final = (
    _Case("earliest arrival"),
    _Case("earliest arrival, walking", walk=WALK),
    _Case("latest departure, walking", walk=WALK, backwards=True),
    _Case("earliest arrival, walking, delays", walk=WALK, live=True),
    _Case("1 h range", window=HOUR),
    _Case("1 h range, walking", walk=WALK, window=HOUR),
    _Case("2 h range", window=2 * HOUR),
    _Case("2 h range, walking", walk=WALK, window=2 * HOUR),
)


def main(options: Options) -> None:
    """Measure every network; print and save the table."""
    rows: list[dict[str, Cell]] = []
    compiled = seconds_of(warm_up)
    notes = [
        f"{PAIRS} pairs; ways of {WALK} m (straight distance × 1.3) where walking",
        f"kernels compiled, or read from the cache, in {compiled:.2f} s",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for network in bench_networks(Path(folder)):
            rows += _rows(network, notes)
    Report("journeys", "Journeys, in process, one thread", rows, notes).show()


def _rows(bench: BenchNetwork, notes: list[str]) -> list[dict[str, Cell]]:
    timetables = [
        read_timetable(path, FeedId(path.stem), ImportReport(), ArchiveLimits())
        for path in bench.files
    ]
    before, start = resident_megabytes(), perf_counter()
    network = join_feeds(timetables)
    joined, start = perf_counter() - start, perf_counter()
    day = build_day(network, bench.at.date())
    built = perf_counter() - start
    again = seconds_of(lambda: build_day(network, bench.at.date()))
    start = perf_counter()
    ways = {
        walk: Ways.of(build_footpaths(network, WalkingRules(longest=walk))) for walk in (0, WALK)
    }
    walked = perf_counter() - start
    notes.append(
        f"{bench.name}: {network.stops:,} stops, {network.trips:,} trips, "
        f"{len(network.arrival):,} calls, {len(day.lanes.first):,} lanes, "
        f"{len(day.run_trip):,} runs; joined in {joined * 1000:.0f} ms, a day in "
        f"{built * 1000:.0f} ms (again {again * 1000:.0f}), {len(ways[WALK].onwards.target):,} "
        f"ways in {walked * 1000:.0f} ms; +{resident_megabytes() - before:.0f} MB"
    )
    live = _delayed(day, bench, notes)
    pairs = _pairs(network)
    rows = []
    for case in CASES:
        row = _measure(live if case.live else day, ways[case.walk], pairs, bench, case)
        rows.append(measured("journeys", row))
    own = {str(row["case"]): float(row["p50 ms"]) for row in rows}
    more, remarks = peer_rows(bench, network, pairs, ways[WALK].onwards, own)
    notes += remarks
    return rows + more


def _measure(
    day: DayNetwork, ways: Ways, pairs: list[tuple[int, int]], bench: BenchNetwork, case: _Case
) -> dict[str, Cell]:
    search = arrive_by if case.backwards else depart_at
    at = int(bench.at.timestamp()) + (HOUR if case.backwards else 0)
    times, found = [], 0
    for origin, destination in pairs:
        start = perf_counter()
        query = Query(
            ways.from_stop(origin, case.walk),
            ways.to_stop(destination, case.walk),
            walk_budget=case.walk,
        )
        journeys = search(day, ways, query, at, window=case.window)
        times.append(perf_counter() - start)
        found += len(journeys)
    return {
        "network": bench.name,
        "engine": "own",
        "case": case.name,
        "p50 ms": percentile(times, 0.5) * 1000,
        "p95 ms": percentile(times, 0.95) * 1000,
        "journeys": found,
        "× own p50": 1.0,
    }


def _delayed(day: DayNetwork, bench: BenchNetwork, notes: list[str]) -> DayNetwork:
    """The day with delayed runs; notes how long that takes."""
    runs = delayed_runs(day.network, bench.at, DELAYED)
    live = patched(day, runs)
    times = [seconds_of(lambda: patched(day, runs)) for _ in range(5)]
    extra = len(live.lanes.first) - len(day.lanes.first)
    notes.append(
        f"{bench.name}: {len(runs):,} delayed runs applied in {min(times) * 1000:.1f} to "
        f"{max(times) * 1000:.1f} ms; {extra:,} extra lanes"
    )
    return live


def _pairs(network: JourneyNetwork) -> list[tuple[int, int]]:
    """Pairs of different served stops, the same in every run."""
    served = served_stops(network).tolist()
    random = Random(1)
    drawn = (random.sample(served, 2) for _ in range(PAIRS))
    return [(origin, destination) for origin, destination in drawn]


if __name__ == "__main__":
    main(Options())
