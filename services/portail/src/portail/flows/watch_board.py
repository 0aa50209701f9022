"""Live boards for many listeners: one stream of the API per stop, while it has a listener.

A listener stores only the last board it received, so that a slow one misses those in between and
costs no memory.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import Context
from dataclasses import dataclass, replace
from typing import Final

from portail.domain.board import Board
from portail.domain.changes import Change, changes
from portail.ports import PublicApi
from socle.errors import Refusal

log = logging.getLogger("portail.boards")

LINES: Final = 20
"""Departures on a board."""
HEARTBEAT: Final = 15.0
MOST_LISTENERS: Final = 20_000
MOST_STOPS: Final = 2_000
"""Stops followed at once: each is a stream of the API."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_FAILURES: Final = 2
"""Failed attempts in a row before the board is marked late: a restart is no failure."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Seen:
    """A board, and its changes since the previous one. Compared by identity, so that it is rendered
    once for all listeners."""

    board: Board
    changes: tuple[Change, ...] = ()


class WatchedStop:
    """One stop, followed in a task of its own."""

    def __init__(self, api: PublicApi, stop_id: str) -> None:
        self._api, self._stop_id = api, stop_id
        self.seen: Seen | None = None
        self.listeners = 0
        self._news = asyncio.Event()
        # In its own context: it outlives the request, and the trace, of its first listener.
        self._task = asyncio.create_task(self._follow(), context=Context())

    @property
    def ended(self) -> bool:
        """Whether the stream has ended because the stop does not exist."""
        return self._task.done()

    async def news(self, known: Seen | None) -> bool:
        """Wait for a board other than `known` (True), or for a heartbeat (False)."""
        if self.seen is not known or self.ended:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Stop following."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        failures = 0
        try:
            while True:
                failures = 0 if await self._listen() else failures + 1
                if failures == _FAILURES and self.seen is not None:
                    self._see(Seen(replace(self.seen.board, late=True)))
                pause = min(_FIRST_PAUSE * 2.0**failures, _LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
        except Refusal as refusal:
            log.info("Board no longer watched: %s", refusal.message)
        finally:
            self._notify()

    async def _listen(self) -> bool:
        """Follow one stream of the API until it ends; returns whether it sent a board.

        Raises Refusal if a new attempt is of no use.
        """
        received = False
        try:
            async with aclosing(self._api.watch_board(self._stop_id, limit=LINES)) as boards:
                async for board in boards:
                    received = True
                    self._show(board)
        except Refusal as refusal:
            if refusal.category != "unavailable":
                raise
        return received

    def _show(self, board: Board) -> None:
        before = self.seen
        self._see(Seen(board, () if before is None else changes(before.board, board)))

    def _see(self, seen: Seen) -> None:
        self.seen = seen
        self._notify()

    def _notify(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class WatchedStops:
    """The stops with at least one listener."""

    def __init__(self, api: PublicApi) -> None:
        self._api = api
        self._stops: dict[str, WatchedStop] = {}
        self._listeners = 0

    async def listen(self, stop_id: str) -> AsyncGenerator[Seen | None, None]:
        """The boards of a stop, the current one first; None is a heartbeat.

        Ends if the stop does not exist. Raises Refusal ("unavailable") above MOST_LISTENERS.
        """
        stop, known = self._join(stop_id), None
        try:
            while True:
                has_news = await stop.news(known)
                if stop.seen is not known:
                    known = stop.seen
                    yield known
                elif stop.ended:
                    return
                elif not has_news:
                    yield None
        finally:
            await self._leave(stop_id, stop)

    def _join(self, stop_id: str) -> WatchedStop:
        stop = self._stops.get(stop_id)
        known = stop is not None and not stop.ended
        if self._listeners >= MOST_LISTENERS or (not known and len(self._stops) >= MOST_STOPS):
            raise Refusal(
                "unavailable", "Trop de tableaux sont suivis en ce moment.", retry_after=30
            )
        if stop is None or stop.ended:
            stop = self._stops[stop_id] = WatchedStop(self._api, stop_id)
        stop.listeners += 1
        self._listeners += 1
        return stop

    async def _leave(self, stop_id: str, stop: WatchedStop) -> None:
        stop.listeners -= 1
        self._listeners -= 1
        if stop.listeners == 0:
            if self._stops.get(stop_id) is stop:
                del self._stops[stop_id]
            await stop.stop()
