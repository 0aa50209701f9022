"""All stops of every feed, page by page."""

from mobilite.gtfs.domain.ids import FeedId, global_id, split_global_id
from mobilite.stops.flows.find_stops import StopHit, StopPage
from mobilite.stops.flows.get_stop import FoundStop
from mobilite.stops.ports import StopsState
from socle.cursors import decode_text_cursor, encode_text_cursor, invalid_cursor


def list_all_stops(state: StopsState, *, limit: int, cursor: str | None) -> StopPage:
    """The stops of every schedule in service, by feed and id: all of stops.txt, with stations,
    their platforms and entrances. Raises Refusal("invalid") for an invalid cursor.

    The cursor is the id of the last stop of a page, so that another version of a schedule moves no
    stop to another page.
    """
    last_feed, last_id = ("", None) if cursor is None else _decode_stop(cursor)
    hits = list[StopHit]()
    for feed_id, feed in sorted(state.snapshot.feeds.items()):
        if feed.schedule is None or feed_id < last_feed:
            continue
        after = last_id if feed_id == last_feed else None
        rows = feed.schedule.timetable.stop_ids.rows_after(after)[: limit + 1 - len(hits)]
        hits += [StopHit(FoundStop(feed, feed.schedule, row)) for row in rows.tolist()]
    page = tuple(hits[:limit])
    return StopPage(page, _encode_stop(page[-1].found) if len(hits) > limit else None)


def _encode_stop(found: FoundStop) -> str:
    stop_id = found.schedule.timetable.stop_ids[found.stop]
    return encode_text_cursor(global_id(found.feed.feed_id, stop_id))


def _decode_stop(cursor: str) -> tuple[FeedId, str]:
    """The feed and the id of the last stop of a page. Raises Refusal("invalid")."""
    parts = split_global_id(decode_text_cursor(cursor))
    if parts is None:
        raise invalid_cursor()
    return parts
