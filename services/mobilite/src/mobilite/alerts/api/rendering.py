"""Alerts as JSON."""

from collections.abc import Callable, Sequence

from mobilite.alerts.api.alert_texts import CAUSES, effect_words, note_of
from mobilite.alerts.api.models import (
    AlertImageJson,
    AlertJson,
    AlertSummaryJson,
    AlertTextJson,
    InformedJson,
    NamedJson,
    PeriodJson,
)
from mobilite.alerts.domain.alert import Alert, Period, Selector, TripSelector
from mobilite.alerts.domain.alert_selectors import Target
from mobilite.alerts.flows.list_alerts import ListedAlert
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.translations import best_translation
from mobilite.http.api.times import LocalTime
from mobilite.timetable.api.network_time import network_time
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable


def alert_json(listed: ListedAlert, *, now: int, wanted: Sequence[str]) -> AlertJson:
    """A complete alert. `now`: POSIX seconds. Texts are in the first of the `wanted` languages that
    the alert has (`best_translation`)."""
    alert, announcement = listed.alert, listed.announcement
    local = network_time(listed.index.schedule)
    description, url = (
        best_translation(alert.description, wanted),
        best_translation(alert.url, wanted),
    )
    return {
        **alert_summary_json(listed, local, now=now, wanted=wanted),
        "feed": alert.feed_id,
        "description": None if description is None else description.text,
        "description_language": None if description is None else description.language,
        "url": None if url is None else url.text,
        "image": _image(alert, wanted),
        "when": alert.when(now),
        "active_periods": [_period(each, local) for each in alert.effective if each != Period()],
        "informed": _informed(listed),
        "translations": _translations(alert),
        "updated_at": None if listed.as_of is None else local(listed.as_of),
        "licence": None if announcement is None else announcement.licence,
        "attribution": None if announcement is None else announcement.attribution,
    }


def alert_summary_json(
    listed: ListedAlert, local: LocalTime, *, now: int, wanted: Sequence[str]
) -> AlertSummaryJson:
    """The summary of an alert. `local` formats its times. `wanted`: as in `alert_json`. If it has
    no header, its effect is the header."""
    alert, words = listed.alert, effect_words(listed.alert)
    header = best_translation(alert.header or words, wanted) or words[0]
    effect = best_translation(alert.effect_detail or words, wanted) or words[0]
    cause = best_translation(alert.cause_detail or CAUSES[alert.cause], wanted)
    unmatched = any(each.unknown for each in listed.index.targets(alert.key))
    note = best_translation(note_of(alert, unmatched=unmatched), wanted)
    return {
        "id": alert.id,
        "header": header.text,
        "language": header.language,
        "cause": alert.cause,
        "effect": alert.effect,
        "severity": alert.severity,
        "cause_text": None if cause is None else cause.text,
        "cause_language": None if cause is None else cause.language,
        "effect_text": effect.text,
        "effect_language": effect.language,
        "active": alert.when(now) == "now",
        "period": _period(alert.period_at(now), local),
        "ambiguous": alert.ambiguous,
        "note": None if note is None else note.text,
        "note_language": None if note is None else note.language,
        "stale": listed.stale(now),
        "age": listed.age(now),
    }


def _image(alert: Alert, wanted: Sequence[str]) -> AlertImageJson | None:
    """The picture of an alert; None without one."""
    image = best_translation(alert.images, wanted)
    text = best_translation(alert.image_text, wanted)
    if image is None:
        return None
    return {
        "url": image.url,
        "media_type": image.media_type,
        "language": image.language,
        "alternative_text": None if text is None else text.text,
        "alternative_text_language": None if text is None else text.language,
    }


def _period(period: Period, local: LocalTime) -> PeriodJson:
    return {
        "start": None if period.start is None else local(period.start),
        "end": None if period.end is None else local(period.end),
    }


def _translations(alert: Alert) -> list[AlertTextJson]:
    """The texts by language, in order of first appearance."""
    headers, bodies = (
        {each.language: each.text for each in reversed(texts)}
        for texts in (alert.header, alert.description)
    )
    languages = dict.fromkeys(each.language for each in (*alert.header, *alert.description))
    return [
        {"language": each, "header": headers.get(each), "description": bodies.get(each)}
        for each in languages
    ]


def _informed(listed: ListedAlert) -> list[InformedJson]:
    targets = listed.index.targets(listed.alert.key)
    return [
        _informed_entity(listed, selector, targets[place] if place < len(targets) else None)
        for place, selector in enumerate(listed.alert.selectors)
    ]


def _informed_entity(
    listed: ListedAlert, selector: Selector, target: Target | None
) -> InformedJson:
    trip = selector.trip or TripSelector()
    direction = trip.direction_id if selector.direction_id is None else selector.direction_id
    return {
        "agency": _named(listed, selector.agency_id, lambda t: t.agency_ids, _agency),
        "route": _named(listed, selector.route_id or trip.route_id, lambda t: t.route_ids, _route),
        "route_type": selector.route_type,
        "direction_id": direction,
        "trip": _named(listed, trip.trip_id, lambda t: t.trip_ids, _trip),
        "start_date": None if trip.start_date is None else str(trip.start_date),
        "start_time": None if trip.start_time is None else format_time(trip.start_time),
        "stop": _named(listed, selector.stop_id, lambda t: t.stop_ids, _stop),
        "matched": None if target is None else not target.unknown,
        "unknown": [] if target is None else list(target.unknown),
    }


def _named(
    listed: ListedAlert,
    local: str | None,
    ids: Callable[[Timetable], Strings],
    name_of: Callable[[Timetable, int], str],
) -> NamedJson | None:
    """The public id and the name of an object; None if there is none.

    `local`: its id in the feed. `ids`: the column of the timetable with such ids. `name_of`: the
    name of a row.
    """
    if local is None:
        return None
    name = None
    if listed.index.schedule is not None:
        timetable = listed.index.schedule.timetable
        row = ids(timetable).index_of(local)
        name = None if row is None else name_of(timetable, row) or None
    return {"id": global_id(listed.alert.feed_id, local), "name": name}


def _agency(timetable: Timetable, row: int) -> str:
    return timetable.agency_names[row]


def _route(timetable: Timetable, row: int) -> str:
    return timetable.route_name(row)


def _trip(timetable: Timetable, row: int) -> str:
    short = timetable.text(int(timetable.trip_short_name[row]))
    return short or timetable.text(int(timetable.trip_headsign[row]))


def _stop(timetable: Timetable, row: int) -> str:
    return timetable.stop_names[row]
