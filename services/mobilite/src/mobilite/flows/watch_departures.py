"""Boards watched by many: told again when they change, and never more than the newest.

A board is computed once for all who watch it. A listener keeps nothing but the tag of what it was
told last, so one that reads slowly misses the states in between and costs no memory.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from mobilite.domain.feed import FeedId
from mobilite.flows.live import Live, LiveState
from mobilite.flows.show_departures import Board, show_departures
from socle.clock import Clock
from socle.errors import Refusal

TICK: Final = 5.0
"""Seconds after which a board is looked at again though nothing was heard: departures leave it."""
GATHER: Final = 0.2
"""Seconds left to the records of one poll to arrive together."""
HEARTBEAT: Final = 15.0
MOST_LISTENERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """A board ready to be sent; equal tags say the same thing to a traveller."""

    tag: str
    body: bytes


Render = Callable[[LiveState, Board], Told]


class WatchedBoard:
    """One stop's board, computed at most once for each state and tick."""

    def __init__(
        self, live: Live, clock: Clock, render: Render, *, stop_id: str, limit: int
    ) -> None:
        self._live, self._clock, self._render = live, clock, render
        self._stop_id, self._limit = stop_id, limit
        self._told: Told | None = None
        self._seen: LiveState | None = None
        self._until = 0.0

    def current(self) -> Told:
        """The board now. Raises Refusal where the stop does not exist (any more)."""
        state, instant = self._live.state, self._clock.monotonic()
        if self._told is None or instant >= self._until or not self._same(state):
            now = self._clock.now()
            board = show_departures(state, self._stop_id, now=now, limit=self._limit)
            self._told = self._render(state, board)
            self._seen, self._until = state, instant + TICK
        return self._told

    def _same(self, state: LiveState) -> bool:
        """Whether nothing happened to the stop's own feed."""
        before, feed_id = self._seen, FeedId(self._stop_id.partition(":")[0])
        return (
            before is not None
            and before.snapshot.feeds.get(feed_id) is state.snapshot.feeds.get(feed_id)
            and before.timetables.get(feed_id) is state.timetables.get(feed_id)
        )


class WatchedBoards:
    """The boards somebody watches. One that nobody watches any more is forgotten by itself."""

    def __init__(self, live: Live, clock: Clock, render: Render) -> None:
        self._live, self._clock, self._render = live, clock, render
        self._boards: WeakValueDictionary[tuple[str, int], WatchedBoard] = WeakValueDictionary()
        self._listeners = 0

    def open(self, stop_id: str, *, limit: int) -> WatchedBoard:
        """The board of a stop, shared. Raises Refusal: unknown stop, or too many listeners."""
        if self._listeners >= MOST_LISTENERS:
            raise Refusal(
                "unavailable",
                "Trop de tableaux sont suivis en ce moment : redemandez le tableau simple.",
                retry_after=30,
            )
        board = self._boards.get((stop_id, limit))
        if board is None:
            board = WatchedBoard(
                self._live, self._clock, self._render, stop_id=stop_id, limit=limit
            )
            board.current()
            self._boards[stop_id, limit] = board
        return board

    async def listen(self, board: WatchedBoard, known: str | None) -> AsyncIterator[Told | None]:
        """What a listener who knows the tag `known` is to be told; None is a sign of life.

        Ends where the stop does not exist any more.
        """
        self._listeners += 1
        quiet_since = self._clock.monotonic()
        try:
            while True:
                told, instant = board.current(), self._clock.monotonic()
                if told.tag != known:
                    known, quiet_since = told.tag, instant
                    yield told
                    # It may have been read slowly: look again before waiting for news.
                    continue
                if instant - quiet_since >= HEARTBEAT:
                    quiet_since = instant
                    yield None
                await self._news()
        except Refusal:
            return
        finally:
            self._listeners -= 1

    async def _news(self) -> None:
        try:
            async with asyncio.timeout(TICK):
                await self._live.next_change()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER)
