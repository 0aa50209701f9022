"""Live boards for many listeners: one stream of the API per stop and language, while it has a
listener.

Only the latest board of a stop is stored. A slow listener misses those in between, and needs no
queue.
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
HEARTBEAT_SECONDS: Final = 15.0
"""Without an update, a listener receives a heartbeat after so long."""
MAX_LISTENERS: Final = 20_000
MAX_STOPS: Final = 2_000
"""Stops followed at once, counted once per language; each needs a stream of the API."""
_FIRST_PAUSE: Final = 0.5
"""Seconds before the stream is opened again."""
_LONGEST_PAUSE: Final = 30.0
"""Seconds; the pause doubles with each failed attempt."""
_FAILURES_UNTIL_LATE: Final = 2
"""Failed attempts in a row after which the board is marked late; a restart of the API fails one."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class BoardUpdate:
    """A new board of a stop. Compared by identity: it is the key under which it is rendered once
    for all listeners."""

    board: Board
    changes: tuple[Change, ...] = ()
    """Since the previous board."""


class WatchedStop:
    """One stop in one language, followed in a task of its own.

    `latest`: its latest board; None before the first. `listeners`: how many it has.
    """

    def __init__(self, api: PublicApi, stop_id: str, language: str) -> None:
        self._api, self._stop_id, self._language = api, stop_id, language
        self.latest: BoardUpdate | None = None
        self.listeners = 0
        self._updated = asyncio.Event()
        # In its own context: it outlives the request, and the trace, of its first listener.
        self._task = asyncio.create_task(self._follow(), context=Context())

    @property
    def ended(self) -> bool:
        """Whether it is no longer followed, as when the stop does not exist."""
        return self._task.done()

    async def wait_for_update(self, known: BoardUpdate | None) -> bool:
        """Wait for a board other than `known`, or for the end. Returns False if a heartbeat is due
        first."""
        if self.latest is not known or self.ended:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._updated.wait()
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
                failures = 0 if await self._follow_once() else failures + 1
                if failures == _FAILURES_UNTIL_LATE and self.latest is not None:
                    self._publish(BoardUpdate(replace(self.latest.board, late=True)))
                pause = min(_FIRST_PAUSE * 2.0**failures, _LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
        except Refusal as refusal:
            log.info("Board no longer watched: %s", refusal.message)
        finally:
            self._notify()

    async def _follow_once(self) -> bool:
        """Follow one stream of the API until it ends; returns whether it sent a board.

        Raises Refusal for a refusal other than "unavailable", after which another attempt is
        useless.
        """
        received = False
        try:
            stream = self._api.watch_board(self._stop_id, language=self._language, limit=LINES)
            async with aclosing(stream) as boards:
                async for board in boards:
                    received = True
                    self._receive(board)
        except Refusal as refusal:
            if refusal.category != "unavailable":
                raise
        return received

    def _receive(self, board: Board) -> None:
        before = self.latest
        self._publish(BoardUpdate(board, () if before is None else changes(before.board, board)))

    def _publish(self, latest: BoardUpdate) -> None:
        self.latest = latest
        self._notify()

    def _notify(self) -> None:
        self._updated.set()
        self._updated = asyncio.Event()


class WatchedStops:
    """The stops with at least one listener."""

    def __init__(self, api: PublicApi) -> None:
        self._api = api
        self._stops: dict[tuple[str, str], WatchedStop] = {}
        """By stop and language."""
        self._listeners = 0

    async def listen(
        self, stop_id: str, *, language: str
    ) -> AsyncGenerator[BoardUpdate | None, None]:
        """The boards of a stop in a language, the current one first; None is a heartbeat.

        Ends if the stop does not exist. Raises Refusal ("unavailable") past MAX_LISTENERS or
        MAX_STOPS.
        """
        stop, known = self._join(stop_id, language), None
        try:
            while True:
                has_news = await stop.wait_for_update(known)
                if stop.latest is not known:
                    known = stop.latest
                    yield known
                elif stop.ended:
                    return
                elif not has_news:
                    yield None
        finally:
            await self._leave((stop_id, language), stop)

    def _join(self, stop_id: str, language: str) -> WatchedStop:
        stop = self._stops.get((stop_id, language))
        known = stop is not None and not stop.ended
        if self._listeners >= MAX_LISTENERS or (not known and len(self._stops) >= MAX_STOPS):
            raise Refusal(
                "unavailable", "Trop de tableaux sont suivis en ce moment.", retry_after=30
            )
        if stop is None or stop.ended:
            stop = WatchedStop(self._api, stop_id, language)
            self._stops[stop_id, language] = stop
        stop.listeners += 1
        self._listeners += 1
        return stop

    async def _leave(self, key: tuple[str, str], stop: WatchedStop) -> None:
        stop.listeners -= 1
        self._listeners -= 1
        if stop.listeners == 0:
            if self._stops.get(key) is stop:
                del self._stops[key]
            await stop.stop()
