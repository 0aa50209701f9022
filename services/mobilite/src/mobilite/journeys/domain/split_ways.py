"""The ways to and from the points of stops, by the rules of one route or trip (`change_rules`)."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.change_rules import BY_DISTANCE, EVERY, ChangeRule, Selector
from mobilite.journeys.domain.network import JourneyNetwork

Columns = tuple[NDArray[np.signedinteger[Any]], ...]
"""Source, target, seconds, metres."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules and points of a network, by its stops."""

    rules: dict[tuple[int, int], dict[tuple[Selector, Selector], set[ChangeRule]]]
    points: dict[int, list[tuple[int, Selector]]]

    def ends(self, stop: int) -> list[tuple[int, Selector]]:
        """The points of a stop, itself first."""
        return [(stop, EVERY), *self.points.get(stop, ())]

    def seconds(
        self, ends: tuple[int, int], before: Selector, after: Selector, walk: int
    ) -> int | None:
        """Of the most specific rule; of equal ones the longer time. None without a rule."""
        rules = self.rules.get(ends, {})
        found = [
            (rule.rank, walk if rule.seconds == BY_DISTANCE else rule.seconds)
            for selectors in product(before.matching(), after.matching())
            for rule in rules.get(selectors, ())
        ]
        return max(found)[1] if found else None


def split_ways(network: JourneyNetwork, ways: Columns, walk: Callable[[int, int], int]) -> Columns:
    """The ways that have a point beyond the stops at an end.

    `ways`: those between stops; `walk`: the seconds to walk between two of them.
    """
    source, target, seconds, metres = ways
    split = _rules_of(network)
    is_split = np.zeros(network.stops, np.bool_)
    is_split[[*split.points]] = True
    rows = np.flatnonzero(is_split[source] | is_split[target])
    pairs = zip(source[rows].tolist(), target[rows].tolist(), strict=True)
    times = zip(seconds[rows].tolist(), metres[rows].tolist(), strict=True)
    between: dict[tuple[int, int], tuple[int, int] | None]
    between = {**dict.fromkeys(split.rules), **dict(zip(pairs, times, strict=True))}
    found = [way for ends, general in between.items() for way in _ways(split, ends, general, walk)]
    return tuple(np.array(found, np.int64).reshape(-1, 4).T)


def _ways(
    split: _Rules,
    ends: tuple[int, int],
    general: tuple[int, int] | None,
    walk: Callable[[int, int], int],
) -> Iterator[tuple[int, int, int, int]]:
    """The ways between the points of two stops. `general`: that between the stops, if any."""
    time = walk(*ends) if ends in split.rules else 0
    for (one, before), (other, after) in product(*(split.ends(stop) for stop in ends)):
        seconds = split.seconds(ends, before, after, time)
        if (one, other) == ends:
            continue
        if seconds is None and general is not None:
            yield one, other, *general
        elif seconds is not None and seconds >= 0:
            yield one, other, seconds, 0


def _rules_of(network: JourneyNetwork) -> _Rules:
    rules: dict[tuple[int, int], dict[tuple[Selector, Selector], set[ChangeRule]]] = {}
    points: dict[int, list[tuple[int, Selector]]] = defaultdict(list)
    for feed, each in enumerate(network.rules):
        first = int(network.stop_first[feed])
        for rule in each.rules:
            between = rules.setdefault((first + rule.source, first + rule.target), {})
            between.setdefault((rule.before, rule.after), set()).add(rule)
        beyond = int(network.point_first[feed]) - len(network.feeds[feed].stop_ids)
        for (stop, selector), point in each.points.items():
            points[first + stop].append((beyond + point, selector))
    return _Rules(rules, dict(points))
