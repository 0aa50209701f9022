"""Search of stops by name and around a point, over every feed."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mobilite.stops.flows.get_stop import FoundStop
from mobilite.stops.ports import StopsState
from mobilite.text_search.domain.search_words import search_words
from socle.cursors import decode_start, encode_cursor
from socle.errors import Refusal

_MAX_START = 10_000
"""The last position at which a page can start."""


@dataclass(frozen=True, slots=True)
class StopHit:
    """A stop found."""

    found: FoundStop
    distance: float | None = None
    """In metres; None unless the search was around a point."""


@dataclass(frozen=True, slots=True)
class StopPage:
    """A page of stops, best or nearest first, or by id."""

    hits: tuple[StopHit, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


def find_stops_by_name(state: StopsState, text: str, *, limit: int, cursor: str | None) -> StopPage:
    """The stops whose name or code has every word of `text` as a word or the beginning of one, best
    first. Raises Refusal("invalid") for a text without words, or an invalid cursor."""
    query_words = search_words(text)
    if not query_words:
        raise Refusal(
            "invalid", "Le paramètre q ne contient aucune lettre ni chiffre.", parameter="q"
        )
    ranked: list[tuple[Any, str, int, StopHit]] = []
    for feed_id, search in state.searches.items():
        feed = state.snapshot.feed(feed_id)
        if feed.schedule is not None:
            ranked += [
                (each.rank, feed_id, each.stop, StopHit(FoundStop(feed, feed.schedule, each.stop)))
                for each in search.named(query_words)
            ]
    return _page(ranked, limit, cursor)


def find_stops_near(
    state: StopsState, lat: float, lon: float, *, radius: float, limit: int, cursor: str | None
) -> StopPage:
    """The stops within `radius` metres of a point, nearest first. Raises Refusal("invalid") for an
    invalid cursor."""
    ranked: list[tuple[Any, str, int, StopHit]] = []
    for feed_id, search in state.searches.items():
        feed = state.snapshot.feed(feed_id)
        if feed.schedule is not None:
            for each in search.near(lat, lon, radius):
                found = FoundStop(feed, feed.schedule, each.stop)
                ranked.append((each.distance, feed_id, each.stop, StopHit(found, each.distance)))
    return _page(ranked, limit, cursor)


def _page(
    ranked: Sequence[tuple[Any, str, int, StopHit]], limit: int, cursor: str | None
) -> StopPage:
    start = min(decode_start(cursor), _MAX_START)
    # The third member is unique within a feed, so that hits are never compared.
    best = heapq.nsmallest(start + limit + 1, ranked, key=lambda each: each[:3])
    hits = tuple(each[3] for each in best[start : start + limit])
    more = len(best) > start + limit
    return StopPage(hits, encode_cursor(start + limit) if more else None)
