"""The journey patterns of a feed: trips with the same calls, apart from their times.

GTFS has no such object. The ids are digests of what a pattern contains, so that they stay the same
in the next version of the schedule.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mobilite.timetable.domain.timetable import Timetable

_DIGEST_BYTES = 9


@dataclass(frozen=True, slots=True)
class JourneyPattern:
    """Calls at the same stops in the same order, with the same destinations and rules."""

    id: str
    """A digest, unique in the feed."""
    path_id: str
    """A digest of route, direction and stops, which several patterns can share."""
    trip: int
    """The first trip (a row) with that pattern."""


@dataclass(frozen=True, slots=True)
class JourneyPatterns:
    """The patterns of a feed."""

    patterns: Sequence[JourneyPattern]
    of_trip: Sequence[int]
    """The pattern of each trip: an index of `patterns`."""


def journey_patterns(timetable: Timetable) -> JourneyPatterns:
    """The patterns of all trips of a timetable, in the order of their first trips."""
    found: dict[bytes, int] = {}
    patterns: list[JourneyPattern] = []
    of_trip: list[int] = []
    for trip in range(len(timetable.trip_ids)):
        key = _content(timetable, trip)
        if key not in found:
            found[key] = len(patterns)
            patterns.append(_pattern(timetable, trip))
        of_trip.append(found[key])
    return JourneyPatterns(patterns, of_trip)


def _content(timetable: Timetable, trip: int) -> bytes:
    """What distinguishes the pattern of a trip, in rows of this version of the timetable."""
    calls = timetable.calls_of(trip)
    row = np.array(
        [
            timetable.trip_route[trip],
            timetable.trip_direction[trip],
            timetable.trip_headsign[trip],
            calls.stop - calls.start,
        ],
        np.int32,
    )
    columns = (
        timetable.call_stop,
        timetable.call_headsign,
        timetable.call_pickup,
        timetable.call_drop_off,
    )
    return b"".join([row.tobytes(), *(column[calls].tobytes() for column in columns)])


def _pattern(timetable: Timetable, trip: int) -> JourneyPattern:
    calls = timetable.calls_of(trip)
    path = [
        timetable.route_ids[int(timetable.trip_route[trip])],
        str(timetable.trip_direction[trip]),
        *(timetable.stop_ids[stop] for stop in timetable.call_stop[calls].tolist()),
    ]
    rules = [
        *map(timetable.headsign, range(calls.start, calls.stop)),
        *map(str, timetable.call_pickup[calls].tolist()),
        *map(str, timetable.call_drop_off[calls].tolist()),
        timetable.text(int(timetable.trip_headsign[trip])),
    ]
    return JourneyPattern(text_digest(*path, *rules), text_digest(*path), trip)


def text_digest(*texts: str) -> str:
    """A short digest of some texts."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for text in texts:
        encoded = text.encode("utf-8", "replace")
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()
