"""`GET /arrets/{id}/prochains`: the next departures of a stop in short, as an HTML fragment."""

from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import HTMLResponse

from portail.api.pages.arret.view import view_of
from portail.api.rendering import BOARD_WATCHED
from portail.api.words import Line
from portail.domain.board import Board
from portail.flows.show_home import BOARD_DEPARTURES, READ_DEPARTURES
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import BRIEFLY, Pages, page_request, typeset


@dataclass(frozen=True, slots=True)
class NextDepartures:
    """The next departures of a stop; texts are in the language of the request."""

    now: datetime
    """In the time zone of the stop."""
    lines: tuple[Line, ...]
    message: str | None
    """Why there is none, if the API states it."""


def next_departures(board: Board, now: datetime) -> NextDepartures:
    """The next departures of a board at an instant. Those that must be booked are in the list only
    where others leave room: their windows of hours would hide the vehicles that just leave."""
    view = view_of(board, now)
    lines = [line for day in view.days for line in day.lines]
    chosen = sorted(lines, key=lambda line: line.departure.pickup == "phone_agency")
    lines = sorted(chosen[:BOARD_DEPARTURES], key=lambda line: line.due)
    return NextDepartures(view.now, tuple(lines), typeset(board.message or "") or None)


def next_departures_router(api: PublicApi, pages: Pages, clock: Clock) -> Router:
    """The router of the fragment. It is before the route of the stop, because an id can contain
    slashes."""
    router = Router(include_in_schema=False)

    @router.get("/arrets/{stop_id:path}/prochains")
    async def show_next_departures(stop_id: str) -> HTMLResponse:
        board = await api.board(stop_id, language=page_request().language, limit=READ_DEPARTURES)
        html = pages.html("arret/prochains.html", prochains=next_departures(board, clock.now()))
        headers = {"cache-control": BRIEFLY, "vary": "accept-language, cookie"}
        return HTMLResponse(html, headers=headers | BOARD_WATCHED)

    return router
