"""`GET /arrets/{id}/flux`: the stream of a live board, rendered once for all listeners.

Server-sent events: `tableau` is the HTML fragment that replaces the board of the page (a line
marked `data-garde` is unchanged); `annonce` is a sentence for screen readers.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from weakref import WeakKeyDictionary

from fastapi import Request
from fastapi.responses import StreamingResponse

from portail.api.events import HEARTBEAT, RETRY, event, event_stream
from portail.api.pages.arret.page import BORNE
from portail.api.pages.arret.view import announcement_of, view_of
from portail.api.rendering import BOARD_WATCHED
from portail.flows.watch_board import BoardUpdate, WatchedStops
from socle.clock import Clock
from socle.http import Router
from socle.pages import Pages, page_request

_REUSE_SECONDS: Final = 1.0
"""For how long a rendering is reused; its countdowns are those of its instant."""
# In the HTML that arret/tableau.html renders.
_ROW: Final = re.compile(r'<li class="depart [^>]*id="(?P<key>[^"]+)">.*?</li>', re.DOTALL)
_MINUTES: Final = re.compile(r"(?<= data-dans>)[^<]*")


def board_stream_router(watched: WatchedStops, pages: Pages, clock: Clock) -> Router:
    """The router of the stream."""
    router, rendered_boards = Router(include_in_schema=False), RenderedBoards(pages, clock)

    @router.get("/arrets/{stop_id:path}/flux")
    async def stream(request: Request, stop_id: str, affichage: str = "") -> StreamingResponse:
        events = _events(watched, rendered_boards, stop_id, borne=affichage == BORNE)
        return event_stream(request, events, **BOARD_WATCHED)

    return router


class RenderedBoard:
    """A board rendered as HTML, and its events. `instant`: in monotonic seconds."""

    def __init__(self, instant: float, html: str) -> None:
        self.instant, self._html = instant, html
        # Without the countdown, which the script in the page computes itself.
        self._rows = {row["key"]: _MINUTES.sub("", row[0]) for row in _ROW.finditer(html)}
        self._full = event("tableau", html)
        self._since: WeakKeyDictionary[RenderedBoard, bytes] = WeakKeyDictionary()

    def event_since(self, previous: "RenderedBoard | None") -> bytes:
        """The event `tableau` for a listener that has received another rendering.

        `previous`: that rendering; None for a new listener. Of an unchanged line, it has only the
        key, which reduces most events to a fifth.
        """
        if previous is None:
            return self._full
        if previous not in self._since:
            self._since[previous] = event("tableau", self._changes(previous))
        return self._since[previous]

    def _changes(self, previous: "RenderedBoard") -> str:
        def named(row: re.Match[str]) -> str:
            key = row["key"]
            same = self._rows[key] == previous._rows.get(key)
            return f'<li id="{key}" data-garde></li>' if same else row[0]

        return _ROW.sub(named, self._html)


class RenderedBoards:
    """Boards as HTML fragments, each rendered once per second for all its listeners."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._rendered: WeakKeyDictionary[BoardUpdate, dict[bool, RenderedBoard]] = (
            WeakKeyDictionary()
        )
        """By whether it is for a large display. An update is in one language (`WatchedStops`)."""

    def of(self, update: BoardUpdate, *, borne: bool) -> RenderedBoard:
        """The current rendering of a board, in the language of the request."""
        boards, instant = self._rendered.setdefault(update, {}), self._clock.monotonic()
        if borne not in boards or instant - boards[borne].instant >= _REUSE_SECONDS:
            boards[borne] = self._render(update, instant, borne=borne)
        return boards[borne]

    def _render(self, update: BoardUpdate, instant: float, *, borne: bool) -> RenderedBoard:
        view = view_of(update.board, self._clock.now(), borne=borne)
        return RenderedBoard(instant, self._pages.html("arret/tableau.html", vue=view, borne=borne))


async def _events(
    watched: WatchedStops, rendered_boards: RenderedBoards, stop_id: str, *, borne: bool
) -> AsyncGenerator[bytes, None]:
    yield RETRY
    last: BoardUpdate | None = None
    sent: RenderedBoard | None = None
    language = page_request().language
    async with aclosing(watched.listen(stop_id, language=language)) as boards:
        async for update in boards:
            # While the API is unavailable, the late board is rendered again without departures that
            # have left meanwhile.
            current = update or (last if last is not None and last.board.late else None)
            if current is None:
                yield HEARTBEAT
                continue
            rendered = rendered_boards.of(current, borne=borne)
            yield rendered.event_since(sent)
            # A new listener gets no announcement of earlier changes.
            if (
                update is not None
                and last is not None
                and (sentence := announcement_of(update.changes))
            ):
                yield event("annonce", sentence)
            last, sent = current, rendered
