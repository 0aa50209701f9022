"""The runs of a route on a service day, with those outside the timetable, without deleted ones."""

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.routes.flows.list_routes import FoundRoute


def runs_of_route(
    feed: FeedSnapshot, found: FoundRoute, day: ServiceDate, direction: int | None = None
) -> list[RunKey]:
    """The runs of a route on a day. `direction`: 0, 1 or -1; None: all."""
    timetable, ordinal = found.schedule.timetable, day.day.toordinal()
    chosen = timetable.services_on(day)[timetable.trip_service]
    chosen = chosen & (timetable.trip_route == found.route)
    keys = [RunKey(row, ordinal) for row in np.flatnonzero(chosen).tolist()]
    keys += [
        key
        for added in feed.added_runs.values()
        for key in added
        if key.day == ordinal and feed.runs[key].trip.route == found.route
    ]
    return [
        key
        for key in keys
        if (key not in feed.runs or not feed.runs[key].hidden)
        and (direction is None or get_run_trip(feed, key).direction == direction)
    ]
