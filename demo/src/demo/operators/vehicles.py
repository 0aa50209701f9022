"""The position of a run's vehicle, as a GTFS-Realtime VehiclePosition.

https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.dice import draw_share
from demo.days.truth import TrueRun, start_of
from demo.operators.pattern_paths import PatternPath, Place
from demo.operators.trip_updates import fill_trip

WAITING = 180
"""Seconds before its departure at which a vehicle is at the terminus."""
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
"""Occupancy in percent, at most, and its GTFS-Realtime OccupancyStatus; above: FULL."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The position of a vehicle at one instant."""

    index: int
    """The position in the run of its current or next stop."""
    status: int
    """GTFS-Realtime VehicleStopStatus."""
    place: Place
    speed: float
    """Metres a second."""


def publishes_position(run: TrueRun, seconds: float) -> bool:
    """Whether the run's vehicle publishes a position at that instant of its day."""
    out = run.driven.departures[run.served[0]] - WAITING if run.served else math.inf
    return (
        run.located
        and run.relationship not in ("cancelled", "deleted")
        and out <= seconds <= run.published_until
    )


def spot_of(run: TrueRun, path: PatternPath, seconds: float) -> Spot:
    """The actual position of the run's vehicle at that instant of its day."""
    first, last = run.served[0], run.served[-1]
    times, along = run.driven, path.stop_metres
    reached = bisect_right(times.arrivals, seconds, first, last + 1) - 1
    if reached < first or reached == last or times.departures[reached] > seconds:
        index = max(reached, first)
        return Spot(index, _Position.STOPPED_AT, path.at(along[index]), 0.0)
    left, arrives = times.departures[reached], times.arrivals[reached + 1]
    part = (seconds - left) / (arrives - left)
    length = along[reached + 1] - along[reached]
    # Vehicles accelerate and brake: the distance is a smoothstep of the time.
    place = path.at(along[reached] + length * part * part * (3 - 2 * part))
    speed = length / (arrives - left) * 6 * part * (1 - part)
    status = _Position.INCOMING_AT if part > _ARRIVING else _Position.IN_TRANSIT_TO
    return Spot(reached + 1, status, place, speed)


def fill_position(position: Any, run: TrueRun, path: PatternPath, at: int, *, seed: int) -> None:
    """Fill a VehiclePosition with the position of the run's vehicle at `at` (POSIX seconds)."""
    seconds = at - start_of(run.day)
    spot = spot_of(run, path, seconds)
    fill_trip(position.trip, run)
    position.trip.trip_id = run.trip_id  # of a copy too its own: another vehicle runs the original
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
    """The occupancy in percent: greatest in the middle of the run, at the peaks of a weekday."""
    hour = seconds / 3600
    peak = math.exp(-(((hour - 8) / 1.2) ** 2)) + math.exp(-(((hour - 17.5) / 1.5) ** 2))
    weight = 0.3 + 0.7 * peak * (1.0 if run.day.weekday() < 5 else 0.5)
    middle = math.sin(math.pi * (index + 0.5) / len(run.pattern.stops))
    return round(
        105 * weight * middle * (0.6 + 0.5 * draw_share(seed, run.trip_id, run.day, "load"))
    )
