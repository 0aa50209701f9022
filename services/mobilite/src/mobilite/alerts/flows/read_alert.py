"""Converts records of `mobilite.alert.v1` to alerts of the index."""

from collections.abc import Sequence

from mobilite.alerts.domain.alert import Alert, Image, Period, Selector, TripSelector
from mobilite.events import AlertV1, EntitySelector, TimeRange, TripDescriptor
from mobilite.events import Translation as TranslationV1
from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.gtfs.domain.translations import Translation
from mobilite.gtfs.domain.web_addresses import is_web_address
from socle.events import Received


def read_alert(received: Received[AlertV1]) -> Alert:
    """The alert of a record, which must not be a tombstone."""
    event = received.data
    assert event is not None
    return Alert(
        key=received.key,
        feed_id=FeedId(event.feed_id),
        source=event.source_index,
        alert_id=event.alert_id,
        periods=_periods(event.active_periods),
        impacts=_periods(event.impact_periods),
        selectors=tuple(map(_selector, event.informed_entities)),
        cause=event.cause,
        effect=event.effect,
        severity=event.severity,
        header=_texts(event.header),
        description=_texts(event.description),
        cause_detail=_texts(event.cause_detail),
        effect_detail=_texts(event.effect_detail),
        url=tuple(each for each in _texts(event.url) if is_web_address(each.text)),
        images=tuple(
            Image(each.url, each.language, each.media_type)
            for each in event.image
            if is_web_address(each.url)
        ),
        image_text=_texts(event.image_alternative_text),
    )


def _periods(ranges: Sequence[TimeRange]) -> tuple[Period, ...]:
    return tuple(Period(each.start, each.end) for each in ranges)


def _selector(entity: EntitySelector) -> Selector:
    return Selector(
        agency_id=entity.agency_id,
        route_id=entity.route_id,
        route_type=entity.route_type,
        direction_id=entity.direction_id,
        trip=None if entity.trip is None else _trip(entity.trip),
        stop_id=entity.stop_id,
    )


def _trip(trip: TripDescriptor) -> TripSelector:
    return TripSelector(
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=None if trip.start_date is None else ServiceDate.parse(trip.start_date),
        start_time=None if trip.start_time is None else parse_time(trip.start_time),
    )


def _texts(texts: Sequence[TranslationV1]) -> tuple[Translation, ...]:
    translations = (Translation(each.text.strip(), each.language) for each in texts)
    return tuple(each for each in translations if each.text)
