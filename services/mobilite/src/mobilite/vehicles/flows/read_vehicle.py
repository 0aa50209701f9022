"""Converts records of `mobilite.vehicle-position.v1` to vehicles of the fleet."""

from collections.abc import Sequence
from typing import Final, get_args

from mobilite.events import CarriageDetails, Position, VehiclePositionV1
from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.realtime.flows.read_trip_update import read_descriptor
from mobilite.vehicles.domain.fleet import Carriage, Place, Vehicle
from socle.events import Received

_OCCUPANCY: Final[dict[str, Occupancy]] = {word.upper(): word for word in get_args(Occupancy)}
_ENTITY_PREFIX: Final = "entity="
"""Prefix of `vehicle_key` for a vehicle that only its entity identifies."""


def read_vehicle(received: Received[VehiclePositionV1]) -> Vehicle:
    """The vehicle of a record, which must not be a tombstone."""
    event = received.data
    assert event is not None
    return Vehicle(
        key=received.key,
        source=event.source_index,
        name=event.vehicle_key,
        is_identified=not event.vehicle_key.startswith(_ENTITY_PREFIX),
        place=None if event.position is None else _place(event.position),
        published_at=int(received.time.timestamp()),
        trip=None if event.trip is None else read_descriptor(event.trip),
        measured_at=event.timestamp,
        label=None if event.vehicle is None else event.vehicle.label,
        stop_id=event.stop_id,
        stop_sequence=event.current_stop_sequence,
        status=event.current_status,
        occupancy=_OCCUPANCY.get(event.occupancy_status or ""),
        occupancy_percentage=event.occupancy_percentage,
        carriages=_carriages(event.multi_carriage_details),
    )


def _place(position: Position) -> Place:
    return Place(position.latitude, position.longitude, position.bearing, position.speed)


def _carriages(details: Sequence[CarriageDetails]) -> tuple[Carriage, ...]:
    """The carriages by carriage_sequence if each has one, else in message order."""
    numbered = [each.carriage_sequence for each in details]
    if None not in numbered:
        details = sorted(details, key=lambda each: each.carriage_sequence or 0)
    return tuple(
        Carriage(each.label, _OCCUPANCY.get(each.occupancy_status or ""), each.occupancy_percentage)
        for each in details
    )
