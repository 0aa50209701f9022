"""Stations as graphs: the pathways of each, its platforms and its entrances.

A graph is what pathways join: one station, or several. Each station with a pathway is assumed
complete, as GTFS requires: what no pathway joins is not joined.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mobilite.pathways.domain.pathway import Pathway, Problem, read_pathways
from mobilite.timetable.domain.timetable import BOARDING_AREA, ENTRANCE, Timetable

MOST_WORK = 3_000_000
"""What the searches of all graphs of a feed visit, from which on further graphs are not used:
seconds of computation."""


@dataclass(frozen=True, eq=False)
class StationGraph:
    """The pathways that are joined with each other. Stops are rows of the feed."""

    leaving: Mapping[int, tuple[Pathway, ...]]
    """The pathways from each place."""
    platforms: tuple[int, ...]
    entrances: tuple[int, ...]
    areas: Mapping[int, tuple[int, ...]]
    """The places of each platform: itself and its boarding areas."""
    lifts: Mapping[int, frozenset[int]]
    """The rows of the lifts at each place, and of all lifts of each station."""

    @cached_property
    def every_lift(self) -> frozenset[int]:
        """The rows of all its lifts."""
        return frozenset(row for rows in self.lifts.values() for row in rows)


@dataclass(frozen=True, slots=True, eq=False)
class FeedPathways:
    """The stations of a feed that pathways describe. Computed once per feed version."""

    graphs: tuple[StationGraph, ...]
    graph_of: Mapping[int, int]
    """→ graphs, by platform, entrance, other place or station."""
    problems: Mapping[Problem, tuple[str, ...]]
    too_large: tuple[str, ...]
    """The stop_id of a place in each graph that is not used, as the feed has too many."""


def station_graphs(timetable: Timetable) -> FeedPathways:
    """The graphs of a feed; none if it has no pathways."""
    rows = read_pathways(timetable)
    root = _joined(rows.pathways)
    groups: dict[int, list[Pathway]] = defaultdict(list)
    for pathway in rows.pathways:
        groups[root[pathway.source]].append(pathway)
    stations = _platforms_by_station(timetable, root)
    graphs: list[StationGraph] = []
    graph_of: dict[int, int] = {}
    too_large, visited = list[str](), 0
    for start, pathways in sorted(groups.items()):
        graph = _graph(timetable, pathways, stations)
        ends = len(graph.platforms) + len(graph.entrances)
        work = ends * (ends + len(pathways))
        if visited + work > MOST_WORK:
            too_large.append(timetable.stop_ids[start])
            continue
        visited += work
        places = {*graph.leaving, *(each.target for each in pathways)}
        for place in {*places, *graph.platforms, *(station_of(timetable, each) for each in places)}:
            graph_of.setdefault(place, len(graphs))
        graphs.append(graph)
    return FeedPathways(tuple(graphs), graph_of, rows.problems, tuple(too_large))


def _joined(pathways: Sequence[Pathway]) -> dict[int, int]:
    """The lowest place of the group of each place: what pathways join, in whichever direction,
    is one group."""
    root: dict[int, int] = {}

    def find(place: int) -> int:
        while (parent := root.setdefault(place, place)) != place:
            root[place] = root.setdefault(parent, parent)
            place = parent
        return place

    for pathway in pathways:
        one, other = sorted((find(pathway.source), find(pathway.target)))
        root[other] = one
    return {place: find(place) for place in [*root]}


def station_of(timetable: Timetable, place: int) -> int:
    """The station of a place; the place itself if it has none."""
    while (parent := int(timetable.stop_parent[place])) >= 0:
        place = parent
    return place


def _platforms_by_station(timetable: Timetable, root: Mapping[int, int]) -> dict[int, list[int]]:
    """The platforms of each station of which a place is in `root`, each with its group.

    A station whose pathways are in several groups has each platform in its own; one that no
    pathway reaches is in the first."""
    stations: dict[int, int] = {}
    for place in sorted(root):
        stations.setdefault(station_of(timetable, place), root[place])
    members: dict[int, list[int]] = defaultdict(list)
    for station, first in stations.items():
        children: list[int] = timetable.children_of(station).tolist()
        for platform in (each for each in [station, *children] if timetable.stop_kind[each] == 0):
            groups = [root[area] for area in _areas(timetable, platform) if area in root]
            members[groups[0] if groups else first].append(platform)
    return members


def _areas(timetable: Timetable, platform: int) -> tuple[int, ...]:
    children: list[int] = timetable.children_of(platform).tolist()
    return (platform, *(each for each in children if timetable.stop_kind[each] == BOARDING_AREA))


def _graph(
    timetable: Timetable, pathways: Sequence[Pathway], members: Mapping[int, Sequence[int]]
) -> StationGraph:
    leaving: dict[int, list[Pathway]] = defaultdict(list)
    lifts: dict[int, set[int]] = defaultdict(set)
    places: set[int] = set()
    for pathway in pathways:
        leaving[pathway.source].append(pathway)
        places |= {pathway.source, pathway.target}
        if pathway.mode == "elevator":
            for end in (pathway.source, pathway.target):
                lifts[end].add(pathway.row)
                lifts[station_of(timetable, end)].add(pathway.row)
    first = min(places)
    platforms = tuple(sorted(members.get(first, ())))
    return StationGraph(
        {place: tuple(each) for place, each in leaving.items()},
        platforms,
        tuple(sorted(each for each in places if timetable.stop_kind[each] == ENTRANCE)),
        {platform: _areas(timetable, platform) for platform in platforms},
        {place: frozenset(each) for place, each in lifts.items()},
    )
