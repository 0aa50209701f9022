"""Vehicles as VehicleMonitoringDelivery."""

from typing import Final

from mobilite.http.api.times import local_time
from mobilite.siri.api.references import line_ref, stop_ref
from mobilite.siri.api.stop_monitoring import OCCUPANCY, journey_head
from mobilite.siri.api.tree import Element, Ref, text
from mobilite.vehicles.domain.fleet import MAX_AGE_SECONDS
from mobilite.vehicles.flows.list_vehicles import VehicleDetail

_AT_STOP: Final = "STOPPED_AT"


def vehicle_activity(vehicle: VehicleDetail) -> Element | None:
    """One VehicleActivity; None before the timetable of its feed is in service."""
    schedule, place = vehicle.feed.schedule, vehicle.sighting.vehicle.place
    if schedule is None or place is None:
        return None
    timetable, seen = schedule.timetable, vehicle.sighting
    local = local_time(timetable.zone(0))
    reported = seen.vehicle.trip
    head: Element = {}
    if vehicle.trip is not None and vehicle.run is not None:
        head = journey_head(vehicle.feed, timetable, vehicle.trip, vehicle.run.day)
    elif reported is not None:
        head = {"LineRef": line_ref(vehicle.feed.feed_id, reported.route_id or "")}
    occupancy = seen.vehicle.occupancy
    return {
        "RecordedAtTime": local(seen.seen_at),
        "ItemIdentifier": vehicle.id,
        "ValidUntilTime": local(seen.seen_at + MAX_AGE_SECONDS),
        "VehicleMonitoringRef": Ref(vehicle.id),
        "MonitoredVehicleJourney": {
            **head,
            # A vehicle that is certainly elsewhere by now is not monitored.
            "Monitored": not seen.stale,
            "VehicleLocation": {"Longitude": round(place.lon, 6), "Latitude": round(place.lat, 6)},
            "Bearing": None if place.bearing is None else round(place.bearing % 360, 1),
            "Velocity": None if place.speed is None else max(0, round(place.speed)),
            "Occupancy": None if occupancy is None else OCCUPANCY[occupancy],
            "Delay": None if vehicle.delay is None else _duration(vehicle.delay),
            "VehicleRef": Ref(vehicle.id),
            "MonitoredCall": _call(vehicle),
        },
    }


def _call(vehicle: VehicleDetail) -> Element | None:
    """The stop that the vehicle is at or going to; None if unknown."""
    schedule, stop = vehicle.feed.schedule, vehicle.stop
    if schedule is None or stop is None:
        return None
    trip, position = vehicle.trip, vehicle.position
    sequence = 0 if trip is None or position is None else trip.sequence(position)
    return {
        "StopPointRef": stop_ref(schedule.timetable, stop),
        "Order": sequence or None,
        "StopPointName": text(schedule.timetable.stop_names[schedule.listed_stop(stop)]),
        "VehicleAtStop": vehicle.sighting.vehicle.status == _AT_STOP,
    }


def _duration(seconds: int) -> str:
    """ISO 8601: `PT90S`, `-PT30S`."""
    return f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"
