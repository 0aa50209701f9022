"""The best ways inside a station, between its platforms and its entrances.

A way that surely can be used comes before a shorter one that is in doubt: by a lift that an alert
reports out of order, or, for a wheelchair, by something of which the feed does not state whether
it passes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from mobilite.gtfs.domain.enumerations import Access
from mobilite.pathways.domain.pathway import Pathway
from mobilite.pathways.domain.station_graph import StationGraph


@dataclass(frozen=True, slots=True)
class Traveller:
    """What decides which pathways can be used."""

    wheelchair: bool = False
    doubted: frozenset[int] = frozenset()
    """The rows of the lifts that alerts report out of order."""

    def surely_passes(self, pathway: Pathway) -> bool:
        """Whether nothing is in doubt."""
        passes = not self.wheelchair or pathway.wheelchair == "yes"
        return passes and pathway.row not in self.doubted

    def can_pass(self, pathway: Pathway) -> bool:
        """Whether it is not excluded."""
        return not self.wheelchair or pathway.wheelchair != "no"


@dataclass(frozen=True, slots=True)
class StationPath:
    """A way inside a station."""

    pathways: tuple[Pathway, ...]
    sure: bool
    """Whether nothing on it is in doubt."""

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return sum(each.seconds for each in self.pathways)

    @property
    def metres(self) -> float:
        """Of the lengths that the feed gives."""
        return sum(each.metres or 0.0 for each in self.pathways)

    @property
    def wheelchair(self) -> Access:
        """Whether a wheelchair passes, if all lifts work."""
        parts = {each.wheelchair for each in self.pathways}
        return "no" if "no" in parts else "unknown" if "unknown" in parts else "yes"


@dataclass(frozen=True, slots=True)
class StationWays:
    """How long the best ways take: (from, to, seconds), stops being rows of the feed."""

    changes: tuple[tuple[int, int, int], ...]
    """Between two platforms."""
    entering: tuple[tuple[int, int, int], ...]
    """From an entrance to a platform."""
    leaving: tuple[tuple[int, int, int], ...]
    """From a platform to an entrance."""


Reached = Mapping[int, tuple[int, Pathway | None]]
"""The seconds to each place, and the pathway by which it is reached; None for a start."""


def station_ways(
    graph: StationGraph, traveller: Traveller, closed: frozenset[int] = frozenset()
) -> StationWays:
    """The ways of one graph. `closed`: the entrances that the traveller cannot use."""
    entrances = [each for each in graph.entrances if each not in closed]
    changes, leaving, entering = [], [], []
    for platform in graph.platforms:
        search = _Search(graph, traveller, graph.areas[platform])
        others = (each for each in graph.platforms if each != platform)
        changes += [(platform, *row[:2]) for row in search.to_platforms(others)]
        ways = [(each, *found) for each in entrances if (found := search.to((each,)))]
        leaving += [(platform, *row) for row in ways]
    for entrance in entrances:
        search = _Search(graph, traveller, (entrance,))
        entering += [(entrance, *row) for row in search.to_platforms(graph.platforms)]
    return StationWays(
        tuple(changes),
        _sure_ones(entering, lambda row: row[1]),
        _sure_ones(leaving, lambda row: row[0]),
    )


def station_path(
    graph: StationGraph, traveller: Traveller, source: int, target: int
) -> StationPath | None:
    """The best way between two places, platforms or entrances; None if there is none."""
    starts, ends = (graph.areas.get(each, (each,)) for each in (source, target))
    search = _Search(graph, traveller, starts)
    for reached, sure in ((search.sure, True), (search.possible, False)):
        near = [(reached[end][0], end) for end in ends if end in reached]
        if near:
            return StationPath(tuple(_way_to(reached, min(near)[1])), sure)
    return None


def _way_to(reached: Reached, place: int) -> list[Pathway]:
    way: list[Pathway] = []
    while (pathway := reached[place][1]) is not None:
        way.append(pathway)
        place = pathway.source
    return way[::-1]


class _Search:
    """The ways from some places to all others."""

    def __init__(self, graph: StationGraph, traveller: Traveller, starts: Iterable[int]) -> None:
        starts = [*starts]
        self._graph = graph
        self.sure = shortest(graph, starts, traveller.surely_passes)
        self.possible = shortest(graph, starts, traveller.can_pass)

    def to_platforms(self, platforms: Iterable[int]) -> Iterator[tuple[int, int, bool]]:
        """The platforms that are reached, with seconds and whether surely."""
        for platform in platforms:
            if found := self.to(self._graph.areas[platform]):
                yield platform, *found

    def to(self, ends: Iterable[int]) -> tuple[int, bool] | None:
        """The seconds to the nearest of some places, and whether surely."""
        ends = [*ends]
        for reached, sure in ((self.sure, True), (self.possible, False)):
            near = [reached[end][0] for end in ends if end in reached]
            if near:
                return min(near), sure
        return None


def shortest(
    graph: StationGraph, starts: Iterable[int], accepts: Callable[[Pathway], bool]
) -> Reached:
    """Dijkstra's algorithm: what accepted pathways reach, from the nearest of the starts."""
    reached: dict[int, tuple[int, Pathway | None]] = dict.fromkeys(starts, (0, None))
    queue = [(0, each) for each in sorted(reached)]
    while queue:
        seconds, place = heappop(queue)
        if seconds > reached[place][0]:
            continue
        for pathway in graph.leaving.get(place, ()):
            arrival = seconds + pathway.seconds
            known = reached.get(pathway.target)
            if (known is None or arrival < known[0]) and accepts(pathway):
                reached[pathway.target] = arrival, pathway
                heappush(queue, (arrival, pathway.target))
    return reached


def _sure_ones(
    ways: list[tuple[int, int, int, bool]], platform: Callable[[tuple[int, int, int, bool]], int]
) -> tuple[tuple[int, int, int], ...]:
    """Of the ways through several entrances of a platform: those in doubt only if all are."""
    surely = {platform(row) for row in ways if row[3]}
    return tuple(row[:3] for row in ways if row[3] or platform(row) not in surely)
