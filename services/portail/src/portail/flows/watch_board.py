"""Boards watched by many: the API is listened to once for each stop, as long as somebody watches.

A listener keeps the number of what it was told last and nothing else, so that one that reads
slowly misses what is in between and costs no memory.
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
"""Attempts in a row that bring nothing, after which people are told: a restart is no failure."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Seen:
    """A board, and what of it is news since the one before. Itself and no other: see it drawn once
    for all who are told of it."""

    board: Board
    changes: tuple[Change, ...] = ()


class WatchedStop:
    """One stop, followed in a task of its own."""

    def __init__(self, api: PublicApi, stop_id: str) -> None:
        self._api, self._stop_id = api, stop_id
        self.seen: Seen | None = None
        self.listeners = 0
        self._news = asyncio.Event()
        # In a context of its own: it outlives the request, and the trace, of the first who asked.
        self._task = asyncio.create_task(self._follow(), context=Context())

    @property
    def ended(self) -> bool:
        """Whether it is followed no more: the stop is not there."""
        return self._task.done()

    async def news(self, known: Seen | None) -> bool:
        """Wait until something else than `known` is seen, or a heartbeat has passed: False."""
        if self.seen is not known or self.ended:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Follow no more."""
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
            self._tell()

    async def _listen(self) -> bool:
        """Show what one stream of the API brings, until it ends; whether it brought anything.

        Raises Refusal where asking again is of no use.
        """
        heard = False
        try:
            async with aclosing(self._api.watch_board(self._stop_id, limit=LINES)) as boards:
                async for board in boards:
                    heard = True
                    self._show(board)
        except Refusal as refusal:
            if refusal.category != "unavailable":
                raise
        return heard

    def _show(self, board: Board) -> None:
        before = self.seen
        self._see(Seen(board, () if before is None else changes(before.board, board)))

    def _see(self, seen: Seen) -> None:
        self.seen = seen
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class WatchedStops:
    """The stops somebody watches."""

    def __init__(self, api: PublicApi) -> None:
        self._api = api
        self._stops: dict[str, WatchedStop] = {}
        self._listeners = 0

    async def listen(self, stop_id: str) -> AsyncGenerator[Seen | None, None]:
        """What is seen of a stop, the board of now first; None is a sign of life.

        Ends where the stop is not there. Raises Refusal ("unavailable") for one listener too many.
        """
        stop, known = self._join(stop_id), None
        try:
            while True:
                told = await stop.news(known)
                if stop.seen is not known:
                    known = stop.seen
                    yield known
                elif stop.ended:
                    return
                elif not told:
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
