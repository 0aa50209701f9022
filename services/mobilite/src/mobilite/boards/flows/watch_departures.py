"""Boards watched by many: told again when they change (`streams/flows/subscriptions.py`).

A board is made anew when a run that calls at its stop changed, when something of its network that
every board shows did, when its first departure leaves, and once a minute in any case: its
network's freshness is told to the minute. What happens to other stops costs it nothing.
"""

from collections.abc import Callable
from typing import Final

from mobilite.alerts.ports import AlertsState
from mobilite.boards.flows.show_departures import Board, show_departures
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.stop_index import stops_touched
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.streams.flows.subscriptions import Listening, Told, Turn, Watch, Watched
from mobilite.streams.ports import StateSource
from socle.clock import Clock

_MINUTE: Final = 60

Render = Callable[[AlertsState, Board], Told]


class WatchedBoards:
    """The boards somebody watches, each computed once for all of them."""

    def __init__(
        self,
        watch: Watch[AlertsState],
        live: StateSource[AlertsState],
        clock: Clock,
        render: Render,
    ) -> None:
        self._watch, self._live, self._clock, self._render = watch, live, clock, render

    def open(self, stop_id: str, *, limit: int) -> "WatchedBoard":
        """The board of a stop, shared. Raises Refusal: unknown stop, or too many listeners."""

        def make() -> WatchedBoard:
            return WatchedBoard(self._live, self._clock, self._render, stop_id, limit)

        return self._watch.share(("departures", stop_id, limit), make)

    def listen(self, board: "WatchedBoard", known: str | None) -> Listening:
        """What a listener who knows the tag `known` is to be told; None is a sign of life."""
        return self._watch.listen(board, known)


class WatchedBoard(Watched[AlertsState]):
    """The first page of one stop's departures."""

    def __init__(
        self, live: StateSource[AlertsState], clock: Clock, render: Render, stop_id: str, limit: int
    ) -> None:
        super().__init__()
        self._live, self._clock, self._render = live, clock, render
        self._stop_id, self._limit = stop_id, limit
        self._feed_id = FeedId(stop_id.partition(":")[0])
        self._stops: tuple[int, ...] = ()
        self._told: Told | None = None
        self._until = 0
        """POSIX second from which it may say something else though nothing was heard."""

    def due(self, turn: Turn[AlertsState]) -> bool:
        return (
            int(turn.now.timestamp()) >= self._until
            or turn.once(("frame", self._feed_id), lambda: _reframed(turn, self._feed_id))
            or not turn.once(
                ("stops", self._feed_id), lambda: _stops_touched(turn, self._feed_id)
            ).isdisjoint(self._stops)
        )

    def look(self) -> bool:
        state, now, before = self._live.state, self._clock.now(), self._told
        board = show_departures(state, self._stop_id, now=now, limit=self._limit)
        self._told = self._render(state, board)
        self._stops = board.found.boarding_stops()
        later = board.generated_at + _MINUTE
        ends = [each.place[0] for each in board.departures[:1]]
        ends += _silent_from(board.found.feed)
        self._until = min([later, *(end + 1 for end in ends if end >= board.generated_at)])
        return before is None or before.tag != self._told.tag

    def since(self, known: str | None) -> Told | None:
        return None if self._told is None or self._told.tag == known else self._told


def _reframed(turn: Turn[AlertsState], feed_id: FeedId) -> bool:
    """Whether something that every board of a feed shows is another."""
    now = int(turn.now.timestamp())
    before, after = _frame(turn.before, feed_id, now), _frame(turn.after, feed_id, now)
    return any(map(lambda a, b: a is not b and a != b, before, after))


def _frame(state: AlertsState, feed_id: FeedId, now: int) -> tuple[object, ...]:
    feed, told = state.snapshot.feed(feed_id), real_time(state, feed_id, now=now)
    return (
        feed.schedule,
        state.timetables.get(feed_id),
        state.alert_indexes.get(feed_id),
        (told.state, told.alerts_only),
        _silent(feed, now),
    )


def _silent(feed: FeedSnapshot, now: int) -> frozenset[int]:
    """The addresses whose predictions are not told any more."""
    sources = feed.sources.items()
    return frozenset(i for i, each in sources if (each.as_of or 0) < now - STALE_SECONDS)


def _silent_from(feed: FeedSnapshot) -> list[int]:
    """The last seconds its addresses are believed at, should they say nothing more."""
    told = (source.as_of for source in feed.sources.values())
    return [as_of + STALE_SECONDS for as_of in told if as_of is not None]


def _stops_touched(turn: Turn[AlertsState], feed_id: FeedId) -> frozenset[int]:
    before, after = turn.before.snapshot.feed(feed_id), turn.after.snapshot.feed(feed_id)
    # With another schedule every board is due, whatever its stops.
    if after.schedule is None or before.runs is after.runs:
        return frozenset()
    return stops_touched(after.schedule, before=before.runs, after=after.runs)
