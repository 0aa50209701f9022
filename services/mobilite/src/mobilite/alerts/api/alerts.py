"""`GET /mobilite/v1/alerts`, one alert by its id, and the list as server-sent events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import orjson
from fastapi import Depends, Header, Path, Query, Request, Response

from mobilite.alerts.api.alert_map import add_alert_map
from mobilite.alerts.api.models import AlertJson, AlertListJson
from mobilite.alerts.api.rendering import alert_json
from mobilite.alerts.flows.list_alerts import (
    ActiveFilter,
    AlertFilter,
    feeds_of,
    get_alert,
    list_alerts,
)
from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.enumerations import Effect
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import BoundedNumber, Cursor
from mobilite.http.api.responses import ALERT_READ, entity_tag, live_response
from mobilite.http.api.times import utc
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.http import Router

_STREAM: Final = """\
La même liste, envoyée à nouveau chaque fois qu'elle change (server-sent events). Chaque événement
porte la liste entière, qui remplace la précédente. Qui revient avec Last-Event-ID ne reçoit que du
nouveau. Le silence est ponctué d'un commentaire toutes les quinze secondes."""
_NO_ALERTS: Final = {
    "fr": {
        "now": "Aucune perturbation en cours n'est annoncée.",
        "upcoming": "Aucune perturbation à venir n'est annoncée.",
        "all": "Aucune perturbation n'est annoncée, ni en cours ni à venir.",
    },
    "en": {
        "now": "No current disruption is announced.",
        "upcoming": "No upcoming disruption is announced.",
        "all": "No disruption is announced, neither current nor upcoming.",
    },
}
_WITHOUT_AGES: Final = {"age": None, "updated_at": None}
_HEADERS: Final = {"vary": "accept-language", **ALERT_READ}


AlertsLimit = Annotated[int, BoundedNumber(1, 100), Query(description="Nombre de perturbations")]


async def _filters(
    feed: Annotated[str | None, Query(description="Identifiant d'un réseau")] = None,
    route: Annotated[str | None, Query(description="Ce qui touche une ligne, réseau:ligne")] = None,
    stop: Annotated[
        str | None, Query(description="Ce qui touche un arrêt ou ses lignes, réseau:arrêt")
    ] = None,
    trip: Annotated[str | None, Query(description="Ce qui touche une course")] = None,
    effect: Annotated[Effect | None, Query(description="Effet sur le service")] = None,
    active: Annotated[
        ActiveFilter, Query(description="now : en vigueur ; upcoming : à venir ; all : les deux")
    ] = "now",
) -> AlertFilter:
    return AlertFilter(feed, route, stop, trip, effect, active)


Filters = Annotated[AlertFilter, Depends(_filters)]
AlertId = Annotated[str, Path(description="Identifiant public d'une alerte")]


def alerts_router(
    live: StateSource[AlertsState], clock: Clock, subscriptions: Subscriptions[AlertsState]
) -> Router:
    """The router of the endpoints of alerts."""
    router = Router(tags=["alerts"])
    _add_list(router, live, clock)
    _add_stream(router, subscriptions)
    add_alert_map(router, live, clock)
    _add_alert(router, live, clock)  # last: its path parameter would match "stream" too
    return router


def _add_list(router: Router, live: StateSource[AlertsState], clock: Clock) -> None:
    @router.get(
        "/alerts", operation_id="list_alerts", response_model=AlertListJson, summary="Perturbations"
    )
    async def show_alerts(
        request: Request,
        filters: Filters,
        languages: Languages,
        limit: AlertsLimit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Les perturbations annoncées par les exploitants, les plus graves d'abord."""
        now = clock.now()
        rendered = _render_list(live.state, now, filters, languages, limit=limit, cursor=cursor)
        return live_response(request, rendered.body, rendered.tag, headers=_HEADERS, made_at=now)


def _add_stream(router: Router, subscriptions: Subscriptions[AlertsState]) -> None:
    @router.get(
        "/alerts/stream",
        operation_id="stream_alerts",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Perturbations, en continu",
        description=_STREAM,
    )
    async def stream_alerts(
        request: Request,
        filters: Filters,
        languages: Languages,
        limit: AlertsLimit = 50,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        def compute(state: AlertsState, now: datetime) -> RenderedView:
            return _render_list(state, now, filters, languages, limit=limit)

        def parts(state: AlertsState) -> tuple[object, ...]:
            feeds = feeds_of(state, filters)
            indexes = (state.alert_indexes.get(each) for each in feeds)
            return *indexes, *(state.timetables.get(each) for each in feeds)

        view = subscriptions.open(("alerts", filters, languages, limit), compute, parts)
        return EventStream(subscriptions.listen(view, last_event_id), headers=ALERT_READ)


def _add_alert(router: Router, live: StateSource[AlertsState], clock: Clock) -> None:
    @router.get(
        "/alerts/{alert_id:path}",
        operation_id="get_alert",
        response_model=AlertJson,
        summary="Une perturbation",
    )
    async def show_alert(request: Request, alert_id: AlertId, languages: Languages) -> Response:
        """Une perturbation, même à venir ou finie, tant que son exploitant la publie."""
        now = clock.now()
        instant = int(now.timestamp())
        content = alert_json(get_alert(live.state, alert_id), now=instant, wanted=languages)
        tag = entity_tag({**content, **_WITHOUT_AGES})
        return live_response(request, orjson.dumps(content), tag, headers=_HEADERS, made_at=now)


def _render_list(
    state: AlertsState,
    now: datetime,
    filters: AlertFilter,
    languages: Sequence[str],
    *,
    limit: int,
    cursor: str | None = None,
) -> RenderedView:
    """The JSON of a page of alerts. Its tag does not depend on ages."""
    instant = int(now.timestamp())
    page = list_alerts(state, filters, now=instant, limit=limit, cursor=cursor)
    alerts = [alert_json(each, now=instant, wanted=languages) for each in page.alerts]
    message = None if alerts or cursor else _NO_ALERTS[text_language(languages)][filters.active]
    content: AlertListJson = {
        "generated_at": utc(now),
        "message": message,
        "alerts": alerts,
        "next": page.next,
    }
    tag = entity_tag([[{**each, **_WITHOUT_AGES} for each in alerts], message, page.next is None])
    return RenderedView(tag, orjson.dumps(content))
