"""Which stops are one place: the grouping of hubs.

Two stops belong together for one of four reasons, the strongest first:

    station    trains call at one of them, and the other is called « gare … » of the same town, or
               just « gare », within 300 m
    name       both have the same name, within 200 m
    transfer   transfers.txt links them, and they have different modes, within 150 m
    distance   they are of different networks, within 30 m; within 80 m if trains call at one

Pairs are joined in that order, the nearest first. A pair is not joined if that would put two stops
into one group that are more than `MAX_DIAMETER` apart: chains end there. The result depends on ids,
names and places only, never on the order of the stops.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.ground import degrees_north, near_metres
from mobilite.gtfs.domain.ids import GlobalId
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.text_search.domain.link_words import LINK_WORDS

MAX_DIAMETER: Final = 350.0
"""Metres between any two stops of a group."""
_STATION_METRES: Final = 300.0
_NAME_METRES: Final = 200.0
_TRANSFER_METRES: Final = 150.0
_ANY_NAME_METRES: Final = 30.0
_ANY_NAME_TRAIN_METRES: Final = 80.0
_STATION, _NAME, _TRANSFER, _DISTANCE = range(4)
STATION_WORDS: Final = frozenset({"gare", "sncf", "ter"})
"""The words that name a railway station."""
_EXTRA_WORDS: Final = STATION_WORDS.union(
    LINK_WORDS,
    ("routiere", "halte", "pole", "echange", "multimodal", "intermodal"),
    ("tram", "tramway", "bus", "quai", "quais", "voie", "parvis"),
    ("nord", "sud", "est", "ouest"),
)
"""Words that a stop at a railway station can have beside those of the station."""

_Edge = tuple[int, float, GlobalId, GlobalId]
"""A pair to join: its reason, metres (to the decimetre), and both ids in ascending order."""


def group_stops(
    stops: Iterable[ListedStop], transfers: Collection[tuple[GlobalId, GlobalId]] = ()
) -> list[tuple[ListedStop, ...]]:
    """The groups of two or more stops that are one place, each by id, ordered by their first ids.

    `stops`: those without a place stay alone. `transfers`: pairs of their ids.
    """
    by_id = {stop.id: stop for stop in stops if not np.isnan(stop.lat) and not np.isnan(stop.lon)}
    groups = {stop_id: [stop_id] for stop_id in by_id}
    for _, _, one, other in sorted(set(_edges(by_id, transfers))):
        first, second = groups[one], groups[other]
        if first is not second and _within_diameter(by_id, first, second):
            first += second
            groups.update(dict.fromkeys(second, first))
    found = {min(group): group for group in groups.values() if len(group) > 1}
    return [tuple(by_id[each] for each in sorted(found[first])) for first in sorted(found)]


def _within_diameter(
    by_id: dict[GlobalId, ListedStop], first: Sequence[GlobalId], second: Sequence[GlobalId]
) -> bool:
    return all(
        _metres(by_id[one], by_id[other]) <= MAX_DIAMETER for one, other in product(first, second)
    )


def _metres(one: ListedStop, other: ListedStop) -> float:
    return near_metres(one.lat, one.lon, other.lat, other.lon)


def _edge(reason: int, one: ListedStop, other: ListedStop) -> _Edge:
    first, second = min(one.id, other.id), max(one.id, other.id)
    return reason, round(_metres(one, other), 1), first, second


def _edges(
    by_id: dict[GlobalId, ListedStop], transfers: Collection[tuple[GlobalId, GlobalId]]
) -> Iterator[_Edge]:
    stops = [by_id[stop_id] for stop_id in sorted(by_id)]
    yield from _at_railway_stations(stops)
    yield from _of_one_name(stops)
    for pair in transfers:
        ends = [by_id[stop_id] for stop_id in pair if stop_id in by_id]
        if len(ends) == 2 and ends[0].modes != ends[1].modes:
            edge = _edge(_TRANSFER, ends[0], ends[1])
            if edge[1] <= _TRANSFER_METRES:
                yield edge
    for first, second in _near_pairs(stops, _ANY_NAME_TRAIN_METRES):
        one, other = stops[first], stops[second]
        edge = _edge(_DISTANCE, one, other)
        if one.feed_id != other.feed_id and (
            edge[1] <= _ANY_NAME_METRES or one.railway or other.railway
        ):
            yield edge


def _at_railway_stations(stops: Sequence[ListedStop]) -> Iterator[_Edge]:
    """The pairs of a railway station and a stop named after it."""
    called = [stop for stop in stops if stop.railway or not STATION_WORDS.isdisjoint(stop.words)]
    for first, second in _near_pairs(called, _STATION_METRES):
        one, other = called[first], called[second]
        if (one.railway and _is_at_station(other, one)) or (
            other.railway and _is_at_station(one, other)
        ):
            yield _edge(_STATION, one, other)


def _is_at_station(stop: ListedStop, station: ListedStop) -> bool:
    """Whether the name of a stop is that of the railway station, as « Gare routière » and « Gare
    d'Orléans » at "Orléans"."""
    words = set(stop.words)
    if STATION_WORDS.isdisjoint(words):
        return False
    own = {word for word in words if len(word) > 1} - _EXTRA_WORDS  # « quai B »: B is no name
    return own <= set(station.words)


def _of_one_name(stops: Sequence[ListedStop]) -> Iterator[_Edge]:
    """The pairs of one name."""
    named: dict[tuple[str, ...], list[ListedStop]] = defaultdict(list)
    for stop in stops:
        name = tuple(word for word in stop.words if word not in LINK_WORDS) or stop.words
        if name:
            named[name].append(stop)
    for same in named.values():
        for first, second in _near_pairs(same, _NAME_METRES):
            yield _edge(_NAME, same[first], same[second])


def _near_pairs(stops: Sequence[ListedStop], metres: float) -> Iterator[tuple[int, int]]:
    """The pairs of stops at most so many metres apart, as indexes, in no order. Sweeps the stops
    from south to north."""
    if len(stops) < 2:
        return
    lats = np.array([stop.lat for stop in stops], np.float64)
    lons = np.array([stop.lon for stop in stops], np.float64)
    order = np.argsort(lats, kind="stable")
    lats, lons = lats[order], lons[order]
    reach = degrees_north(metres)
    for step in range(1, len(stops)):
        close = np.flatnonzero(lats[step:] - lats[:-step] <= reach)
        if not len(close):
            return
        ahead = close + step
        found = close[distances(lats[close], lons[close], lats[ahead], lons[ahead]) <= metres]
        yield from zip(order[found].tolist(), order[found + step].tolist(), strict=True)
