"""The instant of a query: a traveller reads a clock at the place where they leave, or arrive."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState


def query_instant(
    planning: PlanningState,
    places: Sequence[Place],
    given: int | datetime | None,
    now: int,
    *,
    arrive_by: bool,
) -> int:
    """The instant in POSIX seconds: a given one, the local time at an end of the journey, or now.
    `places`: in order."""
    if isinstance(given, datetime):
        zone = zone_of(planning, places[-1 if arrive_by else 0])
        return int(given.replace(tzinfo=zone).timestamp())
    return now if given is None else given


def zone_of(planning: PlanningState, place: Place) -> ZoneInfo:
    """The time zone of a place: that of one of its stops, else of the nearest stop that trips
    serve."""
    network = planning.timetables.network
    stop = min(place.stops, default=None)
    if stop is None and place.point is not None:
        served = planning.timetables.served
        metres = distances(*place.point, network.stop_lat[served], network.stop_lon[served])
        if len(served) and not np.isnan(metres).all():
            stop = int(served[np.nanargmin(metres)])
    if stop is None:
        return planning.timetables.zone
    feed = network.feed_of_stop(stop)
    return network.feeds[feed].local_zone(stop - int(network.stop_first[feed]))
