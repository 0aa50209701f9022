"""The best ways inside stations, against every way tried."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_pathways import Row, naive_seconds
from stations import STOPS, station_timetable

from mobilite.pathways.domain.station_graph import FeedPathways, station_graphs
from mobilite.pathways.domain.station_paths import Traveller, station_path, station_ways
from mobilite.timetable.domain.timetable import Timetable
from socle.testing import sized

PLATFORMS, ENTRANCES, NODES = ("q1", "q2", "q3"), ("est", "ouest"), ("hall", "pont")
ACCESS = {1: "yes", 2: "no", 3: "unknown", 4: "no", 5: "yes", 6: "unknown", 7: "unknown"}
"""By pathway_mode, of rows without more columns."""


@st.composite
def rows(draw: st.DrawFn) -> Row:
    ends = draw(st.lists(st.sampled_from([*PLATFORMS, *ENTRANCES, *NODES]), min_size=2, max_size=2))
    return {
        "from": ends[0],
        "to": ends[1],
        "mode": draw(st.integers(1, 7)),
        "both": draw(st.booleans()),
        "seconds": draw(st.integers(1, 99)),
    }


def packed(found: list[Row]) -> Timetable:
    return station_timetable(
        [
            f"p{n},{row['from']},{row['to']},{row['mode']},{int(row['both'])},{row['seconds']}"
            for n, row in enumerate(found)
        ]
    )


@pytest.mark.deep
@given(st.lists(rows(), min_size=1, max_size=9), st.sets(st.integers(0, 8)), st.booleans())
@settings(max_examples=sized(40, deep=400))
def test_ways_are_the_shortest_sure_ones_else_the_shortest(
    found: list[Row], doubted: set[int], wheelchair: bool
) -> None:
    lifts = frozenset(n for n in doubted if n < len(found) and found[n]["mode"] == 5)
    timetable = packed(found)
    ways = every_way(station_graphs(timetable), Traveller(wheelchair, lifts))
    ids = timetable.stop_ids

    def expected(start: str, end: str) -> tuple[int, bool] | None:
        def can(n: int) -> bool:
            return not wheelchair or ACCESS[found[n]["mode"]] != "no"

        def surely(n: int) -> bool:
            return n not in lifts and (not wheelchair or ACCESS[found[n]["mode"]] == "yes")

        tries: list[tuple[Callable[[int], bool], bool]] = [(surely, True), (can, False)]
        for accepts, sure in tries:
            seconds = naive_seconds(found, start, end, accepts)
            if seconds is not None:
                return seconds, sure
        return None

    for one in PLATFORMS:
        for other in PLATFORMS:
            if one != other:
                way = expected(one, other)
                row = ids.index_of(one), ids.index_of(other)
                assert ways["changes"].get(row) == (way and way[0])
    used = {end for row in found for end in (row["from"], row["to"]) if row["from"] != row["to"]}
    for platform in PLATFORMS:
        in_use = [each for each in ENTRANCES if each in used]
        for name, ends in (
            ("entering", [(each, platform) for each in in_use]),
            ("leaving", [(platform, each) for each in in_use]),
        ):
            tried = {pair: way for pair in ends if (way := expected(*pair)) is not None}
            only_sure = any(sure for _, sure in tried.values())
            for pair in ends:
                way = tried.get(pair)
                wanted = way[0] if way is not None and (way[1] or not only_sure) else None
                assert ways[name].get(tuple(map(ids.index_of, pair))) == wanted, (name, pair)


def every_way(
    pathways: FeedPathways, traveller: Traveller
) -> dict[str, dict[tuple[Any, ...], int]]:
    """The seconds of all ways, and a check that each has a path of that length."""
    found: dict[str, dict[tuple[Any, ...], int]] = {"changes": {}, "entering": {}, "leaving": {}}
    for graph in pathways.graphs:
        ways = station_ways(graph, traveller)
        for name, result in found.items():
            for source, target, seconds in getattr(ways, name):
                result[source, target] = seconds
                way = station_path(graph, traveller, source, target)
                assert way is not None
                assert way.seconds == seconds
                assert (way.pathways[0].source, way.pathways[-1].target) == (source, target)
    return found


def test_a_platform_is_reached_at_its_boarding_areas() -> None:
    timetable = station_timetable(["a,est,q3-a,1,1,40", "b,q3-a,q1,1,1,25"])
    (graph,) = station_graphs(timetable).graphs
    row = timetable.stop_ids.index_of
    ways = station_ways(graph, Traveller())
    assert (row("q3"), row("q1"), 25) in ways.changes
    assert (row("est"), row("q3"), 40) in ways.entering


def test_an_entrance_without_access_is_closed_to_wheelchairs() -> None:
    timetable = station_timetable(["a,est,q1,1,1,40"])
    (graph,) = station_graphs(timetable).graphs
    est = timetable.stop_ids.index_of("est")
    assert est is not None
    assert station_ways(graph, Traveller(wheelchair=True), frozenset({est})).entering == ()


def test_stations_that_are_too_much_work_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    timetable = station_timetable(["a,est,hall,1,1", "b,hall,q1,1,1", "c,pont,q2,1,1"])
    assert len(station_graphs(timetable).graphs) == 2
    monkeypatch.setattr("mobilite.pathways.domain.station_graph.MOST_WORK", 22)
    pathways = station_graphs(timetable)
    assert [len(graph.leaving) for graph in pathways.graphs] == [3]
    assert pathways.too_large == ("q2",)


def test_a_station_of_thousands_of_places_is_searched() -> None:
    length = 4_000
    stops = STOPS + "".join(f"n{n},,47.9,1.9,3,gare,,\n" for n in range(length))
    rows = ["in,est,n0,1,1,1", f"out,n{length - 1},q1,1,1,1"]
    rows += [f"c{n},n{n},n{n + 1},1,1,1" for n in range(length - 1)]
    timetable = station_timetable(rows, stops)
    (graph,) = station_graphs(timetable).graphs
    ends = [timetable.stop_ids.index_of(each) for each in ("est", "q1")]
    assert (*ends, length + 1) in station_ways(graph, Traveller()).entering
