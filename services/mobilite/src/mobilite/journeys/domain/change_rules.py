"""The rows of transfers.txt that apply to one route or trip only.

A stop that such rows name is split: trips with rules of their own call at a *point* of the stop.
Points are numbered after the stops. A way then leads from a point to a point, so that a search
needs to know nothing of rules. Of the rows that apply to two trips the most specific one counts:

    trip and trip > trip and route > trip > route and route > route > stops

https://gtfs.org/documentation/schedule/reference/#transferstxt
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Final, NamedTuple

import numpy as np

from mobilite.timetable.domain.notes import Row
from mobilite.timetable.domain.timetable import I32, STATION, Timetable

MOST_RULES: Final = 500_000
"""Rules of a feed, platform by platform, from which on none of them applies."""
MOST_WAYS: Final = 1_000_000
"""Ways between the points of its stops from which on none of the rules of a feed applies."""
MOST_MOVED: Final = 8
"""Selectors of the trips of a station up to which each of its platforms has a point for all."""
FORBIDDEN: Final = 3
"""The transfer_type "not possible"."""
TIMED: Final = 1
"""The transfer_type of vehicles that wait for each other."""
BY_DISTANCE: Final = -1
"""The seconds of a change that takes the time to walk there."""
IMPOSSIBLE: Final = -2
"""The seconds of a change that is forbidden."""


class Selector(NamedTuple):
    """A route and a trip; of a row those it names, of a point those that some row there names."""

    route: int
    """The row of the route; -1 for none."""
    trip: str
    """The trip_id; "" for none."""

    def matching(self) -> "set[Selector]":
        """The selectors of the rows that apply to this point."""
        return {Selector(*each) for each in product((-1, self.route), ("", self.trip))}


EVERY: Final = Selector(-1, "")


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """A row between two platforms."""

    source: int
    target: int
    before: Selector
    """The trip that people leave."""
    after: Selector
    """The trip that they board."""
    seconds: int
    """Or `BY_DISTANCE`, `IMPOSSIBLE`."""
    rank: tuple[int, int]
    """How specific the row is: of trips and routes, then of platforms."""


@dataclass(frozen=True, slots=True, eq=False)
class ChangeRules:
    """The rules of one feed, and the points of its stops."""

    rules: Sequence[ChangeRule]
    points: Mapping[tuple[int, Selector], int]
    """(stop, selector) → point; the points are numbered after the stops of the feed."""
    routes: Mapping[int, frozenset[int]]
    """The routes that the rows of each stop name; so are the trips."""
    trips: Mapping[int, frozenset[str]]
    too_many: bool = False
    """Whether the feed has rules, but too many to apply them."""

    def point_of(self, stop: int, route: int, trip_id: str) -> int:
        """Where a trip calls at a stop: the stop itself if no rule is about it."""
        return self.points.get((stop, self.selector(stop, route, trip_id)), stop)

    def selector(self, stop: int, route: int, trip_id: str) -> Selector:
        """What the rows of a stop tell apart of a trip."""
        known = self.routes.get(stop, frozenset()), self.trips.get(stop, frozenset())
        return Selector(route if route in known[0] else -1, trip_id if trip_id in known[1] else "")


def change_rules_of(feed: Timetable) -> ChangeRules:
    """Read the rules of a feed, none of them if they are too many. Computed once per feed
    version."""
    rules = [*islice(_rules(feed), MOST_RULES + 1)]
    routes: dict[int, set[int]] = {}
    trips: dict[int, set[str]] = {}
    for rule in rules:
        for stop, named in ((rule.source, rule.before), (rule.target, rule.after)):
            routes.setdefault(stop, set()).add(named.route)
            trips.setdefault(stop, set()).add(named.trip)
    result = ChangeRules(
        rules,
        {},
        {stop: frozenset(named) for stop, named in routes.items()},
        {stop: frozenset(named) for stop, named in trips.items()},
    )
    points: dict[tuple[int, Selector], int] = {}
    for stop in sorted(routes):
        for named in _selectors_at(feed, result, stop):
            points.setdefault((stop, named), len(feed.stop_ids) + len(points))
    if len(rules) > MOST_RULES or _ways_between(rules, points) > MOST_WAYS:
        return ChangeRules([], {}, {}, {}, too_many=True)
    return replace(result, points=points)


def _ways_between(rules: Sequence[ChangeRule], points: Mapping[tuple[int, Selector], int]) -> int:
    """How many ways there are between the points of one stop, or of two that rules name."""
    size = Counter(stop for stop, _ in points)
    ends = {(stop, stop) for stop in size} | {(rule.source, rule.target) for rule in rules}
    return sum((size[source] + 1) * (size[target] + 1) for source, target in ends)


def _selectors_at(feed: Timetable, rules: ChangeRules, stop: int) -> list[Selector]:
    """What the rows of a stop tell apart of the trips that call there, and, up to a number, of
    those at other platforms of the station: real time can bring them here."""
    parent = int(feed.stop_parent[stop])
    calls = {each: feed.calls_at(each) for each in platforms(feed, stop if parent < 0 else parent)}
    found = {
        each: {
            rules.selector(stop, int(feed.trip_route[trip]), feed.trip_ids[trip])
            for trip in np.unique(feed.call_trip[rows]).tolist()
        }
        for each, rows in {stop: feed.calls_at(stop), **calls}.items()
    }
    anywhere = set[Selector]().union(*found.values())
    return sorted((anywhere if len(anywhere) <= MOST_MOVED else found[stop]) - {EVERY})


def call_points(feed: Timetable, rules: ChangeRules) -> I32:
    """[calls]: the point, or the stop, of each call of a feed."""
    result = feed.call_stop.astype(np.int32)
    for call in np.flatnonzero(np.isin(feed.call_stop, [*rules.routes])).tolist():
        stop, trip = int(feed.call_stop[call]), int(feed.call_trip[call])
        result[call] = rules.point_of(stop, int(feed.trip_route[trip]), feed.trip_ids[trip])
    return result


def _rules(feed: Timetable) -> Iterator[ChangeRule]:
    for row in feed.notes.rows("transfers_by_trip"):
        ends = [feed.stop_ids.index_of(row.get(f"{end}_stop_id", "")) for end in ("from", "to")]
        named = [_selector(feed, row, end) for end in ("from", "to")]
        transfer_type = int(row.get("transfer_type") or 0)
        if transfer_type not in (0, 1, 2, 3) or None in ends or None in named:
            continue
        source, target = (end for end in ends if end is not None)
        before, after = (each for each in named if each is not None)
        precise = (feed.stop_kind[source] != STATION) + (feed.stop_kind[target] != STATION)
        rank = specificity(before, after), int(precise)
        seconds = _seconds(transfer_type, row.get("min_transfer_time"))
        for one, other in product(platforms(feed, source), platforms(feed, target)):
            yield ChangeRule(one, other, before, after, seconds, rank)


def _selector(feed: Timetable, row: Row, end: str) -> Selector | None:
    """What a row names at one end; None if the feed has no such route."""
    route = feed.route_ids.index_of(row[f"{end}_route_id"]) if row.get(f"{end}_route_id") else -1
    return None if route is None else Selector(route, row.get(f"{end}_trip_id", ""))


def specificity(before: Selector, after: Selector) -> int:
    """The greater counts: a trip is worth three, a route one, and a trip's route nothing more."""
    return sum(3 if named.trip else int(named.route >= 0) for named in (before, after))


def _seconds(transfer_type: int, given: float | None) -> int:
    """`given`: min_transfer_time, which counts if `pack_transfers` would take it."""
    if transfer_type == FORBIDDEN:
        return IMPOSSIBLE
    if isinstance(given, int) and 0 <= given < 2**31:
        return given
    return 0 if transfer_type == TIMED else BY_DISTANCE


def platforms(feed: Timetable, stop: int) -> list[int]:
    """The stop itself, or the platforms of a station."""
    if feed.stop_kind[stop] != STATION:
        return [stop]
    children: list[int] = feed.children_of(stop).tolist()
    return [child for child in children if feed.stop_kind[child] == 0]
