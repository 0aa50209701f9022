"""Serialises operators' events as entities of the merged GTFS-Realtime, complete and with global
ids.

https://gtfs.org/documentation/realtime/reference/
"""

from collections.abc import Iterable, Mapping
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import (
    AlertV1,
    EntitySelector,
    StopTimeEvent,
    StopTimeUpdate,
    TimeRange,
    TripDescriptor,
    TripModificationsV1,
    TripUpdateV1,
    VehicleDescriptor,
    VehiclePositionV1,
)
from mobilite.events.part import key_of
from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.open_data.adapters.merged_fields import id_of, set_fields, write_texts
from mobilite.open_data.adapters.merged_modifications import write_modifications
from mobilite.polling.adapters.decoding.alert import TEXTS

_TRIP = dict(gtfs_rt.TripDescriptor.ScheduleRelationship.items())
_STOP = dict(gtfs_rt.TripUpdate.StopTimeUpdate.ScheduleRelationship.items())
_SKIPPED = gtfs_rt.TripUpdate.StopTimeUpdate.SKIPPED
_PICKUP = dict(gtfs_rt.TripUpdate.StopTimeUpdate.StopTimeProperties.DropOffPickupType.items())
_OCCUPANCY = dict(gtfs_rt.VehiclePosition.OccupancyStatus.items())
_ACCESS = dict(gtfs_rt.VehicleDescriptor.WheelchairAccessible.items())
_STATUS = dict(gtfs_rt.VehiclePosition.VehicleStopStatus.items())
_CONGESTION = dict(gtfs_rt.VehiclePosition.CongestionLevel.items())
_CAUSE = dict(gtfs_rt.Alert.Cause.items())
_STOP_PROPERTIES = ("assigned_stop_id", "stop_headsign", "pickup_type", "drop_off_type")
_EFFECT = dict(gtfs_rt.Alert.Effect.items())
_SEVERITY = dict(gtfs_rt.Alert.SeverityLevel.items())


