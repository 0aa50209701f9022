"""The alerts of one feed, indexed by what they affect. Immutable: a change makes a new index.

An alert affects a departure if one of its selectors matches the departure's route, direction,
run, day and stop together. A station includes its platforms. An alert affects a route, a stop or
a run if it affects one of its departures; a stop or route without trips is affected by selectors
that give nothing else. An alert for the entire network affects everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache

import numpy as np

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_selectors import Target, find_target
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_EVERYTHING = (Target(),)
_CACHE_SIZE = 8192

Keys = frozenset[str]
"""Record keys of alerts."""
_NONE: Keys = frozenset()


class AlertIndex:
    """The alerts of a feed, and what they affect in its schedule. All methods `of_…` return record
    keys; they are empty while the feed has no schedule."""

    def __init__(
        self,
        schedule: FeedSchedule | None = None,
        alerts: Mapping[str, Alert] | None = None,
        targets_by_key: Mapping[str, tuple[Target, ...]] | None = None,
    ) -> None:
        """`alerts`, `targets_by_key`: by record key; the targets are those of the selectors in
        `schedule`. They belong together: use `with_alerts` and `with_schedule`."""
        self.schedule = schedule
        self.alerts: Mapping[str, Alert] = alerts or {}
        self._targets: Mapping[str, tuple[Target, ...]] = targets_by_key or {}
        self._everywhere: Keys = frozenset(
            key for key, targets in self._targets.items() if any(t.everywhere for t in targets)
        )
        self._by_route: dict[int, list[tuple[Target, str]]] = {}
        self._by_stop: dict[int, list[tuple[Target, str]]] = {}
        self._by_trip: dict[int, list[tuple[Target, str]]] = {}
        self._by_added_trip: dict[str, list[tuple[Target, str]]] = {}
        for key, targets in self._targets.items():
            for target in targets:
                self._add_target(target, key)

        self._undated = lru_cache(_CACHE_SIZE)(self._find_undated)
        self._of_stops = lru_cache(_CACHE_SIZE)(self._find_of_stops)

    @cached_property
    def specific(self) -> "AlertIndex":
        """The same alerts with only the selectors of a route or a run (`Target.specific`)."""
        targets_by_key = {
            key: tuple(t for t in targets if t.specific) for key, targets in self._targets.items()
        }
        return AlertIndex(self.schedule, self.alerts, targets_by_key)

    def with_alerts(self, changes: Mapping[str, Alert | None]) -> "AlertIndex":
        """The index after those records, by key; None for a withdrawn alert."""
        alerts = {key: alert for key, alert in self.alerts.items() if key not in changes}
        targets_by_key = {key: each for key, each in self._targets.items() if key not in changes}
        for key, alert in changes.items():
            if alert is not None:
                alerts[key] = alert
                targets_by_key[key] = _targets_of(self.schedule, alert)
        return AlertIndex(self.schedule, alerts, targets_by_key)

    def with_schedule(self, schedule: FeedSchedule | None) -> "AlertIndex":
        """The same alerts matched to another timetable; None if the feed has none any more."""
        targets_by_key = {key: _targets_of(schedule, alert) for key, alert in self.alerts.items()}
        return AlertIndex(schedule, self.alerts, targets_by_key)

    def in_place_of(self, current: "AlertIndex") -> "AlertIndex":
        """This index, computed in a thread from an older one, with the changes that `current` has
        had since."""
        changed = {
            key: alert for key, alert in current.alerts.items() if self.alerts.get(key) is not alert
        }
        removed = dict.fromkeys(self.alerts.keys() - current.alerts.keys())
        return self.with_alerts({**changed, **removed}) if changed or removed else self

    def targets(self, key: str) -> tuple[Target, ...]:
        """What each selector of an alert matches, in their order; empty without a schedule."""
        return self._targets.get(key, ())

    def of_departure(self, trip: int, day: int, stop: int) -> Keys:
        """The alerts of one departure: a trip row, the ordinal of the service day, a stop row."""
        if self.schedule is None or not self.alerts:
            return _NONE
        timetable = self.schedule.timetable
        undated = self._undated(
            int(timetable.trip_route[trip]), int(timetable.trip_direction[trip]), stop
        )
        return self._with_dated(undated, self._by_trip.get(trip, ()), day, stop)

    def of_call(self, trip: RunTrip, day: int, stop: int) -> Keys:
        """The alerts of a run at a stop (a row), on a service day (an ordinal)."""
        if trip.outside_timetable:
            return self.of_added(trip.trip_id, trip.route, trip.direction, day, stop)
        return self.of_departure(trip.row, day, stop)

    def of_added(self, trip_id: str, route: int, direction: int, day: int, stop: int) -> Keys:
        """The alerts of a departure of a run outside the timetable. `route`: a row, -1 if unknown;
        `direction`: -1 if unknown; `day`: an ordinal; `stop`: a row.

        If its trip id is in the timetable, the alerts of that trip apply too: it replaces it.
        """
        if self.schedule is None or not self.alerts:
            return _NONE
        dated = [
            each
            for each in self._by_added_trip.get(trip_id, ())
            if each[0].matches_line(route, direction)
        ]
        replaced = self.schedule.timetable.trip_ids.index_of(trip_id) if self._by_trip else None
        if replaced is not None:
            dated += self._by_trip.get(replaced, ())
        return self._with_dated(self._undated(route, direction, stop), dated, day, stop)

    def of_stops(self, stops: tuple[int, ...]) -> Keys:
        """The alerts of a group of stops (rows) and of the routes that serve them, without those of
        single trips (`of_trips_at`)."""
        return self._of_stops(stops) if self.schedule is not None and self.alerts else _NONE

    def of_trips_at(self, stops: tuple[int, ...]) -> Keys:
        """The alerts of single trips that affect a departure from one of the stops."""
        if self.schedule is None:
            return _NONE
        wanted = frozenset(stops)
        return frozenset(
            key
            for trip, entries in self._by_trip.items()
            for stop in self._stops_of((trip,)) & wanted
            for target, key in entries
            if target.stop is None or target.stop in self._ancestors(stop)
        )

    def of_run(self, trip: int, day: int | None) -> Keys:
        """The alerts of a run at any of its stops: a trip row and an ordinal; on any day if `day`
        is None."""
        if self.schedule is None or not self.alerts:
            return _NONE
        timetable = self.schedule.timetable
        line = int(timetable.trip_route[trip]), int(timetable.trip_direction[trip])
        dated, keys = self._by_trip.get(trip, ()), set(self._everywhere)
        for stop in self._stops_of((trip,)):
            keys |= self._with_dated(self._undated(*line, stop), dated, day, stop)
        return frozenset(keys)

    def of_added_trip(self, trip_id: str) -> Keys:
        """The alerts that give the id of a trip outside the timetable."""
        return frozenset(key for _, key in self._by_added_trip.get(trip_id, ()))

    def of_route(self, route: int) -> Keys:
        """The alerts of a route (a row), of its trips and of the stops it serves, and those of the
        entire network."""
        if self.schedule is None or not self.alerts:
            return _NONE
        timetable = self.schedule.timetable
        # Of the route itself, even if no trip runs on it.
        keys = {key for target, key in self._by_route.get(route, ()) if target.direction is None}
        trips = np.flatnonzero(timetable.trip_route == route)
        directions = timetable.trip_direction[trips]
        for direction in set(directions.tolist()):
            for stop in self._stops_of(trips[directions == direction]):
                keys |= self._undated(route, direction, stop)
        for trip in self._by_trip.keys() & set(trips.tolist()):
            entries = self._by_trip[trip]
            keys.update(key for target, key in entries if self._calls_at(trip, target.stop))
        return self._everywhere | keys

    def _add_target(self, target: Target, key: str) -> None:
        if target.trip_id is not None:
            self._by_added_trip.setdefault(target.trip_id, []).append((target, key))
        if target.unknown:
            return
        if target.trips is not None:
            for trip in target.trips:
                self._by_trip.setdefault(trip, []).append((target, key))
        elif target.stop is not None:
            self._by_stop.setdefault(target.stop, []).append((target, key))
        else:
            for route in target.routes or ():
                self._by_route.setdefault(route, []).append((target, key))

    def _find_undated(self, route: int, direction: int, stop: int) -> Keys:
        """The alerts of all runs of a route in a direction at a stop."""
        entries = list(self._by_route.get(route, ()))
        for ancestor in self._ancestors(stop):
            entries += self._by_stop.get(ancestor, ())
        fitting = (key for target, key in entries if target.matches_line(route, direction))
        return frozenset(fitting) | self._everywhere

    def _with_dated(
        self, undated: Keys, dated: Iterable[tuple[Target, str]], day: int | None, stop: int
    ) -> Keys:
        """The `undated` alerts, and those of the `dated` targets that match a day and a stop."""
        if not dated:
            return undated
        return undated | {
            key
            for target, key in dated
            if (day is None or target.day is None or target.day == day)
            and (target.stop is None or target.stop in self._ancestors(stop))
        }

    def _find_of_stops(self, stops: tuple[int, ...]) -> Keys:
        assert self.schedule is not None
        keys = set(self._everywhere)
        for stop in stops:
            for route, direction in self.schedule.lines_at(stop):
                keys |= self._undated(route, direction, stop)
            for ancestor in self._ancestors(stop):
                keys.update(
                    key
                    for target, key in self._by_stop.get(ancestor, ())
                    if target.routes is None and target.direction is None
                )
        return frozenset(keys)

    def _ancestors(self, stop: int) -> Iterator[int]:
        """The stop, its station, and any parent above."""
        assert self.schedule is not None
        parents = self.schedule.timetable.stop_parent
        while stop >= 0:
            yield stop
            stop = int(parents[stop])

    def _stops_of(self, trips: Iterable[int]) -> set[int]:
        """The stops that these trips call at."""
        assert self.schedule is not None
        timetable = self.schedule.timetable
        calls = [timetable.call_stop[timetable.calls_of(trip)] for trip in trips]
        return set(np.unique(np.concatenate(calls)).tolist())

    def _calls_at(self, trip: int, ancestor: int | None) -> bool:
        assert self.schedule is not None
        stops = self._stops_of((trip,))
        return ancestor is None or any(ancestor in self._ancestors(stop) for stop in stops)


def _targets_of(schedule: FeedSchedule | None, alert: Alert) -> tuple[Target, ...]:
    if not alert.selectors:
        return _EVERYTHING
    if schedule is None:
        return ()
    return tuple(find_target(schedule.timetable, selector) for selector in alert.selectors)
