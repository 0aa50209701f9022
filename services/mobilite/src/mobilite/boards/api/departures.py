"""`GET /mobilite/v1/stops/{stop_id}/departures` and its stream of server-sent events."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from weakref import WeakKeyDictionary

import orjson
from fastapi import Header, Query, Request, Response

from mobilite.boards.api.hub_rendering import hub_board_json
from mobilite.boards.api.models import BoardJson
from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_hub_departures import HubBoard, get_any_board
from mobilite.boards.flows.watch_departures import AnyBoard, BoardSubscriptions
from mobilite.boards.ports import BoardsState
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import BoundedNumber, Cursor, Instant
from mobilite.http.api.responses import BOARD_WATCHED, entity_tag, live_response
from mobilite.places.domain.hubs import Hubs
from mobilite.stops.api.rendering import RenderedRoutes
from mobilite.stops.api.stops import StopId
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.http import Router

_STREAM: Final = """\
Le même tableau, envoyé à nouveau à chaque changement (server-sent events). Chaque événement porte
un tableau entier, qui remplace le précédent ; un lecteur lent ne reçoit que le plus récent. Qui
revient avec Last-Event-ID ne reçoit que du nouveau. Le silence est ponctué d'un commentaire toutes
les quinze secondes. L'âge des lignes est celui de generated_at : à faire vieillir à l'écran."""
_AGES: Final = {"age": None, "updated_at": None, "measured_at": None}
_ALERT_AGE: Final = {"age": None}
_HEADERS: Final = {"vary": "accept-language", **BOARD_WATCHED}


DeparturesLimit = Annotated[int, BoundedNumber(1, 100), Query(description="Nombre de départs")]


def departures_router(
    live: StateSource[BoardsState],
    clock: Clock,
    subscriptions: Subscriptions[BoardsState],
    hubs: Callable[[], Hubs],
) -> Router:
    """The router of the endpoints of boards. `hubs`: gives the hubs that exist now."""
    router, render = Router(tags=["departures"]), BoardRenderer()
    _add_board(router, live, clock, render, hubs)
    _add_stream(router, BoardSubscriptions(subscriptions, live, clock, render, hubs))
    return router


def _add_board(
    router: Router,
    live: StateSource[BoardsState],
    clock: Clock,
    render: "BoardRenderer",
    hubs: Callable[[], Hubs],
) -> None:
    @router.get(
        "/stops/{stop_id:path}/departures",
        operation_id="get_departures",
        response_model=BoardJson,
        summary="Prochains départs",
    )
    async def show_board(
        request: Request,
        stop_id: StopId,
        languages: Languages,
        at: Instant = None,
        limit: DeparturesLimit = 20,
        cursor: Cursor = None,
    ) -> Response:
        """Les départs d'un arrêt (d'une gare : de tous ses quais ; d'un pôle, `hub:…` : de tous ses
        arrêts, de tous les réseaux) dans les sept jours."""
        now = clock.now()
        board = get_any_board(
            live.state, hubs(), stop_id, now=now, at=at, limit=limit, cursor=cursor
        )
        rendered = render(live.state, board, languages)
        return live_response(request, rendered.body, rendered.tag, headers=_HEADERS, made_at=now)


def _add_stream(router: Router, watched: BoardSubscriptions) -> None:
    @router.get(
        "/stops/{stop_id:path}/departures/stream",
        operation_id="stream_departures",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Prochains départs, en continu",
        description=_STREAM,
    )
    async def stream_board(
        request: Request,
        stop_id: StopId,
        languages: Languages,
        limit: DeparturesLimit = 20,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        listener = watched.listen(
            watched.open(stop_id, limit=limit, languages=languages), last_event_id
        )
        return EventStream(listener, headers=BOARD_WATCHED)


class BoardRenderer:
    """Renders boards as JSON. It caches the JSON of routes."""

    def __init__(self) -> None:
        self._rendered: RenderedRoutes = WeakKeyDictionary()

    def __call__(
        self, state: BoardsState, board: AnyBoard, languages: tuple[str, ...] = ()
    ) -> RenderedView:
        """A board as JSON, in the reader's `languages`, in order of preference. Its tag contains
        the minute of each feed's data, but no ages in seconds, so that an unchanged board does not
        get a new tag every second."""
        content: Any
        if isinstance(board, HubBoard):
            content = hub_board_json(state, board, self._rendered, languages)
        else:
            content = board_json(state, board, self._rendered, languages)
        updated_at = [part.real_time.updated_at for part in board.parts]
        tag = entity_tag(
            [
                content["stop"],
                [{**feed, "real_time": feed["real_time"]["state"]} for feed in content["feeds"]],
                [{**each, **_ALERT_AGE} for each in content["alerts"]],
                [{**each, **_AGES} for each in content["departures"]],
                content["message"],
                text_language(languages),
                content["next"] is None,
                [None if each is None else each // 60 for each in updated_at],
            ]
        )
        return RenderedView(tag, orjson.dumps(content))
