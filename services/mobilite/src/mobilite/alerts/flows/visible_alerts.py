"""The ids of the visible alerts of a stop, a route or a run, most severe first.

In all functions `now` is in POSIX seconds; an alert is visible if it is active or upcoming
(`Alert.is_visible`).
"""

from collections.abc import Iterable

from mobilite.alerts.domain.alert import Alert, by_severity
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.realtime.domain.run_trip import RunTrip


def alert_ids_of_route(
    state: AlertsState, feed_id: FeedId, route: int, *, now: int
) -> list[GlobalId]:
    """The alerts of a route (a row), of its trips and of its stops."""
    index = state.alert_index(feed_id)
    return _ids(index, index.of_route(route), now)


def alert_ids_of_run(
    state: AlertsState, feed_id: FeedId, trip: int, day: int | None, *, now: int
) -> list[GlobalId]:
    """The alerts of a run at any of its stops: a trip row and the ordinal of its day (None:
    any)."""
    index = state.alert_index(feed_id)
    return _ids(index, index.of_run(trip, day), now)


def alert_ids_of_added_run(
    state: AlertsState, feed_id: FeedId, trip: RunTrip, day: int, *, now: int
) -> list[GlobalId]:
    """The alerts of a run outside the timetable at any of its stops, on a day (an ordinal)."""
    index = state.alert_index(feed_id)
    stops = {trip.stop(position) for position in range(len(trip))}
    keys = [
        key
        for stop in stops
        for key in index.of_added(trip.trip_id, trip.route, trip.direction, day, stop)
    ]
    return _ids(index, set(keys), now)


def alert_ids_of_stop(
    state: AlertsState, feed_id: FeedId, stops: tuple[int, ...], *, now: int
) -> list[GlobalId]:
    """The alerts of a group of stop rows (`FoundStop.boarding_stops`) and of the routes that serve
    them, without those of single trips."""
    index = state.alert_index(feed_id)
    return _ids(index, index.of_stops(stops), now)


def visible_alerts(index: AlertIndex, keys: Iterable[str], now: int) -> list[Alert]:
    """The visible ones of the alerts with those keys, most severe first."""
    alerts = (index.alerts[key] for key in keys)
    return by_severity([alert for alert in alerts if alert.is_visible(now)], now)


def _ids(index: AlertIndex, keys: Iterable[str], now: int) -> list[GlobalId]:
    return [alert.id for alert in visible_alerts(index, keys, now)]
