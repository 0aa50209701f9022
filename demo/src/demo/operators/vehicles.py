"""Where the vehicle of a run is, as a GTFS-Realtime VehiclePosition.

https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.dice import share
from demo.days.truth import TrueRun, start_of
from demo.operators.trip_updates import name_run
from demo.operators.ways import Place, Way

WAITING = 180
"""Seconds before its departure at which a vehicle stands at the terminus."""
_ARRIVING = 0.85
"""Share of a leg's time after which a vehicle is published as arriving."""
_Position = rt.VehiclePosition
_LEVELS = (
    (5, _Position.EMPTY),
    (45, _Position.MANY_SEATS_AVAILABLE),
    (70, _Position.FEW_SEATS_AVAILABLE),
    (90, _Position.STANDING_ROOM_ONLY),
    (100, _Position.CRUSHED_STANDING_ROOM_ONLY),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A vehicle on its way: the stop it stands at or goes to, the place, metres a second."""

    index: int
    status: int
    place: Place
    speed: float


def is_on_its_way(run: TrueRun, seconds: float) -> bool:
    """Whether its vehicle is out and tells where, at that instant of its day."""
    out = run.driven.departures[run.served[0]] - WAITING if run.served else math.inf
    return (
        run.located
        and run.relationship not in ("cancelled", "deleted")
        and out <= seconds <= run.published_until
    )


def spot_of(run: TrueRun, way: Way, seconds: float) -> Spot:
    """Where the vehicle truly is."""
    first, last = run.served[0], run.served[-1]
    times, along = run.driven, way.stop_metres
    reached = bisect_right(times.arrivals, seconds, first, last + 1) - 1
    if reached < first or reached == last or times.departures[reached] > seconds:
        index = max(reached, first)
        return Spot(index, _Position.STOPPED_AT, way.at(along[index]), 0.0)
    left, arrives = times.departures[reached], times.arrivals[reached + 1]
    part = (seconds - left) / (arrives - left)
    length = along[reached + 1] - along[reached]
    # It gathers speed and slows down again: no vehicle starts at full speed.
    place = way.at(along[reached] + length * part * part * (3 - 2 * part))
    speed = length / (arrives - left) * 6 * part * (1 - part)
    status = _Position.INCOMING_AT if part > _ARRIVING else _Position.IN_TRANSIT_TO
    return Spot(reached + 1, status, place, speed)


def locate(position: Any, run: TrueRun, way: Way, at: int, *, seed: int) -> None:
    """Fill a VehiclePosition with where the run's vehicle is at `at` (POSIX seconds)."""
    seconds = at - start_of(run.day)
    spot = spot_of(run, way, seconds)
    name_run(position.trip, run)
    position.trip.trip_id = run.trip_id
    position.vehicle.id = run.vehicle
    position.vehicle.label = run.label
    position.timestamp = at
    position.position.latitude = spot.place.lat
    position.position.longitude = spot.place.lon
    position.position.bearing = round(spot.place.bearing, 1) % 360
    position.position.speed = round(spot.speed, 1)
    position.current_stop_sequence = spot.index + 1
    position.stop_id = run.platforms.get(spot.index, run.pattern.stops[spot.index])
    position.current_status = spot.status
    load = _load(run, spot.index, seconds, seed)
    position.occupancy_percentage = load
    position.occupancy_status = next(
        (level for most, level in _LEVELS if load <= most), _Position.FULL
    )


def _load(run: TrueRun, index: int, seconds: float, seed: int) -> int:
    """How full it is in percent: most in the middle of the way, in the peaks of a weekday."""
    hour = seconds / 3600
    peak = math.exp(-(((hour - 8) / 1.2) ** 2)) + math.exp(-(((hour - 17.5) / 1.5) ** 2))
    weight = 0.3 + 0.7 * peak * (1.0 if run.day.weekday() < 5 else 0.5)
    middle = math.sin(math.pi * (index + 0.5) / len(run.pattern.stops))
    return round(105 * weight * middle * (0.6 + 0.5 * share(seed, run.trip_id, run.day, "load")))
