"""A route's timetable and current runs as JSON; times are in the zone of each stop."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.times import LocalTime, local_time
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.stops.api.rendering import ACCESS, route_json, stop_json
from mobilite.timetable.api.network_time import network_time
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.trips.api.models_route import (
    CurrentRunJson,
    ProgressCallJson,
    RouteRunsJson,
    TimetableCallJson,
    TimetableJson,
    TimetableRunJson,
)
from mobilite.trips.flows.get_route_timetable import RouteTimetable
from mobilite.trips.flows.list_route_runs import CurrentRun, RouteRuns
from mobilite.trips.flows.timetable_runs import TimetableCall, TimetableRun
from mobilite.trips.ports import TripsState
from mobilite.vehicles.api.rendering import vehicle_json

Times = Callable[[ZoneInfo], LocalTime]


def timetable_json(state: TripsState, found: RouteTimetable) -> TimetableJson:
    """The timetable of one direction of a route."""
    schedule = found.found.schedule
    times: Times = cache(local_time)
    return {
        "route": route_json(schedule.timetable, found.found.route),
        "date": str(found.day),
        "direction_id": found.direction if found.direction >= 0 else None,
        "stops": [stop_json(schedule, stop) for stop in found.stops],
        "runs": [_run(schedule, run, times) for run in found.runs],
        "next_date": None if found.next_day is None else str(found.next_day),
        "feed": credit_json(state, schedule.timetable.feed_id),
        "generated_at": network_time(schedule)(found.generated_at),
    }


def route_runs_json(state: TripsState, found: RouteRuns) -> RouteRunsJson:
    """The current runs of a route."""
    schedule = found.found.schedule
    return {
        "route": route_json(schedule.timetable, found.found.route),
        "runs": [_current(schedule, run) for run in found.runs],
        "feed": credit_json(state, schedule.timetable.feed_id),
        "generated_at": network_time(schedule)(found.generated_at),
    }


def progress_call_json(
    schedule: FeedSchedule, call: RunCall | None, *, is_last: bool
) -> ProgressCallJson | None:
    """A call of a run with one time: its departure, or its arrival if it `is_last`."""
    if call is None:
        return None
    local = local_time(schedule.timetable.local_zone(call.stop))
    scheduled = call.arrival if is_last else call.departure
    predicted = call.predicted_arrival if is_last else call.predicted_departure
    return {
        "stop": stop_json(schedule, call.stop),
        "stop_sequence": call.sequence,
        "scheduled": local(scheduled),
        "predicted": None if predicted is None else local(predicted),
        "delay": predicted - scheduled if predicted is not None and call.planned else None,
        "state": call.state,
    }


def _run(schedule: FeedSchedule, run: TimetableRun, times: Times) -> TimetableRunJson:
    trip = run.trip
    return {
        "trip_id": global_id(schedule.timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(run.key.day)),
        "start_time": None if trip.start is None else format_time(trip.start),
        "headsign": trip.headsign(0),
        "headway": run.headway,
        "cancelled": run.cancelled,
        "outside_timetable": trip.outside_timetable,
        "modified": trip.modified,
        "wheelchair": ACCESS[trip.wheelchair],
        "first_stop": run.first_row,
        "last_stop": run.last_row,
        "calls": [
            _call(call, times(schedule.timetable.local_zone(call.stop))) for call in run.calls
        ],
    }


def _call(call: TimetableCall, local: LocalTime) -> TimetableCallJson:
    return {
        "stop": call.row,
        "arrival": local(call.arrival),
        "departure": local(call.departure),
        "predicted": None if call.predicted is None else local(call.predicted),
        "delay": call.delay,
        "state": call.state,
        "pickup": call.pickup,
        "drop_off": call.drop_off,
        "approximate": call.approximate,
    }


def _current(schedule: FeedSchedule, run: CurrentRun) -> CurrentRunJson:
    trip, progress = run.trip, run.progress
    return {
        "trip_id": global_id(schedule.timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(run.key.day)),
        "start_time": None if trip.start is None else format_time(trip.start),
        "direction_id": trip.direction if trip.direction >= 0 else None,
        "headsign": trip.headsign(0),
        "departure": local_time(schedule.timetable.local_zone(run.first.stop))(run.first.departure),
        "status": "cancelled" if progress.status == "cancelled" else "running",
        "outside_timetable": trip.outside_timetable,
        "previous": progress_call_json(schedule, progress.previous, is_last=False),
        "next": progress_call_json(schedule, progress.next, is_last=progress.next is run.last),
        "vehicle": None if run.vehicle is None else vehicle_json(run.vehicle),
    }
