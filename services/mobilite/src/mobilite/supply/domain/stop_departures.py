"""The departures of each stop by service: those of a date are the sum over its services."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.supply.domain.offered_trips import NO_PICKUP, station_rows
from mobilite.timetable.domain.booked_trips import booked_trips
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class StopDepartures:
    """A row for each stop or station and each service that leaves from it."""

    stop: NDArray[np.int64]
    """→ stops of the timetable"""
    service: NDArray[np.int64]
    """→ services of the timetable"""
    departures: NDArray[np.int64]
    first: NDArray[np.int32]
    """The first departure in seconds of the service day."""
    last: NDArray[np.int32]


def count_departures(timetable: Timetable) -> StopDepartures:
    """The departures that somebody can board; the last call of a trip is none, nor are those of a
    trip that runs only when booked. The platforms of a station count together."""
    last_calls = timetable.trip_first[timetable.call_trip + 1] - 1
    calls = np.flatnonzero(
        (timetable.call_pickup != NO_PICKUP)
        & (np.arange(len(timetable.call_trip)) != last_calls)
        & ~booked_trips(timetable)[timetable.call_trip]
    )
    stops = station_rows(timetable)[timetable.call_stop[calls]].astype(np.int64)
    services = timetable.trip_service[timetable.call_trip[calls]].astype(np.int64)
    pairs, row = np.unique(stops * len(timetable.service_ids) + services, return_inverse=True)
    times = timetable.call_departure[calls]
    first = np.full(len(pairs), np.iinfo(np.int32).max, np.int32)
    last = np.full(len(pairs), np.iinfo(np.int32).min, np.int32)
    np.minimum.at(first, row, times)
    np.maximum.at(last, row, times)
    return StopDepartures(
        pairs // len(timetable.service_ids),
        pairs % len(timetable.service_ids),
        np.bincount(row, minlength=len(pairs)),
        first,
        last,
    )
