"""The distinct days of each route: the sets of trips that it has on one date or on several.

Dates with the same trips share their figures, by whatever services the feed gives them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.supply.domain.offered_trips import OfferedTrips
from mobilite.timetable.domain.timetable import Bool

NETWORK = -1
"""Stands for every route of the feed."""


@dataclass(frozen=True, slots=True)
class RouteDay:
    """What a route offers on a day."""

    route: int
    """A row of the timetable, or NETWORK."""
    trips: NDArray[np.int64]
    """→ OfferedTrips; of a route at least one, of the network perhaps none."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of every route."""

    route_days: tuple[RouteDay, ...]
    """Each different one."""
    dates: tuple[NDArray[np.int32], ...]
    """For each date of the timetable, those that apply (→ route_days): the network's, then those
    of the routes with trips."""


def find_route_days(trips: OfferedTrips, service_days: Bool) -> Calendar:
    """The days of each route. `service_days`: [services, dates], which services run when."""
    columns = trips.route, trips.direction, trips.start, trips.end, trips.path
    order = np.lexsort(tuple(column.astype(np.int64) for column in reversed(columns)))
    identity = _identities(columns, order)
    known: dict[tuple[int, bytes], int] = {}
    same_dates: dict[bytes, NDArray[np.int32]] = {}
    route_days, dates = list[RouteDay](), list[NDArray[np.int32]]()
    for date in range(service_days.shape[1]):
        services = service_days[:, date]
        signature = np.packbits(services).tobytes()
        if signature not in same_dates:
            active = order[services[trips.service[order]]]
            applying = []
            for each in _by_route(active, trips):
                key = each.route, identity[each.trips].tobytes()
                if key not in known:
                    known[key] = len(route_days)
                    route_days.append(each)
                applying.append(known[key])
            same_dates[signature] = np.array(applying, np.int32)
        dates.append(same_dates[signature])
    return Calendar(tuple(route_days), tuple(dates))


def _by_route(active: NDArray[np.int64], trips: OfferedTrips) -> Iterator[RouteDay]:
    """The day of the network, then of each route. `active`: its trips, sorted by route."""
    yield RouteDay(NETWORK, active)
    if not len(active):
        return
    routes = trips.route[active]
    changes = np.flatnonzero(np.diff(routes)) + 1
    for part in np.split(active, changes):
        yield RouteDay(int(trips.route[part[0]]), part)


def _identities(
    columns: tuple[NDArray[np.integer], ...], order: NDArray[np.int64]
) -> NDArray[np.int32]:
    """A number for each trip: equal for trips with equal columns."""
    changed = np.zeros(len(order), np.bool_)
    for column in columns:
        changed[1:] |= np.diff(column[order]) != 0
    identity = np.zeros(len(order), np.int32)
    identity[order] = np.cumsum(changed)
    return identity
