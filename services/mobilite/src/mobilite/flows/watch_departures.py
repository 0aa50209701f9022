"""Boards watched by many: told again when they change (`flows/watching.py`)."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from mobilite.domain.feed import FeedId
from mobilite.flows.live import Live, LiveState
from mobilite.flows.show_departures import Board, show_departures
from mobilite.flows.watching import Told, View, Watch
from socle.clock import Clock

Render = Callable[[LiveState, Board], Told]


class WatchedBoards:
    """The boards somebody watches, each computed once for all of them."""

    def __init__(self, live: Live, clock: Clock, render: Render) -> None:
        self._watch, self._render = Watch(live, clock), render

    def open(self, stop_id: str, *, limit: int) -> View:
        """The board of a stop, shared. Raises Refusal: unknown stop, or too many listeners."""
        feed_id = FeedId(stop_id.partition(":")[0])

        def compute(state: LiveState, now: datetime) -> Told:
            return self._render(state, show_departures(state, stop_id, now=now, limit=limit))

        def parts(state: LiveState) -> tuple[object, ...]:
            # What happens to another feed changes nothing here.
            return (
                state.snapshot.feeds.get(feed_id),
                state.timetables.get(feed_id),
                state.alert_indexes.get(feed_id),
            )

        return self._watch.open((stop_id, limit), compute, parts)

    def listen(self, board: View, known: str | None) -> AsyncIterator[Told | None]:
        """What a listener who knows the tag `known` is to be told; None is a sign of life."""
        return self._watch.listen(board, known)
