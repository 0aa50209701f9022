"""Boards as JSON."""

from collections.abc import Sequence
from typing import Final, Literal

from mobilite.alerts.api.rendering import alert_summary_json
from mobilite.boards.api.board_texts import board_message, real_time_message
from mobilite.boards.api.models import (
    BoardFeedJson,
    BoardJson,
    DepartureJson,
    DepartureStopJson,
    RealTimeJson,
)
from mobilite.boards.domain.departures import Departure
from mobilite.boards.flows.board_alerts import DepartureAlerts, board_alerts
from mobilite.boards.flows.show_departures import Board
from mobilite.boards.ports import BoardsState
from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.languages import TextLanguage, text_language
from mobilite.http.api.times import LocalTime, local_time
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import ACCESS, RenderedRoutes, stop_json, trip_route_json
from mobilite.timetable.domain.timetable import Timetable
from mobilite.vehicles.api.models import CarriageJson
from mobilite.vehicles.api.rendering import carriages_json

_PICKUP: Final[tuple[Literal["regular", "none", "phone_agency", "coordinate_with_driver"], ...]] = (
    "regular",
    "none",
    "phone_agency",
    "coordinate_with_driver",
)


def board_json(
    state: BoardsState, board: Board, rendered: RenderedRoutes, wanted: Sequence[str] = ()
) -> BoardJson:
    """A board, with times in the zone of its stop. `rendered`: a cache of routes, to which those of
    the board are added. `wanted`: the languages of its texts, in order of preference."""
    timetable = board.found.schedule.timetable
    local = local_time(timetable.local_zone(board.found.stop))
    routes = rendered.setdefault(board.found.schedule, {})
    alerts, language = board_alerts(state, board), text_language(wanted)
    return {
        "stop": stop_json(board.found.schedule, board.found.stop),
        "at": local(board.at),
        "generated_at": local(board.generated_at),
        "message": board_message(board, language),
        "feeds": [_board_feed(state, board, local, language)],
        "alerts": [
            alert_summary_json(each, local, now=board.generated_at, wanted=wanted)
            for each in alerts.alerts
        ],
        "departures": [
            _departure(board, departure, local, routes, alerts_there, carriages)
            for departure, alerts_there, carriages in zip(
                board.departures,
                alerts.by_departure,
                (carriages_json(each, language) for each in board.carriages),
                strict=True,
            )
        ],
        "next": board.next,
    }


def _departure(
    board: Board,
    departure: Departure,
    local: LocalTime,
    routes: dict[int, RouteJson],
    alerts_there: DepartureAlerts,
    carriages: list[CarriageJson],
) -> DepartureJson:
    feed, timetable = board.found.feed, board.found.schedule.timetable
    trip, run, position = departure.trip, departure.run, departure.position
    start, ends_at = trip.start, departure.ends_at
    updated_at = board.real_time.updated_at if run is None else feed.updated_at(run)
    return {
        "trip_id": global_id(timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(departure.day)),
        "start_time": None if start is None else format_time(start),
        **_call(board, departure),
        "route": trip_route_json(timetable, trip, routes),
        "headsign": departure.headsign,
        "ends_at": None if ends_at is None else timetable.stop_names[ends_at],
        "scheduled": local(departure.scheduled),
        "predicted": _optional_time(local, departure.predicted),
        "delay": departure.delay,
        "state": departure.state,
        "estimated": run is not None and feed.is_estimated(run),
        "outside_timetable": trip.outside_timetable,
        "modified": _is_modified(board, departure),
        "pickup": _PICKUP[departure.pickup],
        "occupancy": departure.change.occupancy,
        "carriages": carriages,
        "approximate": trip.approximate(position),
        "wheelchair": _vehicle_access(departure),
        "feed": timetable.feed_id,
        "updated_at": _optional_time(local, updated_at),
        "age": None if updated_at is None else max(0, board.generated_at - updated_at),
        "measured_at": _optional_time(local, None if run is None else run.update.measured_at),
        "alerts": list(alerts_there.ids),
        "own_alerts": list(alerts_there.specific),
    }


def _is_modified(board: Board, departure: Departure) -> bool:
    """Whether TripModifications change its run; it can be at a call that they leave out."""
    run = departure.run or board.found.feed.runs.get(departure.run_key)
    return run is not None and run.trip.modified


def _call(board: Board, departure: Departure) -> DepartureStopJson:
    schedule, stop, planned_stop = board.found.schedule, departure.stop, departure.scheduled_stop
    timetable, moved = schedule.timetable, stop != planned_stop
    return {
        "stop_id": _stop_id(timetable, stop),
        "stop_name": timetable.stop_names[schedule.listed_stop(stop)],
        "stop_sequence": departure.trip.sequence(departure.position),
        "platform_code": _platform(timetable, stop),
        "scheduled_stop_id": _stop_id(timetable, planned_stop) if moved else None,
        "scheduled_platform_code": _platform(timetable, planned_stop) if moved else None,
    }


def _optional_time(local: LocalTime, instant: int | None) -> str | None:
    return None if instant is None else local(instant)


def _stop_id(timetable: Timetable, stop: int) -> str:
    return global_id(timetable.feed_id, timetable.stop_ids[stop])


def _platform(timetable: Timetable, stop: int) -> str | None:
    return timetable.stop_platform[stop] or None


def _vehicle_access(departure: Departure) -> Access:
    """The accessibility of the vehicle if it is reported, else that of the trip."""
    access = "unknown" if departure.run is None else departure.run.update.vehicle_access
    return ACCESS[departure.trip.wheelchair] if access == "unknown" else access


def _board_feed(
    state: BoardsState, board: Board, local: LocalTime, language: TextLanguage
) -> BoardFeedJson:
    return {
        **credit_json(state, board.found.feed.feed_id),
        "real_time": _real_time(board, local, language),
    }


def _real_time(board: Board, local: LocalTime, language: TextLanguage) -> RealTimeJson:
    state, updated_at = board.real_time.state, board.real_time.updated_at
    return {
        "state": state,
        "message": real_time_message(board, language),
        "updated_at": _optional_time(local, updated_at),
        "age": None if updated_at is None else max(0, board.generated_at - updated_at),
    }
