"""The alerts of the region, filtered by what they affect and when; and one alert by its id."""

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
from mobilite.stops.flows.get_stop import get_stop
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from socle.cursors import decode_cursor, encode_cursor
from socle.errors import Refusal

ActiveFilter = Literal["now", "upcoming", "all"]


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """The conditions of a query; all must hold. None: any."""

    feed: str | None = None
    """A feed id."""
    route: str | None = None
    """The public id of a route that the alert affects."""
    stop: str | None = None
    """The public id of a stop that the alert affects, itself or by a route or trip there."""
    trip: str | None = None
    """The public id of a trip that the alert affects."""
    effect: Effect | None = None
    active: ActiveFilter = "now"
    """Active alerts, upcoming ones, or both (`all`)."""


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with the data of its feed."""

    alert: Alert
    index: AlertIndex
    """The alerts of its feed."""
    announcement: TimetableV1 | None
    """The schedule of its feed, with whom to credit; None if there is none."""
    as_of: int | None
    """POSIX seconds of the content of its address; None if unknown."""

    def age(self, now: int) -> int | None:
        """Seconds from `as_of` to `now` (POSIX seconds)."""
        return None if self.as_of is None else max(0, now - self.as_of)

    def stale(self, now: int) -> bool:
        """Whether its address has published nothing for too long; the alert stays valid."""
        age = self.age(now)
        return age is not None and age > ALERTS_SECONDS


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of alerts, most severe first."""

    alerts: tuple[ListedAlert, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


def list_alerts(
    state: AlertsState, filters: AlertFilter, *, now: int, limit: int, cursor: str | None = None
) -> AlertPage:
    """The alerts that pass the filter, at `now` (POSIX seconds). Raises Refusal if the filter
    gives an unknown id, a schedule is not loaded yet, or the cursor is invalid."""
    after = None if cursor is None else tuple(decode_cursor(cursor, 4))
    ranked = [
        (_sort_key(alert, now), alert)
        for alert in select_alerts(state, filters)
        if _passes(alert, filters, now)
    ]
    if after is not None:
        ranked = [each for each in ranked if each[0] > after]
    page = heapq.nsmallest(limit + 1, ranked, key=lambda each: each[0])
    more = len(page) > limit
    return AlertPage(
        tuple(listed(state, alert) for _, alert in page[:limit]),
        encode_cursor(*page[limit - 1][0]) if more else None,
    )


def get_alert(state: AlertsState, alert_id: str) -> ListedAlert:
    """The alert with that public id, even a past one. Raises Refusal("not_found")."""
    parts = split_alert_id(alert_id)
    if parts is not None:
        for alert in state.alert_index(parts[0]).alerts.values():
            if (alert.source, alert.alert_id) == parts[1:]:
                return listed(state, alert)
    raise Refusal(
        "not_found",
        f"L'alerte « {alert_id[:100]} » n'existe pas ou n'existe plus : "
        "celles en cours sont à /mobilite/v1/alerts.",
    )


def listed(state: AlertsState, alert: Alert) -> ListedAlert:
    """An alert with its feed's data."""
    poll = state.polls.get(alert.feed_id, {}).get(alert.source)
    as_of = None if poll is None or poll.as_of is None else int(poll.as_of.timestamp())
    announcement = state.timetables.get(alert.feed_id)
    return ListedAlert(alert, state.alert_index(alert.feed_id), announcement, as_of)


def feeds_of(state: AlertsState, filters: AlertFilter) -> list[FeedId]:
    """The feeds of the ids in the filter, sorted; if it has none, all feeds that have alerts."""
    ids = [each for each in (filters.route, filters.stop, filters.trip) if each is not None]
    feeds = {each.partition(":")[0] for each in ids}
    if filters.feed is not None:
        feeds.add(filters.feed)
    return [FeedId(each) for each in sorted(feeds)] if feeds else sorted(state.alert_indexes)


def select_alerts(state: AlertsState, filters: AlertFilter) -> list[Alert]:
    """The alerts that affect everything the filter gives, at any time."""
    if filters.feed is not None:
        known_feed(state, filters.feed)
    affecting = [*_key_filters(state, filters)]
    feeds = feeds_of(state, filters)
    if len(feeds) > 1 and affecting:
        return []  # objects of different feeds: no alert affects them all
    return [
        alert
        for feed_id in feeds
        for key, alert in state.alert_index(feed_id).alerts.items()
        if all(key in keys for keys in affecting)
    ]


def _key_filters(state: AlertsState, filters: AlertFilter) -> Iterable[frozenset[str]]:
    """For each of the route, stop and trip of the filter, the keys of the alerts affecting it."""
    if filters.route is not None:
        feed_id, local = _split_known(state, filters.route, "route", "La ligne")
        route = _schedule(state, feed_id).timetable.route_ids.index_of(local)
        if route is None:
            raise _unknown(filters.route, "route", "La ligne")
        yield state.alert_index(feed_id).of_route(route)
    if filters.stop is not None:
        found = get_stop(state, filters.stop)
        index, stops = state.alert_index(found.feed.feed_id), found.boarding_stops()
        yield index.of_stops(stops) | index.of_trips_at(stops)
    if filters.trip is not None:
        feed_id, local = _split_known(state, filters.trip, "trip", "La course")
        rows = _schedule(state, feed_id).timetable.trip_ids.indexes_of(local).tolist()
        index = state.alert_index(feed_id)
        added = index.of_added_trip(local)
        if not rows and not added:
            raise _unknown(filters.trip, "trip", "La course")
        yield added.union(*(index.of_run(row, None) for row in rows))


def _split_known(state: AlertsState, text: str, parameter: str, what: str) -> tuple[FeedId, str]:
    """The feed and the local id of a public id. Raises Refusal if the feed is unknown. `what`:
    the beginning of the message, in French."""
    parts = split_global_id(text)
    if parts is None or parts[0] not in state.snapshot.feeds:
        raise _unknown(text, parameter, what)
    return parts


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


def _passes(alert: Alert, filters: AlertFilter, now: int) -> bool:
    if filters.effect not in (None, alert.effect) or not alert.is_visible(now):
        return False
    return filters.active == "all" or alert.when(now) == filters.active


def _sort_key(alert: Alert, now: int) -> tuple[int, int, int, int]:
    """The sort key of an alert, unique and made of numbers, so that a cursor can contain it."""
    rank, begins, _ = alert.order(now)
    digest = hashlib.blake2b(alert.key.encode(), digest_size=8).digest()
    return rank, begins, int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:], "big")