class MergedEntities:
    """Serialises entities. Implements `EntityWriter`.

    The entity id is the record key, which is always the same for one run, vehicle or alert.
    """

    def trip_update(self, event: TripUpdateV1) -> bytes:
        """A serialised FeedEntity."""
        feed, entity = FeedId(event.feed_id), gtfs_rt.FeedEntity(id=event.key())
        update = entity.trip_update
        _trip(update.trip, event.trip, feed)
        if event.trip.modifications_id is not None:
            _modified_trip(update.trip, event)
        if event.vehicle is not None:
            _vehicle(update.vehicle, event.vehicle, feed)
        for stop in event.stop_time_updates:
            _stop_time_update(update.stop_time_update.add(), stop, feed)
        set_fields(update, timestamp=event.timestamp, delay=event.delay)
        properties = event.trip_properties
        if properties is not None:
            set_fields(
                update.trip_properties,
                trip_id=id_of(feed, properties.trip_id),
                start_date=properties.start_date,
                start_time=properties.start_time,
                shape_id=id_of(feed, properties.shape_id),
                trip_headsign=properties.trip_headsign,
                trip_short_name=properties.trip_short_name,
            )
        return _serialised(entity)

    def corrected(
        self, entity: bytes, *, sequences: Mapping[int, int | None], start_date: str | None
    ) -> bytes:
        """A serialised trip update with other stop_sequences, by place of the stop update, without
        the stop updates whose sequence is None, and with that start_date unless it is None."""
        message = gtfs_rt.FeedEntity.FromString(entity)
        update = message.trip_update
        stops = [
            each
            for place, each in enumerate(update.stop_time_update)
            if place not in sequences or sequences[place] is not None
        ]
        for place, sequence in sequences.items():
            if sequence is not None:
                update.stop_time_update[place].stop_sequence = sequence
        if sequences and all(each.HasField("stop_sequence") for each in stops):
            stops.sort(key=lambda each: each.stop_sequence)
        del update.stop_time_update[:]
        update.stop_time_update.extend(stops)
        modified = update.trip.HasField("modified_trip")
        set_fields(update.trip.modified_trip if modified else update.trip, start_date=start_date)
        return _serialised(message)

    def decisions_only(self, entity: bytes) -> bytes:
        """A serialised trip update reduced to its skipped stops, without predictions."""
        message = gtfs_rt.FeedEntity.FromString(entity)
        update = message.trip_update
        skipped = [
            each for each in update.stop_time_update if each.schedule_relationship == _SKIPPED
        ]
        update.ClearField("delay")
        del update.stop_time_update[:]
        for stop in skipped:
            for predicted in ("arrival", "departure", "departure_occupancy_status"):
                stop.ClearField(predicted)
            update.stop_time_update.append(stop)
        return _serialised(message)

    def without_timestamp(self, entity: bytes) -> bytes:
        """A serialised trip update or vehicle without its timestamp."""
        message = gtfs_rt.FeedEntity.FromString(entity)
        for part in ("trip_update", "vehicle"):
            if message.HasField(part):
                getattr(message, part).ClearField("timestamp")
        return _serialised(message)

    def vehicle(self, event: VehiclePositionV1, *, trip: bool, stop: bool) -> bytes:
        """A serialised FeedEntity. `trip`: whether its trip, with the stop_sequence, is written;
        `stop`: whether its stop is."""
        feed, entity = FeedId(event.feed_id), gtfs_rt.FeedEntity(id=event.key())
        vehicle, place = entity.vehicle, event.position
        vehicle.SetInParent()
        if trip and event.trip is not None:
            _trip(vehicle.trip, event.trip, feed)
            set_fields(vehicle, current_stop_sequence=event.current_stop_sequence)
        if stop and event.stop_id is not None:
            set_fields(vehicle, stop_id=id_of(feed, event.stop_id))
        if event.vehicle is not None:
            _vehicle(vehicle.vehicle, event.vehicle, feed)
        if place is not None:
            set_fields(
                vehicle.position,
                latitude=place.latitude,
                longitude=place.longitude,
                bearing=place.bearing,
                speed=place.speed,
                odometer=place.odometer,
            )
        set_fields(
            vehicle,
            timestamp=event.timestamp,
            current_status=_STATUS[event.current_status],
            congestion_level=_CONGESTION.get(event.congestion_level or ""),
            occupancy_status=_OCCUPANCY.get(event.occupancy_status or ""),
            occupancy_percentage=event.occupancy_percentage,
        )
        for carriage in event.multi_carriage_details:
            set_fields(
                vehicle.multi_carriage_details.add(),
                id=carriage.id,
                label=carriage.label,
                occupancy_status=_OCCUPANCY.get(carriage.occupancy_status or ""),
                occupancy_percentage=carriage.occupancy_percentage,
                carriage_sequence=carriage.carriage_sequence,
            )
        return _serialised(entity)

    def alert(self, event: AlertV1, informed: Iterable[EntitySelector]) -> bytes:
        """A serialised FeedEntity with the selectors `informed` (local ids)."""
        feed, entity = FeedId(event.feed_id), gtfs_rt.FeedEntity(id=event.key())
        alert = entity.alert
        _periods(alert.active_period, event.active_periods)
        if event.impact_periods:
            # If display periods and impact periods differ, the former are written in both fields:
            # active_period for readers of before 2025, communication_period for later ones.
            _periods(alert.communication_period, event.active_periods)
            _periods(alert.impact_period, event.impact_periods)
        for selector in informed:
            _selector(alert.informed_entity.add(), selector, feed)
        set_fields(
            alert,
            cause=_CAUSE[event.cause],
            effect=_EFFECT[event.effect],
            severity_level=_SEVERITY[event.severity],
        )
        for field_name, written in TEXTS.items():
            write_texts(getattr(alert, written), getattr(event, field_name))
        for image in event.image:
            set_fields(
                alert.image.localized_image.add(),
                url=image.url,
                # Required by protobuf.
                media_type=image.media_type or "",
                language=image.language,
            )
        return _serialised(entity)

    def trip_modifications(self, event: TripModificationsV1) -> bytes:
        """A serialised FeedEntity with a detour, a shape or a stop."""
        entity = gtfs_rt.FeedEntity(id=event.key())
        write_modifications(entity, event)
        return _serialised(entity)


