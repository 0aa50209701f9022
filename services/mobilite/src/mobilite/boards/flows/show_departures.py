"""The board of one stop: its next departures, and the state of its feed's real time."""

from dataclasses import dataclass
from datetime import datetime

from mobilite.boards.domain.departures import Departure, next_departures
from mobilite.boards.ports import BoardsState
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.flows.realtime_status import RealTime, real_time
from mobilite.stops.flows.get_stop import FoundStop, get_stop
from mobilite.vehicles.domain.fleet import Carriage
from socle.cursors import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Board:
    """A page of a stop's departures. Instants are POSIX seconds."""

    found: FoundStop
    at: int
    """The instant from which departures are listed."""
    generated_at: int
    """The instant at which the board was made."""
    departures: tuple[Departure, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""
    real_time: RealTime
    carriages: tuple[tuple[Carriage, ...], ...]
    """Those of the vehicle that serves each departure, in their order; empty if unknown."""
    first: bool = True
    """Whether it is the first page."""

    @property
    def parts(self) -> tuple["Board", ...]:
        """The board itself: a `HubBoard` has one part for each network."""
        return (self,)


def get_board(
    state: BoardsState,
    stop_id: str,
    *,
    now: datetime,
    limit: int,
    at: datetime | None = None,
    cursor: str | None = None,
) -> Board:
    """The departures of a stop (a public id) from `at` (by default `now`), or those after a
    cursor, which contains the `at` of its first page.

    Raises Refusal: "not_found" for an unknown stop, "invalid" for an invalid cursor, "unavailable"
    until the feed's schedule is loaded.
    """
    found = get_stop(state, stop_id)
    generated_at = int(now.timestamp())
    start, after = generated_at if at is None else int(at.timestamp()), None
    if cursor is not None:
        start, *place = decode_cursor(cursor, 6)
        after = place[0], place[1], place[2], place[3], place[4]
    departures = next_departures(
        found.feed,
        found.boarding_stops(),
        at=start,
        now=generated_at,
        limit=limit,
        after=after,
    )
    return Board(
        found,
        at=start,
        generated_at=generated_at,
        departures=departures.page,
        next=None if departures.next is None else encode_cursor(start, *departures.next),
        carriages=carriages_of(state, found.feed, departures.page, generated_at),
        real_time=real_time(state, found.feed.feed_id, now=generated_at),
        first=cursor is None,
    )


def carriages_of(
    state: BoardsState, feed: FeedSnapshot, departures: tuple[Departure, ...], now: int
) -> tuple[tuple[Carriage, ...], ...]:
    """The carriages at each departure; none at a call that is not served."""
    known = state.fleet(feed.feed_id).carriages_by_run(feed, now=now)
    return tuple(known.get(each.run_key, ()) if each.served else () for each in departures)
