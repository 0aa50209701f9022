"""The alerts of the region, chosen by what they are about and when; and one by its id."""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mobilite.alerts.domain.alert import Alert, split_alert_id
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.ports import AlertsState
from mobilite.events import TimetableV1
from mobilite.feeds.flows.known_feeds import known_feed, no_schedule_yet
from mobilite.gtfs.domain.enumerations import Effect
from mobilite.gtfs.domain.freshness import ALERTS_SECONDS
from mobilite.gtfs.domain.ids import FeedId, split_global_id
from mobilite.http.domain.cursors import cursor_of, read_cursor
from mobilite.stops.flows.get_stop import get_stop
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from socle.errors import Refusal

Wanted = Literal["now", "upcoming", "all"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts: of a feed, touching a line, a stop and a trip (public ids), of one effect, in
    force, to come, or both. None: whichever."""

    feed: str | None = None
    route: str | None = None
    stop: str | None = None
    trip: str | None = None
    effect: Effect | None = None
    active: Wanted = "now"


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert, the index that tells what it names, and the network it comes from.

    `as_of`: the POSIX instant its address speaks of, None where that is not known.
    """

    alert: Alert
    index: AlertIndex
    facts: TimetableV1 | None
    as_of: int | None

    def age(self, now: int) -> int | None:
        """Seconds since its address last spoke."""
        return None if self.as_of is None else max(0, now - self.as_of)

    def stale(self, now: int) -> bool:
        """Whether its address has been silent for too long: it stands all the same."""
        age = self.age(now)
        return age is not None and age > ALERTS_SECONDS


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of alerts, the worst first, and the cursor of the next."""

    alerts: tuple[ListedAlert, ...]
    next: str | None


def list_alerts(
    state: AlertsState, asked: Asked, *, now: int, limit: int, cursor: str | None = None
) -> AlertPage:
    """The alerts asked for. Raises Refusal where a filter names something nobody knows."""
    after = None if cursor is None else tuple(read_cursor(cursor, 4))
    placed = [
        (_place(alert, now), alert) for alert in _chosen(state, asked) if _wanted(alert, asked, now)
    ]
    if after is not None:
        placed = [each for each in placed if each[0] > after]
    page = heapq.nsmallest(limit + 1, placed, key=lambda each: each[0])
    more = len(page) > limit
    return AlertPage(
        tuple(listed(state, alert) for _, alert in page[:limit]),
        cursor_of(*page[limit - 1][0]) if more else None,
    )


def get_alert(state: AlertsState, alert_id: str) -> ListedAlert:
    """The alert of that public id, be it over. Raises Refusal("not_found")."""
    named = split_alert_id(alert_id)
    if named is not None:
        for alert in state.alert_index(named[0]).alerts.values():
            if (alert.source, alert.alert_id) == named[1:]:
                return listed(state, alert)
    raise Refusal(
        "not_found",
        f"L'alerte « {alert_id[:100]} » n'existe pas ou n'existe plus : "
        "celles en cours sont à /mobilite/v1/alerts.",
    )


def listed(state: AlertsState, alert: Alert) -> ListedAlert:
    """An alert with all that is told of it."""
    poll = state.polls.get(alert.feed_id, {}).get(alert.source)
    as_of = None if poll is None or poll.as_of is None else int(poll.as_of.timestamp())
    facts = state.timetables.get(alert.feed_id)
    return ListedAlert(alert, state.alert_index(alert.feed_id), facts, as_of)


def feeds_of(state: AlertsState, asked: Asked) -> list[FeedId]:
    """The feeds a question is about: the one it names, else all that have alerts."""
    named = [each for each in (asked.route, asked.stop, asked.trip) if each is not None]
    feeds = {each.partition(":")[0] for each in named}
    if asked.feed is not None:
        feeds.add(asked.feed)
    return [FeedId(each) for each in sorted(feeds)] if feeds else sorted(state.alert_indexes)


def _chosen(state: AlertsState, asked: Asked) -> list[Alert]:
    if asked.feed is not None:
        known_feed(state, asked.feed)
    touched = [*_touching(state, asked)]
    feeds = feeds_of(state, asked)
    if len(feeds) > 1 and touched:
        return []  # things of different networks: nothing touches them all
    return [
        alert
        for feed_id in feeds
        for key, alert in state.alert_index(feed_id).alerts.items()
        if all(key in keys for keys in touched)
    ]


def _touching(state: AlertsState, asked: Asked) -> Iterable[frozenset[str]]:
    """The record keys each filter leaves."""
    if asked.route is not None:
        feed_id, local = _named(state, asked.route, "route", "La ligne")
        route = _schedule(state, feed_id).timetable.route_ids.index_of(local)
        if route is None:
            raise _unknown(asked.route, "route", "La ligne")
        yield state.alert_index(feed_id).of_route(route)
    if asked.stop is not None:
        found = get_stop(state, asked.stop)
        index, stops = state.alert_index(found.feed.feed_id), found.boarding_stops()
        yield index.of_stops(stops) | index.of_trips_at(stops)
    if asked.trip is not None:
        feed_id, local = _named(state, asked.trip, "trip", "La course")
        rows = _schedule(state, feed_id).timetable.trip_ids.indexes_of(local).tolist()
        index = state.alert_index(feed_id)
        added = index.of_added_trip(local)
        if not rows and not added:
            raise _unknown(asked.trip, "trip", "La course")
        yield added.union(*(index.of_run(row, None) for row in rows))


def _named(state: AlertsState, text: str, parameter: str, what: str) -> tuple[FeedId, str]:
    named = split_global_id(text)
    if named is None or named[0] not in state.snapshot.feeds:
        raise _unknown(text, parameter, what)
    return named


def _schedule(state: AlertsState, feed_id: FeedId) -> FeedSchedule:
    schedule = state.snapshot.feed(feed_id).schedule
    if schedule is None:
        raise no_schedule_yet(feed_id)
    return schedule


def _unknown(text: str, parameter: str, what: str) -> Refusal:
    return Refusal(
        "not_found",
        f"{what} « {text[:100]} » n'existe pas : un identifiant s'écrit réseau:identifiant.",
        parameter=parameter,
    )


def _wanted(alert: Alert, asked: Asked, now: int) -> bool:
    if asked.effect not in (None, alert.effect) or not alert.shown(now):
        return False
    return asked.active == "all" or alert.when(now) == asked.active


def _place(alert: Alert, now: int) -> tuple[int, int, int, int]:
    """Where it stands in the list: unique, and made of numbers only, so that a cursor holds it."""
    rank, begins, _ = alert.order(now)
    digest = hashlib.blake2b(alert.key.encode(), digest_size=8).digest()
    return rank, begins, int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:], "big")
