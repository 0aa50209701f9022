"""Converts a GTFS-RT VehiclePosition to its event; implausible values are omitted and counted.

https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

from collections import Counter
from math import isfinite
from typing import Any, Final

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import TripDescriptor, VehiclePositionV1
from mobilite.polling.adapters.decoding.descriptors import (
    OCCUPANCY,
    Notes,
    RejectedEntity,
    decode_instant,
    decode_local_id,
    decode_partial_descriptor,
    decode_vehicle_descriptor,
    note_unknown_enums,
    visible_text,
)

MAX_SPEED: Final = 150.0
"""Metres per second: 540 km/h, faster than any train in service."""
ZERO_TOLERANCE: Final = 0.001
"""Degrees: nearer than that to 0, 0 (in the Gulf of Guinea) a vehicle has no position."""
MAX_OCCUPANCY_PERCENTAGE: Final = 1000
"""Per cent of the vehicle's capacity."""
MAX_ODOMETER: Final = 1e10
"""Metres."""
_VP = gtfs_rt.VehiclePosition
_STATUS = {v: n for n, v in _VP.VehicleStopStatus.items()}
_CONGESTION = {v: n for n, v in _VP.CongestionLevel.items()}
_ENUMS = frozenset(
    {
        _VP.CURRENT_STATUS_FIELD_NUMBER,
        _VP.CONGESTION_LEVEL_FIELD_NUMBER,
        _VP.OCCUPANCY_STATUS_FIELD_NUMBER,
    }
)
_CARRIAGE_ENUMS = frozenset({_VP.CarriageDetails.OCCUPANCY_STATUS_FIELD_NUMBER})


def decode_vehicle_position(
    content: bytes, *, feed_id: str, source: int, vehicle_key: str
) -> tuple[VehiclePositionV1, Notes]:
    """The event of one serialised VehiclePosition that `decode_message` accepted, with its
    doubts by code."""
    notes: Notes = Counter()
    vehicle = _VP.FromString(content)
    note_unknown_enums(vehicle, _ENUMS, notes)
    event = VehiclePositionV1.model_validate(
        {
            "feed_id": feed_id,
            "source_index": source,
            "vehicle_key": vehicle_key,
            "position": _position(vehicle.position, notes)
            if vehicle.HasField("position")
            else None,
            "trip": decode_trip_served(vehicle, notes, feed_id=feed_id),
            "vehicle": (
                decode_vehicle_descriptor(vehicle.vehicle, notes, feed_id=feed_id)
                if vehicle.HasField("vehicle")
                else None
            ),
            "timestamp": decode_instant(vehicle.timestamp, notes) if vehicle.timestamp else None,
            "stop_id": decode_local_id(vehicle.stop_id, notes, feed_id) or None,
            "current_status": _STATUS[vehicle.current_status],
            "multi_carriage_details": [
                _carriage(each, notes) for each in vehicle.multi_carriage_details
            ],
            **_optional(vehicle, notes),
        }
    )
    return event, notes


def decode_trip_served(
    vehicle: gtfs_rt.VehiclePosition, notes: Notes, *, feed_id: str
) -> TripDescriptor | None:
    """The run of a vehicle; None if it has none or an unreadable one."""
    if not vehicle.HasField("trip"):
        return None
    try:
        return decode_partial_descriptor(vehicle.trip, notes, feed_id=feed_id)
    except RejectedEntity:
        # An empty descriptor is how many feeds say "out of service".
        if vehicle.trip.ListFields():
            notes["vehicle_trip_invalid"] += 1
        return None


def _optional(vehicle: gtfs_rt.VehiclePosition, notes: Notes) -> dict[str, Any]:
    """The fields whose default differs from their absence."""
    values: dict[str, Any] = {}
    if vehicle.HasField("current_stop_sequence"):
        values["current_stop_sequence"] = vehicle.current_stop_sequence
    if vehicle.HasField("congestion_level"):
        values["congestion_level"] = _CONGESTION[vehicle.congestion_level]
    if vehicle.HasField("occupancy_status"):
        values["occupancy_status"] = OCCUPANCY[vehicle.occupancy_status]
    if vehicle.HasField("occupancy_percentage"):
        values["occupancy_percentage"] = _percentage(vehicle.occupancy_percentage, notes)
    return values


def _percentage(value: int, notes: Notes) -> int | None:
    if value <= MAX_OCCUPANCY_PERCENTAGE:
        return value
    notes["occupancy_implausible"] += 1
    return None


def _carriage(carriage: gtfs_rt.VehiclePosition.CarriageDetails, notes: Notes) -> dict[str, Any]:
    """A carriage as members of the event. Its enumeration and percentage have values for "not
    known": these are left out."""
    note_unknown_enums(carriage, _CARRIAGE_ENUMS, notes)
    values: dict[str, Any] = {
        "id": visible_text(carriage.id, notes) or None,
        "label": visible_text(carriage.label, notes) or None,
    }
    if carriage.occupancy_status != _VP.NO_DATA_AVAILABLE:
        values["occupancy_status"] = OCCUPANCY[carriage.occupancy_status]
    if carriage.occupancy_percentage >= 0 and carriage.HasField("occupancy_percentage"):
        values["occupancy_percentage"] = _percentage(carriage.occupancy_percentage, notes)
    if carriage.HasField("carriage_sequence"):
        values["carriage_sequence"] = carriage.carriage_sequence
    return values


def _position(place: gtfs_rt.Position, notes: Notes) -> dict[str, float | None] | None:
    """The position; None if it is not on Earth. Coordinates are 32-bit floats: they are rounded
    to five decimals (a metre), which is their precision."""
    lat, lon = place.latitude, place.longitude
    on_earth = isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    if not on_earth or (abs(lat) < ZERO_TOLERANCE and abs(lon) < ZERO_TOLERANCE):
        notes["position_implausible"] += 1
        return None
    values: dict[str, float | None] = {"latitude": round(lat, 5), "longitude": round(lon, 5)}
    if place.HasField("bearing"):
        values["bearing"] = _bearing(place.bearing, notes)
    if place.HasField("speed"):
        values["speed"] = _within(place.speed, MAX_SPEED, "speed_implausible", notes)
    if place.HasField("odometer"):
        values["odometer"] = _within(place.odometer, MAX_ODOMETER, "odometer_implausible", notes)
    return values


def _bearing(degrees: float, notes: Notes) -> float | None:
    """Degrees in [0, 360), 360 being north; None for other values (-1 often means "unknown")."""
    bearing = _within(degrees, 360.0, "bearing_implausible", notes)
    return 0.0 if bearing is not None and bearing >= 360.0 else bearing


def _within(value: float, limit: float, code: str, notes: Notes) -> float | None:
    """The value if it is between 0 and `limit`; else None, noted under `code`."""
    if isfinite(value) and 0 <= value <= limit:
        return round(value, 2)
    notes[code] += 1
    return None
