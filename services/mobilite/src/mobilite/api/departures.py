"""`GET /mobilite/v1/stops/{stop_id}/departures` and its stream of server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from mobilite.api.answers import live_answer, tag_of
from mobilite.api.models import BoardJson
from mobilite.api.parameters import Cursor, DeparturesLimit, Instant
from mobilite.api.rendering import board_json
from mobilite.api.stops import StopId
from mobilite.flows.live import Live, LiveState
from mobilite.flows.show_departures import Board, show_departures
from mobilite.flows.watch_departures import Told, WatchedBoards
from socle.clock import Clock
from socle.service import Draining

_RETRY_MILLISECONDS = 3000


def departures_router(live: Live, clock: Clock) -> APIRouter:
    """The addresses of boards."""
    router = APIRouter(tags=["départs"])
    watched = WatchedBoards(live, clock, told_board)

    @router.get(
        "/stops/{stop_id:path}/departures", response_model=BoardJson, summary="Prochains départs"
    )
    async def show_board(
        request: Request,
        stop_id: StopId,
        at: Instant | None = None,
        limit: DeparturesLimit = 20,
        cursor: Cursor | None = None,
    ) -> Response:
        """Les départs d'un arrêt (d'une gare : de tous ses quais) à partir de maintenant."""
        board = show_departures(
            live.state, stop_id, now=clock.now(), at=at, limit=limit, cursor=cursor
        )
        told = told_board(live.state, board)
        return live_answer(request, told.body, told.tag)

    @router.get(
        "/stops/{stop_id:path}/departures/stream",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Prochains départs, en continu",
    )
    async def stream_board(
        request: Request,
        stop_id: StopId,
        limit: DeparturesLimit = 20,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """Le même tableau, envoyé à nouveau à chaque changement (server-sent events)."""
        board = watched.open(stop_id, limit=limit)
        told = watched.listen(board, last_event_id)
        return _stream(Draining.of(request.scope).until_end(told))

    return router


def told_board(state: LiveState, board: Board) -> Told:
    """A board as sent, and a tag of what it says: ages left out, and the age of the feed to the
    minute, so that a board nothing happened to is not a new one every second."""
    content: Any = board_json(state, board)
    updated_at = board.real_time.updated_at
    tag = tag_of(
        [
            content["stop"],
            [{**feed, "real_time": feed["real_time"]["state"]} for feed in content["feeds"]],
            [{**each, "age": None, "updated_at": None} for each in content["departures"]],
            content["next"] is None,
            None if updated_at is None else updated_at // 60,
        ]
    )
    return Told(tag, orjson.dumps(content))


def _stream(items: AsyncIterator[Told | None]) -> StreamingResponse:
    return StreamingResponse(
        _events(items),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(items: AsyncIterator[Told | None]) -> AsyncIterator[bytes]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
    async for told in items:
        yield b": rien de neuf\n\n" if told is None else _event(told)


def _event(told: Told) -> bytes:
    return b"id: " + told.tag.encode() + b"\ndata: " + told.body + b"\n\n"
