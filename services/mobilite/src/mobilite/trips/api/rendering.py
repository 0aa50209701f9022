"""One run as JSON; the times of a call are in the zone of its stop."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.times import LocalTime, local_time
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.routes.api.rendering import trip_path_json
from mobilite.stops.api.rendering import ACCESS, stop_json, trip_route_json
from mobilite.trips.api.models import CallJson, CallTimeJson, TripJson
from mobilite.trips.flows.get_trip import TripDetail
from mobilite.trips.ports import TripsState
from mobilite.vehicles.api.rendering import vehicle_json


def trip_json(state: TripsState, detail: TripDetail) -> TripJson:
    """A run with its calls, vehicle and alerts."""
    trip, run, timetable = detail.trip, detail.run, detail.schedule.timetable
    times: Callable[[ZoneInfo], LocalTime] = cache(local_time)
    local = times(timetable.local_zone(detail.calls[0].stop))
    updated_at = None if run is None else detail.feed.updated_at(run)
    measured_at = None if run is None else run.update.measured_at
    vehicle_access = "unknown" if run is None else run.update.vehicle_access
    return {
        "trip_id": global_id(timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(detail.key.day)),
        "start_time": None if trip.start is None else format_time(trip.start),
        "route": trip_route_json(timetable, trip, {}),
        "direction_id": trip.direction if trip.direction >= 0 else None,
        "headsign": trip.headsign(0),
        "status": detail.progress.status,
        "next_stop_sequence": (
            None if detail.progress.next is None else detail.progress.next.sequence
        ),
        "cancelled": all(call.state == "cancelled" for call in detail.calls),
        "estimated": run is not None and detail.feed.is_estimated(run),
        "outside_timetable": trip.outside_timetable,
        "modified": trip.modified,
        "wheelchair": ACCESS[trip.wheelchair] if vehicle_access == "unknown" else vehicle_access,
        "calls": [
            _call(detail, call, times(timetable.local_zone(call.stop))) for call in detail.calls
        ],
        "vehicle": None if detail.vehicle is None else vehicle_json(detail.vehicle),
        "alerts": list(detail.alerts),
        **trip_path_json(detail.path),
        "feed": credit_json(state, timetable.feed_id),
        "generated_at": local(detail.generated_at),
        "updated_at": None if updated_at is None else local(updated_at),
        "age": None if updated_at is None else max(0, detail.generated_at - updated_at),
        "measured_at": None if measured_at is None else local(measured_at),
    }


def _call(detail: TripDetail, call: RunCall, local: LocalTime) -> CallJson:
    timetable = detail.schedule.timetable
    moved = call.stop != call.scheduled_stop
    planned = call.planned
    return {
        "stop": stop_json(detail.schedule, call.stop),
        "stop_sequence": call.sequence,
        "scheduled_stop_id": (
            global_id(timetable.feed_id, timetable.stop_ids[call.scheduled_stop]) if moved else None
        ),
        "arrival": _time(call.arrival, call.predicted_arrival, local, planned=planned),
        "departure": _time(call.departure, call.predicted_departure, local, planned=planned),
        "state": call.state,
        "headsign": call.headsign,
        "pickup": call.pickup,
        "drop_off": call.drop_off,
        "occupancy": call.occupancy,
    }


def _time(
    scheduled: int, predicted: int | None, local: LocalTime, *, planned: bool
) -> CallTimeJson:
    """An arrival or departure. `planned`: whether the scheduled time is one (`RunCall.planned`)."""
    return {
        "scheduled": local(scheduled),
        "predicted": None if predicted is None else local(predicted),
        "delay": predicted - scheduled if predicted is not None and planned else None,
    }
