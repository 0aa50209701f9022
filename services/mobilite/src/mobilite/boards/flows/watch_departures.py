"""Subscriptions to boards (`streams/flows/subscriptions.py`).

A board is rendered again when a run that calls at its stop changes, when something displayed on
every board of the feed changes, when its first departure leaves, when an address becomes silent,
and once a minute, since the age of the feed is displayed in minutes. Changes at other stops cause
no rendering.
"""

from collections.abc import Callable
from typing import Final

from mobilite.alerts.ports import AlertsState
from mobilite.boards.flows.show_departures import Board, get_board
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.stop_index import stops_touched
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.streams.flows.subscriptions import (
    Listener,
    RenderedView,
    StateChange,
    Subscription,
    Subscriptions,
)
from mobilite.streams.ports import StateSource
from socle.clock import Clock

_MINUTE: Final = 60

Render = Callable[[AlertsState, Board, tuple[str, ...]], RenderedView]
"""Renders a board in one of the reader's languages, in order of preference."""


class BoardSubscriptions:
    """The shared subscriptions to boards."""

    def __init__(
        self,
        subscriptions: Subscriptions[AlertsState],
        live: StateSource[AlertsState],
        clock: Clock,
        render: Render,
    ) -> None:
        self._subscriptions, self._live, self._clock, self._render = (
            subscriptions,
            live,
            clock,
            render,
        )

    def open(
        self, stop_id: str, *, limit: int, languages: tuple[str, ...] = ()
    ) -> "BoardSubscription":
        """The shared subscription to the first page of a stop's board, in the reader's `languages`.
        Raises Refusal as `get_board`, or if there are too many listeners."""

        def render(state: AlertsState, board: Board) -> RenderedView:
            return self._render(state, board, languages)

        def make() -> BoardSubscription:
            return BoardSubscription(self._live, self._clock, render, stop_id, limit)

        return self._subscriptions.share(("departures", stop_id, limit, languages), make)

    def listen(self, board: "BoardSubscription", known: str | None) -> Listener:
        """A listener to a board. `known`: the tag of the value that it already has."""
        return self._subscriptions.listen(board, known)


class BoardSubscription(Subscription[AlertsState]):
    """The first page of one stop's departures."""

    def __init__(
        self,
        live: StateSource[AlertsState],
        clock: Clock,
        render: Callable[[AlertsState, Board], RenderedView],
        stop_id: str,
        limit: int,
    ) -> None:
        super().__init__()
        self._live, self._clock, self._render = live, clock, render
        self._stop_id, self._limit = stop_id, limit
        self._feed_id = FeedId(stop_id.partition(":")[0])
        self._stops: tuple[int, ...] = ()
        self._rendered: RenderedView | None = None
        self._until = 0
        """POSIX seconds from which the board can differ although the state has not changed."""

    def due(self, change: StateChange[AlertsState]) -> bool:
        return (
            int(change.now.timestamp()) >= self._until
            or change.once(
                ("frame", self._feed_id), lambda: _common_content_changed(change, self._feed_id)
            )
            or not change.once(
                ("stops", self._feed_id), lambda: _stops_touched(change, self._feed_id)
            ).isdisjoint(self._stops)
        )

    def refresh(self) -> bool:
        state, now, before = self._live.state, self._clock.now(), self._rendered
        board = get_board(state, self._stop_id, now=now, limit=self._limit)
        self._rendered = self._render(state, board)
        self._stops = board.found.boarding_stops()
        later = board.generated_at + _MINUTE
        ends = [each.place[0] for each in board.departures[:1]]
        ends += _silence_instants(board.found.feed)
        self._until = min([later, *(end + 1 for end in ends if end >= board.generated_at)])
        return before is None or before.tag != self._rendered.tag

    def newer_than(self, known: str | None) -> RenderedView | None:
        return None if self._rendered is None or self._rendered.tag == known else self._rendered


def _common_content_changed(change: StateChange[AlertsState], feed_id: FeedId) -> bool:
    """Whether something that every board of the feed displays has changed."""
    now = int(change.now.timestamp())
    before, after = (
        _common_content(change.before, feed_id, now),
        _common_content(change.after, feed_id, now),
    )
    return any(map(lambda a, b: a is not b and a != b, before, after))


def _common_content(state: AlertsState, feed_id: FeedId, now: int) -> tuple[object, ...]:
    feed, status = state.snapshot.feed(feed_id), real_time(state, feed_id, now=now)
    return (
        feed.schedule,
        state.timetables.get(feed_id),
        state.alert_indexes.get(feed_id),
        (status.state, status.alerts_only, status.interrupted, status.unmatched),
        _silent_sources(feed, now),
    )


def _silent_sources(feed: FeedSnapshot, now: int) -> frozenset[int]:
    """The addresses whose predictions are too old to be displayed."""
    sources = feed.sources.items()
    return frozenset(i for i, each in sources if (each.as_of or 0) < now - STALE_SECONDS)


def _silence_instants(feed: FeedSnapshot) -> list[int]:
    """The last seconds at which each address is still fresh, if no new message arrives."""
    status = (source.as_of for source in feed.sources.values())
    return [as_of + STALE_SECONDS for as_of in status if as_of is not None]


def _stops_touched(change: StateChange[AlertsState], feed_id: FeedId) -> frozenset[int]:
    """The stops (rows) at which a run of the feed has changed."""
    before, after = change.before.snapshot.feed(feed_id), change.after.snapshot.feed(feed_id)
    # With another schedule every board is due.
    if after.schedule is None or before.runs is after.runs:
        return frozenset()
    return stops_touched(after.schedule, before=before.runs, after=after.runs)
