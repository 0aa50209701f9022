"""One run as a GTFS-Realtime TripUpdate, as its operator publishes it at an instant.

https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.announced import announced
from demo.days.drive import Times
from demo.days.truth import ScheduleRelationship, TrueRun, start_of
from demo.network.gtfs import clock_time

_Trip, _Stop = rt.TripDescriptor, rt.TripUpdate.StopTimeUpdate
_RELATIONSHIPS: Mapping[ScheduleRelationship, int] = {
    "scheduled": _Trip.SCHEDULED,
    "cancelled": _Trip.CANCELED,
    "deleted": _Trip.DELETED,
    "new": _Trip.NEW,
    "duplicated": _Trip.DUPLICATED,
    "replacement": _Trip.REPLACEMENT,
}


def fill_trip_update(update: Any, run: TrueRun, at: int, rng: Random) -> None:
    """Fill a TripUpdate with what the operator knows about a run at `at` (POSIX seconds). `rng`:
    for the errors of predictions."""
    update.timestamp = at
    fill_trip(update.trip, run)
    if run.relationship == "cancelled":
        return
    # The descriptor of a copy names the original, which another vehicle runs.
    if run.relationship != "duplicated":
        update.vehicle.id = run.vehicle
        update.vehicle.label = run.label
    if run.relationship == "deleted":
        # The reference validator wants a stop of every trip that is not CANCELED (E041).
        update.stop_time_update.add(stop_sequence=1, schedule_relationship=_Stop.SKIPPED)
    elif run.relationship == "scheduled" and not run.is_timed_at(at - start_of(run.day)):
        _add_closed_stops(update, run)
    elif run.relationship == "scheduled":
        _add_stops(update, run, at, rng)
    else:
        _add_all_stops(update, run, at, rng)


def fill_trip(trip: Any, run: TrueRun) -> None:
    """Fill a TripDescriptor. That of a copy has the trip id of the original."""
    trip.trip_id = run.copied.trip_id if run.copied is not None else run.trip_id
    trip.route_id = run.line.id
    trip.direction_id = run.pattern.direction
    trip.start_date = f"{run.day:%Y%m%d}"
    trip.schedule_relationship = _RELATIONSHIPS[run.relationship]


def _add_closed_stops(update: Any, run: TrueRun) -> None:
    """Add the stops that are skipped and, without data, the first that is served: the times are not
    known yet."""
    for index in sorted({run.served.start, *run.skipped}):
        update.stop_time_update.add(
            stop_sequence=index + 1,
            stop_id=run.pattern.stops[index],
            schedule_relationship=_Stop.SKIPPED if index in run.skipped else _Stop.NO_DATA,
        )


def _add_stops(update: Any, run: TrueRun, at: int, rng: Random) -> None:
    """Add the stops from the last one that the vehicle left, with their times."""
    start = start_of(run.day)
    times = announced(run, at - start, rng)
    for index in range(times.first, len(run.pattern.stops)):
        stop = update.stop_time_update.add(stop_sequence=index + 1)
        if index in run.platforms:
            # The scheduled stop must not be named together with another one.
            stop.stop_time_properties.assigned_stop_id = run.platforms[index]
        else:
            stop.stop_id = run.pattern.stops[index]
        if index in run.skipped:
            stop.schedule_relationship = _Stop.SKIPPED
            continue
        stop.schedule_relationship = _Stop.SCHEDULED
        stop.arrival.time = start + times.times.arrivals[index - times.first]
        stop.departure.time = start + times.times.departures[index - times.first]


def _add_all_stops(update: Any, run: TrueRun, at: int, rng: Random) -> None:
    """Add every stop with its times, for a new run, a replacement or a copy: consumers do not use
    the timetable for these."""
    start = start_of(run.day)
    if run.relationship == "duplicated":
        own = update.trip_properties
        own.trip_id, own.start_date = run.trip_id, f"{run.day:%Y%m%d}"
        own.start_time = clock_time(run.planned.departures[0])
    else:
        update.trip_properties.trip_headsign = run.headsign
    times = announced(run, at - start, rng)
    first = times.first
    arrivals = run.driven.arrivals[:first] + times.times.arrivals
    departures = run.driven.departures[:first] + times.times.departures
    _add_times(update, run, start, Times(arrivals, departures))


def _add_times(update: Any, run: TrueRun, start: int, times: Times) -> None:
    """Add every stop. `start`: of the service day, in POSIX seconds. `times`: predicted ones."""
    for index, stop_id in enumerate(run.pattern.stops):
        stop = update.stop_time_update.add(stop_sequence=index + 1, stop_id=stop_id)
        stop.schedule_relationship = _Stop.SCHEDULED
        stop.arrival.time = start + times.arrivals[index]
        stop.arrival.scheduled_time = start + run.planned.arrivals[index]
        stop.departure.time = start + times.departures[index]
        stop.departure.scheduled_time = start + run.planned.departures[index]
