"""The notices of one feed as a GTFS-Realtime message, polled like any other address of the
operator.

https://gtfs.org/documentation/realtime/reference/
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.desk.domain.notice import AlertNotice, CancellationNotice, Notice

_SECONDS_PER_MINUTE = 60


def desk_message(notices: Iterable[Notice], now: datetime) -> bytes:
    """The notices published at `now`, as a serialised message. Its header timestamp is the current
    minute, so that the data ages only if the desk does not answer."""
    message = gtfs_rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = gtfs_rt.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp()) // _SECONDS_PER_MINUTE * _SECONDS_PER_MINUTE
    for notice in notices:
        if notice.is_published(now):
            _add(message, notice)
    content: bytes = message.SerializeToString(deterministic=True)
    return content


def _add(message: gtfs_rt.FeedMessage, notice: Notice) -> None:
    if isinstance(notice.content, AlertNotice):
        _alert(message.entity.add(id=notice.id).alert, notice.content)
        return
    entity = message.entity.add(id=notice.id)
    entity.trip_update.timestamp = int(notice.changed_at.timestamp())
    _describe(entity.trip_update.trip, notice.content)
    entity.trip_update.trip.schedule_relationship = gtfs_rt.TripDescriptor.CANCELED
    if notice.content.reason:
        _reason(message.entity.add(id=f"{notice.id}-reason").alert, notice.content)


def _alert(alert: gtfs_rt.Alert, content: AlertNotice) -> None:
    alert.cause = getattr(gtfs_rt.Alert, content.cause)
    alert.effect = getattr(gtfs_rt.Alert, content.effect)
    alert.severity_level = getattr(gtfs_rt.Alert, content.severity)
    for period in content.periods:
        _period(alert.active_period.add(), period.start, period.end)
    for informed in content.informed:
        selector = alert.informed_entity.add()
        for name in ("route_id", "direction_id", "stop_id"):
            if (value := getattr(informed, name)) is not None:
                setattr(selector, name, value)
        if informed.trip_id is not None:
            selector.trip.trip_id = informed.trip_id
        if informed.start_date is not None:
            selector.trip.start_date = informed.start_date
    _texts(alert.header_text, content.header)
    _texts(alert.description_text, content.description)
    if content.url is not None:
        alert.url.translation.add(text=content.url)


def _reason(alert: gtfs_rt.Alert, content: CancellationNotice) -> None:
    """An alert with the reason of a cancellation, which selects the cancelled run."""
    alert.effect = gtfs_rt.Alert.NO_SERVICE
    alert.cause = gtfs_rt.Alert.UNKNOWN_CAUSE
    _period(alert.active_period.add(), None, content.runs.end)
    _describe(alert.informed_entity.add().trip, content)
    _texts(alert.header_text, content.reason)


def _describe(trip: gtfs_rt.TripDescriptor, content: CancellationNotice) -> None:
    trip.trip_id, trip.start_date = content.trip_id, content.start_date
    if content.start_time is not None:
        trip.start_time = content.start_time


def _period(period: Any, start: datetime | None, end: datetime | None) -> None:
    if start is not None:
        period.start = int(start.timestamp())
    if end is not None:
        period.end = int(end.timestamp())


def _texts(translated: gtfs_rt.TranslatedString, texts: Mapping[str, str]) -> None:
    for language, text in texts.items():
        translated.translation.add(text=text, language=language)
