"""`GET /arrets/{id}/flux`: the board as it changes, rendered once for all listeners.

Server-sent events: `tableau` carries the HTML fragment that replaces the board of the page (a line
marked `data-garde` is unchanged); `annonce` carries a sentence for screen readers.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from portail.api.pages.arret.page import BORNE
from portail.api.pages.arret.view import announcement_of, view_of
from portail.api.rendering import BOARD_WATCHED, Pages
from portail.flows.watch_board import Seen, WatchedStops
from socle.clock import Clock
from socle.service import Draining

_DRAWN: Final = 1.0
"""Seconds for which a drawn board is the board of now: its minutes are counted from then."""
# As arret/tableau.html writes them.
_ROW: Final = re.compile(r'<li class="depart [^>]*id="(?P<key>[^"]+)">.*?</li>', re.DOTALL)
_MINUTES: Final = re.compile(r"(?<= data-dans>)[^<]*")
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
            headers={"cache-control": "no-store", "x-accel-buffering": "no", **BOARD_WATCHED},
        )

    return router


class Drawing:
    """A board rendered at an instant (monotonic seconds), and its events."""

    def __init__(self, instant: float, html: str) -> None:
        self.instant, self._html = instant, html
        # Without their minutes, which the module counts itself.
        self._rows = {row["key"]: _MINUTES.sub("", row[0]) for row in _ROW.finditer(html)}
        self._full_event = _event("tableau", html)
        self._since: WeakKeyDictionary[Drawing, bytes] = WeakKeyDictionary()

    def event(self, held: "Drawing | None") -> bytes:
        """The event for who holds another drawing: a line that is the same there is named and no
        more, which makes a fifth of most changes."""
        if held is None:
            return self._full_event
        if held not in self._since:
            self._since[held] = _event("tableau", self._changes(held))
        return self._since[held]

    def _changes(self, held: "Drawing") -> str:
        def named(row: re.Match[str]) -> str:
            key = row["key"]
            same = self._rows[key] == held._rows.get(key)
            return f'<li id="{key}" data-garde></li>' if same else row[0]

        return _ROW.sub(named, self._html)


class Drawings:
    """Boards as HTML fragments, each rendered once per second for all its listeners."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._drawn: WeakKeyDictionary[Seen, dict[bool, Drawing]] = WeakKeyDictionary()

    def of(self, seen: Seen, *, borne: bool) -> Drawing:
        """A board as it is now."""
        drawn, instant = self._drawn.setdefault(seen, {}), self._clock.monotonic()
        if borne not in drawn or instant - drawn[borne].instant >= _DRAWN:
            drawn[borne] = self._draw(seen, instant, borne=borne)
        return drawn[borne]

    def _draw(self, seen: Seen, instant: float, *, borne: bool) -> Drawing:
        view = view_of(seen.board, self._clock.now(), borne=borne)
        return Drawing(instant, self._pages.html("arret/tableau.html", vue=view, borne=borne))


async def _events(
    watched: WatchedStops, drawings: Drawings, stop_id: str, *, borne: bool
) -> AsyncGenerator[bytes, None]:
    yield _RETRY
    last: Seen | None = None
    drawn: Drawing | None = None
    async with aclosing(watched.listen(stop_id)) as boards:
        async for seen in boards:
            # While the API is away, the board goes on losing what has left.
            current = seen or (last if last is not None and last.board.late else None)
            if current is None:
                yield _ALIVE
                continue
            drawing = drawings.of(current, borne=borne)
            yield drawing.event(drawn)
            # A new listener gets no announcement of earlier changes.
            if (
                seen is not None
                and last is not None
                and (sentence := announcement_of(seen.changes))
            ):
                yield _event("annonce", sentence)
            last, drawn = current, drawing


def _event(name: str, data: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {name}\n{lines}\n".encode()