def _modified_trip(message: gtfs_rt.TripDescriptor, event: TripUpdateV1) -> None:
    """Select the modified trip instead: the ids of the descriptor "MUST be left empty" then."""
    message.Clear()
    set_fields(
        message.modified_trip,
        modifications_id=key_of(event.feed_id, event.source_index, event.trip.modifications_id),
        affected_trip_id=id_of(FeedId(event.feed_id), event.trip.trip_id),
        start_date=event.trip.start_date,
        start_time=event.trip.start_time,
    )


def _serialised(entity: gtfs_rt.FeedEntity) -> bytes:
    content: bytes = entity.SerializeToString(deterministic=True)
    return content


def _trip(message: gtfs_rt.TripDescriptor, trip: TripDescriptor, feed: FeedId) -> None:
    set_fields(
        message,
        trip_id=id_of(feed, trip.trip_id),
        route_id=id_of(feed, trip.route_id),
        direction_id=trip.direction_id,
        start_date=trip.start_date,
        start_time=trip.start_time,
        schedule_relationship=_TRIP[trip.schedule_relationship],
    )


def _vehicle(message: gtfs_rt.VehicleDescriptor, vehicle: VehicleDescriptor, feed: FeedId) -> None:
    message.SetInParent()
    set_fields(
        message,
        id=id_of(feed, vehicle.id),
        label=vehicle.label,
        license_plate=vehicle.license_plate,
        wheelchair_accessible=_ACCESS.get(vehicle.wheelchair_accessible or ""),
    )


def _stop_time_update(
    message: gtfs_rt.TripUpdate.StopTimeUpdate, stop: StopTimeUpdate, feed: FeedId
) -> None:
    # Unrolled for speed: a large region has sixty thousand stop updates.
    if (sequence := stop.get("stop_sequence")) is not None:
        message.stop_sequence = sequence
    if (stop_id := stop.get("stop_id")) is not None:
        message.stop_id = global_id(feed, stop_id)
    if (arrival := stop.get("arrival")) is not None:
        _event(message.arrival, arrival)
    if (departure := stop.get("departure")) is not None:
        _event(message.departure, departure)
    relationship = stop.get("schedule_relationship", "SCHEDULED")
    if relationship != "SCHEDULED":
        set_fields(message, schedule_relationship=_STOP[relationship])
    if (occupancy := stop.get("departure_occupancy")) is not None:
        set_fields(message, departure_occupancy_status=_OCCUPANCY[occupancy])
    if any(map(stop.get, _STOP_PROPERTIES)):
        set_fields(
            message.stop_time_properties,
            assigned_stop_id=id_of(feed, stop.get("assigned_stop_id")),
            stop_headsign=stop.get("stop_headsign"),
            pickup_type=_PICKUP.get(stop.get("pickup_type", "")),
            drop_off_type=_PICKUP.get(stop.get("drop_off_type", "")),
        )


def _event(message: gtfs_rt.TripUpdate.StopTimeEvent, event: StopTimeEvent) -> None:
    for name, value in event.items():
        setattr(message, name, value)


def _selector(message: gtfs_rt.EntitySelector, selector: EntitySelector, feed: FeedId) -> None:
    set_fields(
        message,
        agency_id=id_of(feed, selector.agency_id),
        route_id=id_of(feed, selector.route_id),
        route_type=selector.route_type,
        direction_id=selector.direction_id,
        stop_id=id_of(feed, selector.stop_id),
    )
    if selector.trip is not None:
        _trip(message.trip, selector.trip, feed)


def _periods(message: Any, periods: Iterable[TimeRange]) -> None:
    for period in periods:
        set_fields(message.add(), start=period.start, end=period.end)
