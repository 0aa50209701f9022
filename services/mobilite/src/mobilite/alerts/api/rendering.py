"""Alerts as JSON."""

from collections.abc import Callable, Sequence

from mobilite.alerts.api.alert_texts import CAUSES, effect_words, note_of
from mobilite.alerts.api.models import (
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
from mobilite.gtfs.domain.clock_times import clock_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.translations import HOUSE, Translation, best
from mobilite.http.api.times import LocalTime
from mobilite.timetable.api.network_time import network_time
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable


def alert_json(told: ListedAlert, *, now: int, wanted: Sequence[str]) -> AlertJson:
    """An alert whole, its texts in the first language wanted that it has."""
    alert, facts = told.alert, told.facts
    local = network_time(told.index.schedule)
    description, url = best(alert.description, wanted), best(alert.url, wanted)
    return {
        **alert_summary_json(told, local, now=now, wanted=wanted),
        "feed": alert.feed_id,
        "description": None if description is None else description.text,
        "description_language": None if description is None else description.language,
        "url": None if url is None else url.text,
        "when": alert.when(now),
        "active_periods": [_period(each, local) for each in alert.effective if each != Period()],
        "informed": _informed(told),
        "translations": _translations(alert),
        "updated_at": None if told.as_of is None else local(told.as_of),
        "licence": None if facts is None else facts.licence,
        "attribution": None if facts is None else facts.attribution,
    }


def alert_summary_json(
    told: ListedAlert, local: LocalTime, *, now: int, wanted: Sequence[str] = ()
) -> AlertSummaryJson:
    """An alert in short. One without a header is called by its effect."""
    alert, effect = told.alert, best(told.alert.effect_detail, wanted)
    effect_text = effect_words(alert) if effect is None else effect.text
    cause = best(alert.cause_detail, wanted)
    header = best(alert.header, wanted) or Translation(effect_words(alert), HOUSE)
    return {
        "id": alert.id,
        "header": header.text,
        "language": header.language,
        "cause": alert.cause,
        "effect": alert.effect,
        "severity": alert.severity,
        "cause_text": CAUSES[alert.cause] if cause is None else cause.text,
        "effect_text": effect_text,
        "active": alert.when(now) == "now",
        "period": _period(alert.period_at(now), local),
        "ambiguous": alert.ambiguous,
        "note": note_of(
            alert, unmatched=any(each.unknown for each in told.index.targets(alert.key))
        ),
        "stale": told.stale(now),
        "age": told.age(now),
    }


def _period(period: Period, local: LocalTime) -> PeriodJson:
    return {
        "start": None if period.start is None else local(period.start),
        "end": None if period.end is None else local(period.end),
    }


def _translations(alert: Alert) -> list[AlertTextJson]:
    """Every language in the order it is first told."""
    headers, bodies = (
        {each.language: each.text for each in reversed(texts)}
        for texts in (alert.header, alert.description)
    )
    languages = dict.fromkeys(each.language for each in (*alert.header, *alert.description))
    return [
        {"language": each, "header": headers.get(each), "description": bodies.get(each)}
        for each in languages
    ]


def _informed(told: ListedAlert) -> list[InformedJson]:
    targets = told.index.targets(told.alert.key)
    return [
        _selected(told, selector, targets[place] if place < len(targets) else None)
        for place, selector in enumerate(told.alert.selectors)
    ]


def _selected(told: ListedAlert, selector: Selector, target: Target | None) -> InformedJson:
    trip = selector.trip or TripSelector()
    direction = trip.direction_id if selector.direction_id is None else selector.direction_id
    return {
        "agency": _named(told, selector.agency_id, lambda t: t.agency_ids, _agency),
        "route": _named(told, selector.route_id or trip.route_id, lambda t: t.route_ids, _route),
        "route_type": selector.route_type,
        "direction_id": direction,
        "trip": _named(told, trip.trip_id, lambda t: t.trip_ids, _trip),
        "start_date": None if trip.start_date is None else str(trip.start_date),
        "start_time": None if trip.start_time is None else clock_time(trip.start_time),
        "stop": _named(told, selector.stop_id, lambda t: t.stop_ids, _stop),
        "matched": None if target is None else not target.unknown,
        "unknown": [] if target is None else list(target.unknown),
    }


def _named(
    told: ListedAlert,
    local: str | None,
    ids: Callable[[Timetable], Strings],
    called: Callable[[Timetable, int], str],
) -> NamedJson | None:
    if local is None:
        return None
    name = None
    if told.index.schedule is not None:
        timetable = told.index.schedule.timetable
        row = ids(timetable).index_of(local)
        name = None if row is None else called(timetable, row) or None
    return {"id": global_id(told.alert.feed_id, local), "name": name}


def _agency(timetable: Timetable, row: int) -> str:
    return timetable.agency_names[row]


def _route(timetable: Timetable, row: int) -> str:
    return timetable.route_short[row] or timetable.route_long[row]


def _trip(timetable: Timetable, row: int) -> str:
    short = timetable.text(int(timetable.trip_short_name[row]))
    return short or timetable.text(int(timetable.trip_headsign[row]))


def _stop(timetable: Timetable, row: int) -> str:
    return timetable.stop_names[row]
