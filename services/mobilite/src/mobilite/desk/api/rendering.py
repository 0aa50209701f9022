"""Converts notices between the desk's JSON (public ids) and the stored form (local ids)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mobilite.desk.api.models import AlertDraft, CancellationDraft, InformedDraft, NoticeJson
from mobilite.desk.domain.notice import (
    AlertNotice,
    CancellationNotice,
    InformedEntity,
    Notice,
    Period,
)
from mobilite.gtfs.domain.ids import FeedId, global_id, split_global_id
from mobilite.timetable.domain.timetable import Timetable
from socle.errors import Refusal


def parse_alert(draft: AlertDraft, feed_id: FeedId) -> AlertNotice:
    """The alert with local ids. Raises Refusal if an id is of another feed, an entity of
    `informed` selects nothing, or unless exactly one of `informed` and `whole_network` is
    given."""
    if draft.whole_network == bool(draft.informed):
        raise _field_error(
            "informed", "dites à quoi l'alerte s'applique, ou whole_network : l'un des deux"
        )
    return AlertNotice(
        header=draft.header,
        description=draft.description,
        cause=draft.cause,
        effect=draft.effect,
        severity=draft.severity,
        periods=tuple(Period(each.start, each.end) for each in draft.periods),
        informed=tuple(
            _informed(each, feed_id, f"informed.{index}")
            for index, each in enumerate(draft.informed)
        ),
        url=draft.url,
    )


def parse_cancellation(draft: CancellationDraft, feed_id: FeedId) -> CancellationNotice:
    """The cancellation with local ids; its times are computed on publication. Raises Refusal if
    the trip is of another feed."""
    trip_id = _local(draft.trip, feed_id, "trip")
    assert trip_id is not None
    return CancellationNotice(
        trip_id, draft.start_date, Period(), draft.start_time, reason=draft.reason
    )


def notice_json(notice: Notice, timetable: Timetable | None, now: datetime) -> NoticeJson:
    """A notice with its state at `now`. The names of what it affects are those of the timetable, if
    there is one."""
    alert = notice.content if isinstance(notice.content, AlertNotice) else None
    return {
        "id": notice.id,
        "feed": notice.feed_id,
        "kind": "alert" if alert else "cancellation",
        "state": notice.state(now),
        "version": notice.version,
        "author": notice.author,
        "published_at": notice.published_at,
        "changed_at": notice.changed_at,
        "withdrawn_at": notice.withdrawn_at,
        "content": _content(notice),
        "told_as": _headline(notice, timetable),
        "about": list(_about(notice, timetable)),
    }


def _informed(draft: InformedDraft, feed_id: FeedId, place: str) -> InformedEntity:
    """The entity with local ids. `place`: its place in the draft, for messages."""
    if draft.route is None and draft.stop is None and draft.trip is None:
        raise _field_error(place, "une ligne, un arrêt ou une course est attendu")
    return InformedEntity(
        route_id=_local(draft.route, feed_id, f"{place}.route"),
        direction_id=draft.direction_id,
        stop_id=_local(draft.stop, feed_id, f"{place}.stop"),
        trip_id=_local(draft.trip, feed_id, f"{place}.trip"),
        start_date=draft.start_date,
    )


def _local(text: str | None, feed_id: FeedId, place: str) -> str | None:
    if text is None:
        return None
    parts = split_global_id(text)
    if parts is None or parts[0] != feed_id:
        raise _field_error(place, f"un identifiant du réseau est attendu, {feed_id}:…")
    return parts[1]


def _field_error(field: str, why: str) -> Refusal:
    error = {"in": "body", "field": field, "reason": why}
    return Refusal("invalid", f"{field} : {why}.", errors=[error])


def _content(notice: Notice) -> dict[str, Any]:
    """The draft as written, for amendment."""

    def public_id(local_id: str | None) -> str | None:
        return None if local_id is None else global_id(notice.feed_id, local_id)

    content = notice.content
    if isinstance(content, CancellationNotice):
        return {
            "trip": public_id(content.trip_id),
            "start_date": content.start_date,
            "start_time": content.start_time,
            "reason": content.reason,
        }
    return {
        "header": content.header,
        "description": content.description,
        "cause": content.cause,
        "effect": content.effect,
        "severity": content.severity,
        "periods": [{"start": each.start, "end": each.end} for each in content.periods],
        "whole_network": not content.informed,
        "informed": [
            {
                "route": public_id(each.route_id),
                "direction_id": each.direction_id,
                "stop": public_id(each.stop_id),
                "trip": public_id(each.trip_id),
                "start_date": each.start_date,
            }
            for each in content.informed
        ],
        "url": content.url,
    }


def _headline(notice: Notice, timetable: Timetable | None) -> str:
    """The sentence that travellers read, in French."""
    content = notice.content
    if isinstance(content, AlertNotice):
        return content.header.get("fr") or next(iter(content.header.values()))
    start = content.runs.start
    if timetable is None or start is None:
        return f"Course {content.trip_id} supprimée"
    rows = timetable.trip_ids.indexes_of(content.trip_id)
    # For a trip that is no longer in the timetable, any row gives the feed's time zone.
    row = int(rows[0]) if len(rows) else 0
    return f"Départ de {start.astimezone(timetable.trip_zone(row)):%H:%M} supprimé"


def _about(notice: Notice, timetable: Timetable | None) -> Iterator[str]:
    """The names of what the notice affects, without repetition."""
    if timetable is None:
        return
    content = notice.content
    if isinstance(content, CancellationNotice):
        entities: tuple[InformedEntity, ...] = (InformedEntity(trip_id=content.trip_id),)
    else:
        entities = content.informed
        if not entities:
            yield "tout le réseau"
    yield from dict.fromkeys(words for each in entities if (words := _describe(each, timetable)))


def _describe(informed: InformedEntity, timetable: Timetable) -> str:
    """The entity in French: « ligne A, arrêt Gare »; empty if nothing of it is in the timetable."""
    parts = []
    route = None if informed.route_id is None else timetable.route_ids.index_of(informed.route_id)
    if informed.trip_id is not None:
        rows = timetable.trip_ids.indexes_of(informed.trip_id)
        if len(rows):
            route = int(timetable.trip_route[rows[0]])
            call = timetable.calls_of(int(rows[0])).start
            parts.append(f"vers {timetable.headsign(call)}" if timetable.headsign(call) else "")
    if route is not None:
        parts.insert(0, f"ligne {timetable.route_name(route)}")
    if informed.stop_id is not None:
        stop = timetable.stop_ids.index_of(informed.stop_id)
        parts.append("" if stop is None else f"arrêt {timetable.stop_names[stop]}")
    return ", ".join(filter(None, parts))
