"""What grouping and search need to know of one feed's stops, derived once for a timetable.

A *listed* stop is a station, or a stop without one (`FeedSchedule.listed_stop`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id
from mobilite.gtfs.domain.route_types import Mode, modes_of
from mobilite.text_search.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import STATION

_NO_TRANSFER: Final = 3
"""transfers.txt, transfer_type: "transfers are not possible between routes at the location"."""


@dataclass(frozen=True, slots=True)
class ListedStop:
    """A listed stop of a feed."""

    id: GlobalId
    feed_id: FeedId
    name: str
    words: tuple[str, ...]
    """The search words of its name."""
    other_words: tuple[str, ...]
    """Search words of its codes, and of the names and codes of its platforms and entrances."""
    lat: float
    lon: float
    """WGS 84 degrees; NaN if unknown."""
    station: bool
    """Whether stops.txt declares it a station."""
    departures: int
    """Stop times of the timetable, at it and its children."""
    modes: tuple[Mode, ...]

    @property
    def railway(self) -> bool:
        """Whether trains call."""
        return "rail" in self.modes


@dataclass(frozen=True, slots=True)
class FeedStops:
    """The listed stops of one feed version."""

    stops: tuple[ListedStop, ...]
    transfers: frozenset[tuple[GlobalId, GlobalId]]
    """The pairs of different listed stops that transfers.txt links, each in ascending order."""

    @classmethod
    def of(cls, schedule: FeedSchedule) -> "FeedStops":
        """The listed stops of a schedule."""
        timetable = schedule.timetable
        count = len(timetable.stop_ids)
        listed = np.fromiter(map(schedule.listed_stop, range(count)), np.int32, count)
        calls = np.diff(timetable.stop_call_first)
        departures = np.bincount(listed, weights=calls, minlength=count).astype(np.int64)
        modes, names = _modes(schedule, listed), list(timetable.stop_names)
        others: dict[int, set[str]] = {}
        for row in range(count):
            words = search_words(timetable.stop_codes[row])
            if int(listed[row]) != row:
                words += search_words(names[row])
            if words:
                others.setdefault(int(listed[row]), set()).update(words)
        stops = tuple(
            ListedStop(
                id=global_id(timetable.feed_id, timetable.stop_ids[row]),
                feed_id=timetable.feed_id,
                name=names[row],
                words=search_words(names[row]),
                other_words=tuple(sorted(others.get(row, ()))),
                lat=float(timetable.stop_lat[row]),
                lon=float(timetable.stop_lon[row]),
                station=int(timetable.stop_kind[row]) == STATION,
                departures=int(departures[row]),
                modes=modes.get(row, ()),
            )
            for row in np.unique(listed).tolist()
        )
        return cls(stops, _transfers(schedule, listed))


def _modes(schedule: FeedSchedule, listed: NDArray[np.int32]) -> dict[int, tuple[Mode, ...]]:
    """The modes at each listed stop where something calls."""
    timetable = schedule.timetable
    types, type_of_route = np.unique(timetable.route_type, return_inverse=True)
    if not len(types):
        return {}
    routes = timetable.trip_route[timetable.call_trip]
    pairs = listed[timetable.call_stop].astype(np.int64) * len(types) + type_of_route[routes]
    found: dict[int, list[int]] = {}
    counts = np.bincount(pairs, minlength=1)
    for pair in np.flatnonzero(counts).tolist():
        stop, place = divmod(pair, len(types))
        found.setdefault(stop, []).append(int(types[place]))
    return {stop: tuple(modes_of(each)) for stop, each in found.items()}


def _transfers(
    schedule: FeedSchedule, listed: NDArray[np.int32]
) -> frozenset[tuple[GlobalId, GlobalId]]:
    timetable = schedule.timetable
    possible = timetable.transfer_type != _NO_TRANSFER
    ends = zip(
        listed[timetable.transfer_from[possible]].tolist(),
        listed[timetable.transfer_to[possible]].tolist(),
        strict=True,
    )

    def public(row: int) -> GlobalId:
        return global_id(timetable.feed_id, timetable.stop_ids[row])

    pairs = ((public(one), public(other)) for one, other in set(ends) if one != other)
    return frozenset((min(pair), max(pair)) for pair in pairs)
