"""The connections at a stop of a route: the other routes there, of every network."""

from collections.abc import Iterator

from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.ids import global_id, local_id
from mobilite.places.domain.hubs import Hubs
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.timetable.domain.feed_schedule import FeedSchedule


def find_connections(
    state: AlertsState, route: FoundRoute, stop: int, hubs: Hubs
) -> tuple[FoundRoute, ...]:
    """The other routes at a stop (a row) and at the stops of its hub: those of the same network
    first, each network in display order."""
    found: list[FoundRoute] = []
    for schedule, stops in _stops_there(state, route.schedule, stop, hubs):
        own = schedule is route.schedule
        rows = {row for each in stops for row, _ in schedule.lines_at(each)}
        if own:
            rows.discard(route.route)
        found += [
            FoundRoute(schedule, row) for row in sorted(rows, key=schedule.route_rank.__getitem__)
        ]
    return tuple(found)


def _stops_there(
    state: AlertsState, schedule: FeedSchedule, stop: int, hubs: Hubs
) -> Iterator[tuple[FeedSchedule, set[int]]]:
    """The stops (rows) at the place of a stop, by network: its own first."""
    own, feed_id = set(schedule.boarding_stops(stop)), schedule.timetable.feed_id
    hub = hubs.find_of_stop(global_id(feed_id, schedule.stop_id(stop)))
    others: dict[FeedSchedule, set[int]] = {}
    for member in () if hub is None else hub.stops:
        there = state.snapshot.feed(member.feed_id).schedule
        row = None
        if there is not None:
            row = there.timetable.stop_ids.index_of(local_id(member.feed_id, member.id))
        if there is None or row is None:
            continue
        rows = own if there is schedule else others.setdefault(there, set())
        rows.update(there.boarding_stops(row))
    yield schedule, own
    yield from others.items()
