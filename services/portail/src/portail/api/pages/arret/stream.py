"""`GET /arrets/{id}/flux`: the board as it changes, drawn once for all who watch it.

Server-sent events: `tableau` carries the very fragment the page holds, which replaces it, and
`annonce` what a screen reader is to be told.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from portail.api.pages.arret.page import BORNE
from portail.api.pages.arret.view import said_of, view_of
from portail.api.rendering import Pages
from portail.flows.watch_board import Seen, WatchedStops
from socle.clock import Clock
from socle.service import Draining

_DRAWN: Final = 1.0
"""Seconds for which a drawn board is the board of now: its minutes are counted from then."""
_RETRY: Final = b"retry: 3000\n\n"
_ALIVE: Final = b": rien de neuf\n\n"


def board_stream_router(watched: WatchedStops, pages: Pages, clock: Clock) -> APIRouter:
    """The address of the stream."""
    router, drawings = APIRouter(include_in_schema=False), Drawings(pages, clock)

    @router.get("/arrets/{stop_id:path}/flux")
    async def stream(request: Request, stop_id: str, affichage: str = "") -> StreamingResponse:
        events = _events(watched, drawings, stop_id, borne=affichage == BORNE)
        return StreamingResponse(
            Draining.of(request.scope).until_end(events),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


class Drawings:
    """Boards as fragments, each drawn once for everybody who is told of it within a second."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._drawn: WeakKeyDictionary[Seen, dict[bool, tuple[float, bytes]]] = WeakKeyDictionary()

    def of(self, seen: Seen, *, borne: bool) -> bytes:
        """The event that shows a board as it is now."""
        drawn, instant = self._drawn.setdefault(seen, {}), self._clock.monotonic()
        if borne not in drawn or instant - drawn[borne][0] >= _DRAWN:
            drawn[borne] = instant, self._draw(seen, borne=borne)
        return drawn[borne][1]

    def _draw(self, seen: Seen, *, borne: bool) -> bytes:
        view = view_of(seen.board, self._clock.now(), borne=borne)
        return _event("tableau", self._pages.html("arret/tableau.html", vue=view, borne=borne))


async def _events(
    watched: WatchedStops, drawings: Drawings, stop_id: str, *, borne: bool
) -> AsyncGenerator[bytes, None]:
    yield _RETRY
    last: Seen | None = None
    async with aclosing(watched.listen(stop_id)) as told:
        async for seen in told:
            if seen is not None:
                yield drawings.of(seen, borne=borne)
                # Whoever comes is not told what changed before.
                if last is not None and (said := said_of(seen.changes)):
                    yield _event("annonce", said)
                last = seen
            elif last is not None and last.board.late:
                # While the API is away the board goes on losing what has left.
                yield drawings.of(last, borne=borne)
            else:
                yield _ALIVE


def _event(name: str, data: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {name}\n{lines}\n".encode()
