"""What is wrong with the pathways of a feed, for its operator.

The rows stay as published; journeys use them as `pathways` reads them.
"""

from itertools import permutations

from mobilite.packing.domain.report import Report
from mobilite.pathways.domain.station_graph import (
    FeedPathways,
    StationGraph,
    station_graphs,
    station_of,
)
from mobilite.pathways.domain.station_paths import StationWays, Traveller, station_ways
from mobilite.timetable.domain.timetable import Timetable

_FILE = "pathways.txt"


def report_pathways(timetable: Timetable, report: Report) -> None:
    """Add the rows that journeys cannot use, and the platforms that pathways leave apart: a
    station with pathways is assumed complete."""
    if not timetable.notes.has("pathways"):
        return
    pathways = station_graphs(timetable)
    for code, ids in pathways.problems.items():
        report.add(_FILE, code, len(ids), ids)
    report.add(_FILE, "too_many_pathways", len(pathways.too_large), pathways.too_large)
    ways = [station_ways(graph, Traveller()) for graph in pathways.graphs]
    _add_platforms(timetable, pathways, ways, report)


def _add_platforms(
    timetable: Timetable, pathways: FeedPathways, ways: list[StationWays], report: Report
) -> None:
    ids, alone, apart = timetable.stop_ids, list[str](), list[str]()
    stations: dict[int, list[int]] = {}
    joined: set[tuple[int, int]] = set()
    for graph, each in zip(pathways.graphs, ways, strict=True):
        alone += (ids[platform] for platform in _without_entrance(graph, each))
        joined |= {row[:2] for row in each.changes}
        for platform in graph.platforms:
            stations.setdefault(station_of(timetable, platform), []).append(platform)
    for platforms in stations.values():
        pairs = (pair for pair in permutations(platforms, 2) if pair not in joined)
        apart += (f"{ids[source]} → {ids[target]}" for source, target in pairs)
    report.add(_FILE, "platform_without_entrance", len(alone), alone)
    report.add(_FILE, "platforms_apart", len(apart), apart)


def _without_entrance(graph: StationGraph, ways: StationWays) -> list[int]:
    reached = {row[1] for row in ways.entering} | {row[0] for row in ways.leaving}
    return [platform for platform in graph.platforms if platform not in reached]
