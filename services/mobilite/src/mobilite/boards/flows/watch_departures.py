"""Subscriptions to boards (`streams/flows/subscriptions.py`).

A board is rendered again when a run that calls at its stop changes, when something displayed on
every board of the feed changes, when its first departure leaves, when an address becomes silent,
and once a minute, since the age of the feed is displayed in minutes. Changes at other stops cause
no rendering, nor do vehicles: the carriages of a board are at most a minute old.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mobilite.boards.flows.show_departures import Board
from mobilite.boards.flows.show_hub_departures import HubBoard, get_any_board
from mobilite.boards.ports import BoardsState
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.places.domain.hubs import Hubs
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.stop_index import stops_touched
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.streams.flows.subscription import RenderedView, StateChange, Subscription
from mobilite.streams.flows.subscriptions import Listener, Subscriptions
from mobilite.streams.ports import StateSource
from socle.clock import Clock

_MINUTE: Final = 60

AnyBoard = Board | HubBoard
Render = Callable[[BoardsState, AnyBoard, tuple[str, ...]], RenderedView]
"""Renders a board in one of the reader's languages, in order of preference."""


class BoardSubscriptions:
    """The shared subscriptions to boards."""

    def __init__(
        self,
        subscriptions: Subscriptions[BoardsState],
        live: StateSource[BoardsState],
        clock: Clock,
        render: Render,
        hubs: Callable[[], Hubs] = Hubs,
    ) -> None:
        """`hubs`: gives the hubs that exist now."""
        self._subscriptions, self._live, self._clock, self._render, self._hubs = (
            subscriptions,
            live,
            clock,
            render,
            hubs,
        )

    def open(
        self, stop_id: str, *, limit: int, languages: tuple[str, ...] = ()
    ) -> "BoardSubscription":
        """The shared subscription to the first page of the board of a stop or a hub, in the
        reader's `languages`. Raises Refusal as `get_any_board`, or if there are too many
        listeners."""

        def show(state: BoardsState) -> tuple[AnyBoard, RenderedView]:
            board = get_any_board(state, self._hubs(), stop_id, now=self._clock.now(), limit=limit)
            return board, self._render(state, board, languages)

        def make() -> BoardSubscription:
            return BoardSubscription(self._live, show, self._hubs)

        return self._subscriptions.share(("departures", stop_id, limit, languages), make)

    def listen(self, board: "BoardSubscription", known: str | None) -> Listener:
        """A listener to a board. `known`: the tag of the value that it already has."""
        return self._subscriptions.listen(board, known)


class BoardSubscription(Subscription[BoardsState]):
    """The first page of the departures of a stop or a hub."""

    def __init__(
        self,
        live: StateSource[BoardsState],
        show: Callable[[BoardsState], tuple[AnyBoard, RenderedView]],
        hubs: Callable[[], Hubs],
    ) -> None:
        super().__init__()
        self._live, self._show, self._hubs = live, show, hubs
        self._known_hubs: Hubs | None = None
        """Those of the board; None for the board of a stop, which does not depend on them."""
        self._stops: Mapping[FeedId, tuple[int, ...]] = {}
        """The stops on the board, by feed."""
        self._rendered: RenderedView | None = None
        self._until = 0
        """POSIX seconds from which the board can differ although the state has not changed."""

    def due(self, change: StateChange[BoardsState]) -> bool:
        return (
            int(change.now.timestamp()) >= self._until
            or (self._known_hubs is not None and self._known_hubs is not self._hubs())
            or any(_feed_due(change, feed_id, stops) for feed_id, stops in self._stops.items())
        )

    def refresh(self) -> bool:
        before, hubs = self._rendered, self._hubs()
        board, self._rendered = self._show(self._live.state)
        self._known_hubs = hubs if isinstance(board, HubBoard) else None
        self._stops = {part.found.feed.feed_id: part.found.boarding_stops() for part in board.parts}
        self._until = min(_outdated_at(part) for part in board.parts)
        return before is None or before.tag != self._rendered.tag

    def newer_than(self, known: str | None) -> RenderedView | None:
        return None if self._rendered is None or self._rendered.tag == known else self._rendered


def _feed_due(change: StateChange[BoardsState], feed_id: FeedId, stops: tuple[int, ...]) -> bool:
    """Whether something of one feed has changed that the boards of these stops display."""
    return change.once(
        ("frame", feed_id), lambda: _common_content_changed(change, feed_id)
    ) or not change.once(("stops", feed_id), lambda: _stops_touched(change, feed_id)).isdisjoint(
        stops
    )


def _outdated_at(board: Board) -> int:
    """POSIX seconds from which the board can differ although the state has not changed: its first
    departure has left, an address is silent, or a minute has passed."""
    ends = [each.place[0] for each in board.departures[:1]]
    ends += _silence_instants(board.found.feed)
    later = board.generated_at + _MINUTE
    return min([later, *(end + 1 for end in ends if end >= board.generated_at)])


def _common_content_changed(change: StateChange[BoardsState], feed_id: FeedId) -> bool:
    """Whether something that every board of the feed displays has changed."""
    now = int(change.now.timestamp())
    before, after = (
        _common_content(change.before, feed_id, now),
        _common_content(change.after, feed_id, now),
    )
    return any(map(lambda a, b: a is not b and a != b, before, after))


def _common_content(state: BoardsState, feed_id: FeedId, now: int) -> tuple[object, ...]:
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


def _stops_touched(change: StateChange[BoardsState], feed_id: FeedId) -> frozenset[int]:
    """The stops (rows) at which a run of the feed has changed."""
    before, after = change.before.snapshot.feed(feed_id), change.after.snapshot.feed(feed_id)
    # With another schedule every board is due.
    if after.schedule is None or before.runs is after.runs:
        return frozenset()
    return stops_touched(after.schedule, before=before.runs, after=after.runs)
