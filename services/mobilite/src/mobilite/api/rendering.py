"""Boards and stops as JSON."""

from collections.abc import Sequence
from typing import Final, Literal
from weakref import WeakKeyDictionary

import numpy as np

from mobilite.api.board_words import board_message, real_time_message
from mobilite.api.models import (
    CreditJson,
    FoundStopJson,
    RouteJson,
    StopDetailJson,
    StopJson,
    StopListJson,
)
from mobilite.api.models_board import BoardFeedJson, BoardJson, DepartureJson, RealTimeJson
from mobilite.api.rendering_alerts import alert_summary_json
from mobilite.api.times import LocalTime, local_time
from mobilite.domain.departures import Departure
from mobilite.domain.feed import FeedId
from mobilite.domain.feed_schedule import FeedSchedule
from mobilite.domain.ids import global_id
from mobilite.domain.packing.clock_times import clock_time
from mobilite.domain.run_trip import RunTrip
from mobilite.domain.service_date import ServiceDate
from mobilite.domain.timetable import ENTRANCE, Timetable
from mobilite.domain.trip_update import Access
from mobilite.flows.board_alerts import Touching, board_alerts
from mobilite.flows.find_stops import StopPage
from mobilite.flows.get_stop import FoundStop
from mobilite.flows.live import LiveState
from mobilite.flows.show_departures import Board

_KINDS: Final[tuple[Literal["stop", "station", "entrance", "node", "boarding_area"], ...]] = (
    "stop",
    "station",
    "entrance",
    "node",
    "boarding_area",
)
ACCESS: Final[tuple[Access, ...]] = ("unknown", "yes", "no")
_PICKUP: Final[tuple[Literal["regular", "none", "phone_agency", "coordinate_with_driver"], ...]] = (
    "regular",
    "none",
    "phone_agency",
    "coordinate_with_driver",
)

RenderedRoutes = WeakKeyDictionary[FeedSchedule, dict[int, RouteJson]]
"""The lines already rendered, as long as their schedule serves."""


def board_json(state: LiveState, board: Board, rendered: RenderedRoutes) -> BoardJson:
    """A board, times in the zone of its stop; the lines it shows are added to `rendered`."""
    timetable = board.found.schedule.timetable
    local = local_time(timetable.local_zone(board.found.stop))
    routes = rendered.setdefault(board.found.schedule, {})
    alerts = board_alerts(state, board)
    return {
        "stop": stop_json(board.found.schedule, board.found.stop),
        "at": local(board.at),
        "generated_at": local(board.generated_at),
        "message": board_message(board),
        "feeds": [_board_feed(state, board, local)],
        "alerts": [
            alert_summary_json(each, local, now=board.generated_at) for each in alerts.alerts
        ],
        "departures": [
            _departure(board, departure, local, routes, touching)
            for departure, touching in zip(board.departures, alerts.by_departure, strict=True)
        ],
        "next": board.next,
    }


def stop_json(schedule: FeedSchedule, stop: int) -> StopJson:
    """A stop."""
    timetable = schedule.timetable
    lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
    station = schedule.listed_stop(stop)
    return {
        "id": global_id(timetable.feed_id, timetable.stop_ids[stop]),
        "name": timetable.stop_names[stop],
        "code": timetable.stop_codes[stop] or None,
        "platform_code": timetable.stop_platform[stop] or None,
        "kind": _KINDS[timetable.stop_kind[stop]],
        "station": (
            None if station == stop else global_id(timetable.feed_id, timetable.stop_ids[station])
        ),
        "lat": None if np.isnan(lat) else round(lat, 6),
        "lon": None if np.isnan(lon) else round(lon, 6),
        "wheelchair": ACCESS[timetable.stop_wheelchair[stop]],
        "timezone": timetable.local_zone(stop).key,
        "feed": timetable.feed_id,
    }


def stop_list_json(page: StopPage) -> StopListJson:
    """A page of stops found."""
    stops: list[FoundStopJson] = [
        {
            **stop_json(hit.found.schedule, hit.found.stop),
            "distance": None if hit.distance is None else round(hit.distance, 1),
            "routes": _routes_json(hit.found),
            "towards": list(hit.found.schedule.towards(hit.found.boarding_stops())),
        }
        for hit in page.hits
    ]
    return {"stops": stops, "next": page.next}


def stop_detail_json(found: FoundStop, alerts: Sequence[str]) -> StopDetailJson:
    """A stop with its platforms, the lines that serve them, in the order of the lines, and the ids
    of its alerts."""
    schedule, timetable = found.schedule, found.schedule.timetable
    platforms = [
        int(child)
        for child in timetable.children_of(found.stop)
        if timetable.stop_kind[child] < ENTRANCE
    ]
    return {
        **stop_json(schedule, found.stop),
        "platforms": [stop_json(schedule, platform) for platform in platforms],
        "routes": _routes_json(found),
        "alerts": list(alerts),
    }


