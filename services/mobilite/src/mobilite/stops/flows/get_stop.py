"""One stop by its public id, or a refusal with suggestions."""

import difflib
from dataclasses import dataclass

from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import FeedId, global_id, split_global_id
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.stops.ports import StopsState
from mobilite.text_search.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import ENTRANCE
from socle.errors import Refusal

_SUGGESTIONS = 3
"""How many stops are suggested for an unknown id."""


@dataclass(frozen=True, slots=True)
class FoundStop:
    """A stop of a schedule in service."""

    feed: FeedSnapshot
    schedule: FeedSchedule
    stop: int
    """Its row."""
    others: tuple[int, ...] = ()
    """The rows of the other stops of this feed at the same place, if it stands for a hub."""

    def boarding_stops(self) -> tuple[int, ...]:
        """The stops of its board: the stop and its children; for an entrance, a node or a boarding
        area, those of its station. For a hub: those of each of its stops."""
        if self.others:
            rows = (self.stop, *self.others)
            return tuple(each for row in rows for each in self.schedule.boarding_stops(row))
        location_type = int(self.schedule.timetable.stop_kind[self.stop])
        board_stop = (
            self.schedule.listed_stop(self.stop) if location_type >= ENTRANCE else self.stop
        )
        return self.schedule.boarding_stops(board_stop)


def get_stop(state: StopsState, stop_id: str) -> FoundStop:
    """The stop of that public id. Raises Refusal("not_found") with suggestions, or
    Refusal("unavailable") if the schedule of its feed is not loaded yet."""
    parts = split_global_id(stop_id)
    if parts is not None:
        feed = state.snapshot.feeds.get(parts[0])
        if feed is not None and feed.schedule is not None:
            row = feed.schedule.timetable.stop_ids.index_of(parts[1])
            if row is not None:
                return FoundStop(feed, feed.schedule, row)
        elif parts[0] in state.timetables or parts[0] in state.polls or (feed and feed.updates):
            raise no_schedule_yet(parts[0])
    raise _unknown(state, stop_id)


def _unknown(state: StopsState, stop_id: str) -> Refusal:
    suggestions = list(dict.fromkeys(_suggestions(state, stop_id)))[:_SUGGESTIONS]
    sentence = f"L'arrêt « {stop_id[:100]} » n'existe pas"
    if suggestions:
        sentence += f" ; vouliez-vous dire {' ou '.join(suggestions)} ?"
    else:
        sentence += " : cherchez-le par son nom à /mobilite/v1/stops?q=…"
    return Refusal("not_found", sentence, suggestions=suggestions)


def _suggestions(state: StopsState, stop_id: str) -> list[str]:
    """The same id in a feed (missing or misspelt prefix), then stops with that name."""
    parts = split_global_id(stop_id)
    schedules = {
        feed_id: feed.schedule.timetable
        for feed_id, feed in state.snapshot.feeds.items()
        if feed.schedule is not None
    }
    same_id = {
        feed_id: global_id(feed_id, local)
        for feed_id, timetable in schedules.items()
        for local in {stop_id, parts[1] if parts else stop_id}
        if timetable.stop_ids.index_of(local) is not None
    }
    requested_feed = parts[0] if parts else ""
    nearest = difflib.get_close_matches(requested_feed[:50], same_id, n=1)
    found: list[str] = [same_id[FeedId(feed_id)] for feed_id in [*nearest, *same_id]]
    query_words = search_words((parts[1] if parts else stop_id)[:100])
    for feed_id, search in state.searches.items():
        hits = search.named(query_words)[:_SUGGESTIONS] if feed_id in schedules else []
        found += [global_id(feed_id, schedules[feed_id].stop_ids[hit.stop]) for hit in hits]
    return found
