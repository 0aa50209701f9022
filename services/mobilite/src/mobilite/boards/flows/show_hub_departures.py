"""The board of a hub: the departures of all its stops, of every network, in one list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobilite.boards.domain.departures import Departure, Departures, Place, next_departures
from mobilite.boards.flows.show_departures import Board, carriages_of, get_board
from mobilite.boards.ports import BoardsState
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import local_id
from mobilite.places.domain.hubs import HUB_PREFIX, Hub, Hubs
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.stops.flows.get_stop import FoundStop
from socle.cursors import decode_cursor, encode_cursor
from socle.errors import Refusal

_LAST_RANK: Final = 2**31
"""Above the rank of every route: after a place with it, no departure of its second remains."""
_FIRST_RANK: Final = -1
"""Below the rank of every route: after a place with it, every departure of its second remains."""


@dataclass(frozen=True, slots=True)
class HubBoard:
    """A page of a hub's departures."""

    hub: Hub
    parts: tuple[Board, ...]
    """One for each network with a schedule in service, by feed id; at least one. The departures
    and the state of the real time of each are its own; together they have those of the page."""
    next: str | None
    """The cursor of the next page; None if there is none."""

    def departures(self) -> list[tuple[int, int]]:
        """The departures in order, as (index of the part, index of its departure)."""
        order = [
            (departure.place[0], part, at)
            for part, board in enumerate(self.parts)
            for at, departure in enumerate(board.departures)
        ]
        return [(part, at) for _, part, at in sorted(order)]


def get_any_board(
    state: BoardsState,
    hubs: Hubs,
    place_id: str,
    *,
    now: datetime,
    limit: int,
    at: datetime | None = None,
    cursor: str | None = None,
) -> Board | HubBoard:
    """The board of a stop (`get_board`), or of a hub. Raises Refusal: as `get_board`."""
    if not place_id.startswith(HUB_PREFIX):
        return get_board(state, place_id, now=now, limit=limit, at=at, cursor=cursor)
    hub = hubs.find(place_id)
    if hub is None:
        sentence = f"Le pôle « {place_id[:100]} » n'existe pas : cherchez-le par son nom à "
        raise Refusal("not_found", sentence + "/mobilite/v1/places?q=…")
    return _hub_board(state, hub, now=now, limit=limit, at=at, cursor=cursor)


def _hub_board(
    state: BoardsState,
    hub: Hub,
    *,
    now: datetime,
    limit: int,
    at: datetime | None,
    cursor: str | None,
) -> HubBoard:
    generated_at, first = int(now.timestamp()), (int((at or now).timestamp()), None)
    start, after = first if cursor is None else _decoded(cursor)
    numbered = list(stops_by_feed(state, hub))
    if not numbered:
        raise no_schedule_yet(hub.stops[0].feed_id)
    pages = {
        number: next_departures(
            found.feed,
            found.boarding_stops(),
            at=start,
            now=generated_at,
            limit=limit,
            after=None if after is None else _place_after(number, *after),
        )
        for number, found in numbered
    }
    chosen = _first(pages, limit)
    parts = tuple(
        Board(
            found,
            at=start,
            generated_at=generated_at,
            departures=(own := _of_feed(chosen, number)),
            next=None,
            carriages=carriages_of(state, found.feed, own, generated_at),
            real_time=real_time(state, found.feed.feed_id, now=generated_at),
            first=cursor is None,
        )
        for number, found in numbered
    )
    return HubBoard(hub, parts, _next(start, pages, chosen))


def _of_feed(chosen: Sequence[tuple[int, Departure]], number: int) -> tuple[Departure, ...]:
    """The departures of the feed with that number."""
    return tuple(departure for owner, departure in chosen if owner == number)


def stops_by_feed(state: BoardsState, hub: Hub) -> Iterator[tuple[int, FoundStop]]:
    """The stops of the hub in each feed with a schedule in service, with the number of the feed.
    Stops that the schedule does not have any more are left out."""
    for number, feed_id in enumerate(sorted({stop.feed_id for stop in hub.stops})):
        feed = state.snapshot.feed(feed_id)
        if feed.schedule is None:
            continue
        ids = feed.schedule.timetable.stop_ids
        found = (
            ids.index_of(local_id(feed_id, stop.id))
            for stop in hub.stops
            if stop.feed_id == feed_id
        )
        rows = [row for row in found if row is not None]
        if rows:
            yield number, FoundStop(feed, feed.schedule, rows[0], tuple(rows[1:]))


def _first(pages: Mapping[int, Departures], limit: int) -> list[tuple[int, Departure]]:
    """The first departures of all feeds, each with the number of its feed."""
    every = [(number, departure) for number, page in pages.items() for departure in page.page]
    return sorted(every, key=lambda each: (each[1].place[0], each[0], each[1].place))[:limit]


def _next(
    start: int, pages: Mapping[int, Departures], chosen: Sequence[tuple[int, Departure]]
) -> str | None:
    """The cursor of the departures that follow those of the page; None if there are none."""
    found = sum(len(page.page) for page in pages.values())
    more = found > len(chosen) or any(page.next is not None for page in pages.values())
    if not chosen or not more:
        return None
    number, last = chosen[-1]
    return encode_cursor(start, number, *last.place)


def _decoded(cursor: str) -> tuple[int, tuple[int, Place]]:
    """The first instant of a board, and the last departure of a page: the number of its feed and
    its place. Raises Refusal("invalid")."""
    start, number, *place = decode_cursor(cursor, 7)
    return start, (number, (place[0], place[1], place[2], place[3], place[4]))


def _place_after(number: int, last_number: int, last: Place) -> Place:
    """The place after which the departures of a feed follow. `number`: of the feed in the hub.
    `last_number`, `last`: of the last departure of the previous page."""
    if number == last_number:
        return last
    # Of one second, the departures of the feed with the lower number come first.
    return last[0], _LAST_RANK if number < last_number else _FIRST_RANK, 0, 0, 0