def _routes_json(found: FoundStop) -> list[RouteJson]:
    """The lines that serve a stop or one of its platforms, in the order of the lines."""
    schedule = found.schedule
    routes = {route for stop in found.boarding_stops() for route, _ in schedule.lines_at(stop)}
    return [
        route_json(schedule.timetable, route)
        for route in sorted(routes, key=schedule.route_rank.__getitem__)
    ]


def route_json(timetable: Timetable, route: int) -> RouteJson:
    """A line."""
    return {
        "id": global_id(timetable.feed_id, timetable.route_ids[route]),
        "short_name": timetable.route_short[route] or None,
        "long_name": timetable.route_long[route] or None,
        "type": int(timetable.route_type[route]),
        "color": timetable.route_color[route] or None,
        "text_color": timetable.route_text_color[route] or None,
    }


def _departure(
    board: Board,
    departure: Departure,
    local: LocalTime,
    routes: dict[int, RouteJson],
    touching: Touching,
) -> DepartureJson:
    feed, timetable = board.found.feed, board.found.schedule.timetable
    trip, run, position = departure.trip, departure.run, departure.position
    stop, planned_stop, ends_at = departure.stop, departure.scheduled_stop, departure.ends_at
    start, moved = trip.start, stop != planned_stop
    updated_at = board.real_time.updated_at if run is None else feed.updated_at(run)
    return {
        "trip_id": global_id(timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(departure.day)),
        "start_time": None if start is None else clock_time(start),
        "stop_id": _stop_id(timetable, stop),
        "stop_sequence": trip.sequence(position),
        "platform_code": _platform(timetable, stop),
        "scheduled_stop_id": _stop_id(timetable, planned_stop) if moved else None,
        "scheduled_platform_code": _platform(timetable, planned_stop) if moved else None,
        "route": trip_route_json(timetable, trip, routes),
        "headsign": departure.headsign,
        "ends_at": None if ends_at is None else timetable.stop_names[ends_at],
        "scheduled": local(departure.scheduled),
        "predicted": _told(local, departure.predicted),
        "delay": departure.delay,
        "state": departure.state,
        "outside_timetable": trip.outside_timetable,
        "pickup": _PICKUP[departure.pickup],
        "occupancy": departure.change.occupancy,
        "approximate": trip.approximate(position),
        "wheelchair": _vehicle_access(departure),
        "feed": timetable.feed_id,
        "updated_at": _told(local, updated_at),
        "age": None if updated_at is None else max(0, board.generated_at - updated_at),
        "measured_at": _told(local, None if run is None else run.update.measured_at),
        "alerts": list(touching.ids),
        "own_alerts": list(touching.own),
    }


def trip_route_json(timetable: Timetable, trip: RunTrip, routes: dict[int, RouteJson]) -> RouteJson:
    """The line; one the timetable does not hold has nothing but the id the operator gives it."""
    row = trip.route
    if row < 0:
        return {
            "id": global_id(timetable.feed_id, trip.route_id),
            "short_name": None,
            "long_name": None,
            "type": -1,
            "color": None,
            "text_color": None,
        }
    if row not in routes:
        routes[row] = route_json(timetable, row)
    return routes[row]


def _told(local: LocalTime, instant: int | None) -> str | None:
    return None if instant is None else local(instant)


def _stop_id(timetable: Timetable, stop: int) -> str:
    return global_id(timetable.feed_id, timetable.stop_ids[stop])


def _platform(timetable: Timetable, stop: int) -> str | None:
    return timetable.stop_platform[stop] or None


def _vehicle_access(departure: Departure) -> Access:
    """What the vehicle says of itself wins over what the schedule says of the trip."""
    told = "unknown" if departure.run is None else departure.run.update.vehicle_access
    return ACCESS[departure.trip.wheelchair] if told == "unknown" else told


def credit_json(state: LiveState, feed_id: FeedId) -> CreditJson:
    """Whom to credit for what a network says."""
    facts = state.timetables.get(feed_id)
    return {
        "id": feed_id,
        "name": feed_id if facts is None else facts.name,
        "licence": None if facts is None else facts.licence,
        "attribution": None if facts is None else facts.attribution,
    }


def _board_feed(state: LiveState, board: Board, local: LocalTime) -> BoardFeedJson:
    return {
        **credit_json(state, board.found.feed.feed_id),
        "real_time": _real_time(board, local),
    }


def _real_time(board: Board, local: LocalTime) -> RealTimeJson:
    told, updated_at = board.real_time.state, board.real_time.updated_at
    return {
        "state": told,
        "message": real_time_message(board),
        "updated_at": _told(local, updated_at),
        "age": None if updated_at is None else max(0, board.generated_at - updated_at),
    }
