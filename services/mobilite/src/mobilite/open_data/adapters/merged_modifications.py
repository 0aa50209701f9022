"""Writes operators' TripModifications, Shapes and Stops with global ids.

https://gtfs.org/documentation/realtime/reference/#message-tripmodifications
"""

from typing import Any, Final

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import Modification, RealTimeStop, StopSelector, TripModificationsV1
from mobilite.events.part import key_of
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.adapters.merged_fields import id_of, set_fields, write_texts

_STOP_TEXTS: Final = (
    "stop_code",
    "stop_name",
    "tts_stop_name",
    "stop_desc",
    "stop_url",
    "platform_code",
)


def write_modifications(entity: gtfs_rt.FeedEntity, event: TripModificationsV1) -> None:
    """Write the detour, the shape and the stop of an event, those that it has."""
    feed = FeedId(event.feed_id)
    if event.trip_modifications is not None:
        _detour(entity.trip_modifications, event, feed)
    if event.shape is not None:
        entity.shape.shape_id = id_of(feed, event.shape.shape_id)
        entity.shape.encoded_polyline = event.shape.encoded_polyline
    if event.stop is not None:
        _stop(entity.stop, event.stop, feed)


def _detour(message: gtfs_rt.TripModifications, event: TripModificationsV1, feed: FeedId) -> None:
    detour = event.trip_modifications
    assert detour is not None
    for selected in detour.selected_trips:
        trips = message.selected_trips.add()
        trips.trip_ids.extend(id_of(feed, trip) for trip in selected.trip_ids)
        set_fields(trips, shape_id=id_of(feed, selected.shape_id))
    message.start_times.extend(detour.start_times)
    message.service_dates.extend(detour.service_dates)
    for modification in detour.modifications:
        written = message.modifications.add()
        alert = modification.service_alert_id
        set_fields(
            written,
            service_alert_id=alert and key_of(event.feed_id, event.source_index, alert),
            propagated_modification_delay=modification.propagated_modification_delay,
            last_modified_time=modification.last_modified_time,
        )
        _calls(written, modification, feed)


def _calls(
    message: gtfs_rt.TripModifications.Modification, modification: Modification, feed: FeedId
) -> None:
    """The replaced calls and the stops served instead."""
    _selector(message.start_stop_selector, modification.start_stop_selector, feed)
    if modification.end_stop_selector is not None:
        _selector(message.end_stop_selector, modification.end_stop_selector, feed)
    for stop in modification.replacement_stops:
        set_fields(
            message.replacement_stops.add(),
            stop_id=id_of(feed, stop.stop_id),
            travel_time_to_stop=stop.travel_time_to_stop,
        )


def _selector(message: gtfs_rt.StopSelector, selector: StopSelector, feed: FeedId) -> None:
    set_fields(message, stop_sequence=selector.stop_sequence, stop_id=id_of(feed, selector.stop_id))


def _stop(message: gtfs_rt.Stop, stop: RealTimeStop, feed: FeedId) -> None:
    values: dict[str, Any] = {
        name: id_of(feed, getattr(stop, name))
        for name in ("stop_id", "zone_id", "parent_station", "level_id")
    }
    set_fields(
        message,
        **values,
        stop_lat=stop.stop_lat,
        stop_lon=stop.stop_lon,
        stop_timezone=stop.stop_timezone,
        wheelchair_boarding=stop.wheelchair_boarding,
    )
    for name in _STOP_TEXTS:
        if getattr(stop, name):
            write_texts(getattr(message, name), getattr(stop, name))
