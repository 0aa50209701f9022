"""Adapts TripModifications to the merged schedule.

https://gtfs.org/documentation/realtime/reference/#message-tripmodifications
"""

from collections.abc import Container

from mobilite.events import TripModificationsV1
from mobilite.events.part import key_of
from mobilite.timetable.domain.timetable import Timetable


def known_modifications(
    event: TripModificationsV1, timetable: Timetable, alerts: Container[str]
) -> TripModificationsV1 | None:
    """The event without trips and alerts that do not exist; None if it modifies no other trip.
    `alerts`: the record keys of those published."""
    detour = event.trip_modifications
    if detour is None:
        return event
    trips = tuple(
        each.model_copy(update={"trip_ids": known})
        for each in detour.selected_trips
        if (known := tuple(trip for trip in each.trip_ids if _exists(trip, timetable)))
    )
    if not trips:
        return None
    modifications = tuple(
        each
        if key_of(event.feed_id, event.source_index, each.service_alert_id) in alerts
        else each.model_copy(update={"service_alert_id": None})
        for each in detour.modifications
    )
    known_part = detour.model_copy(update={"selected_trips": trips, "modifications": modifications})
    return event.model_copy(update={"trip_modifications": known_part})


def _exists(trip: str, timetable: Timetable) -> bool:
    return timetable.trip_ids.index_of(trip) is not None
