"""The next departures of a stop: the schedule, and over it what is known of each run.

A departure stands on the board until its *effective* time: the predicted one where a prediction
is told, else the scheduled one. A late passage therefore stays on, an early one leaves early, a
cancelled or skipped one stays until it should have left.

    scheduled   no trip update: nothing is known beyond the timetable
    predicted   a prediction is told
    no_data     the run has an update that says nothing of this stop (before its first stop update,
                or NO_DATA): unknown, which is not "on time"
    stale       the feed has been silent too long for its predictions to be told
    skipped, cancelled   a decision of the operator: it outlives the feed's silence
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mobilite.domain.feed_schedule import DayColumn, FeedSchedule
from mobilite.domain.feed_snapshot import STALE_SECONDS, FeedSnapshot, Run
from mobilite.domain.propagation import CANCELLED, PREDICTED, SKIPPED

State = Literal["scheduled", "predicted", "no_data", "stale", "skipped", "cancelled", "added"]

DAYS_AHEAD = 7
"""How many days after the one asked for are searched when fewer departures are sooner."""

Place = tuple[int, int, int, int]
"""Where a departure stands in the order: effective time, route rank, call, service day."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One line of a board. `call` is a row of the timetable, `day` the ordinal of the service
    day, times are POSIX seconds; `run` is None where nothing is known beyond the schedule."""

    place: Place
    call: int
    day: int
    scheduled: int
    predicted: int | None
    state: State
    run: Run | None = None

    @property
    def delay(self) -> int | None:
        """Seconds late (negative: early); None where nothing is predicted."""
        return None if self.predicted is None else self.predicted - self.scheduled


@dataclass(frozen=True, slots=True)
class Departures:
    """A page of departures in order, and the place the next page starts after (None: no more)."""

    page: tuple[Departure, ...]
    next: Place | None


def next_departures(
    feed: FeedSnapshot,
    stops: tuple[int, ...],
    *,
    at: int,
    now: int,
    limit: int,
    after: Place | None = None,
) -> Departures:
    """The first `limit` departures of a group of stops from the instant `at`, after a place.

    `now` judges the age of the real time. POSIX seconds.
    """
    schedule = feed.schedule
    if schedule is None:
        return Departures((), None)
    floor: tuple[int, ...] = (at,) if after is None else max(after, (at,))
    found = [
        each
        for each in _with_updates(feed, schedule, stops, now)
        if each.place >= floor and each.place != after
    ]
    wanted = limit + 1
    found += _by_schedule(feed, schedule, stops, floor[0], after, wanted)
    chosen = heapq.nsmallest(wanted, found, key=lambda each: each.place)
    more = len(chosen) > limit
    page = tuple(chosen[:limit])
    return Departures(page, page[-1].place if more and page else None)


def _with_updates(
    feed: FeedSnapshot, schedule: FeedSchedule, stops: tuple[int, ...], now: int
) -> Iterator[Departure]:
    """Every departure of the stops whose run has an update, whenever it is."""
    timetable = schedule.timetable
    trip_first, trip_route = timetable.trip_first, timetable.trip_route
    for stop in stops:
        for trip, day, position in feed.by_stop.get(stop, ()):
            run = feed.runs[trip, day]
            if run.hidden:
                continue
            scheduled = run.scheduled[position]
            state, predicted = _state(feed, run, position, now)
            effective = scheduled if predicted is None else predicted
            call = int(trip_first[trip]) + position
            place = (effective, schedule.route_rank[trip_route[trip]], call, day)
            yield Departure(place, call, day, scheduled, predicted, state, run)


def _state(feed: FeedSnapshot, run: Run, position: int, now: int) -> tuple[State, int | None]:
    known = run.calls.states[position]
    if known == CANCELLED:
        return "cancelled", None
    if known == SKIPPED:
        return "skipped", None
    if now - feed.updated_at(run) > STALE_SECONDS:
        return "stale", None
    if known == PREDICTED:
        return "predicted", run.calls.departures[position]
    return "no_data", None


def _by_schedule(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    stops: tuple[int, ...],
    at: int,
    after: Place | None,
    wanted: int,
) -> Iterator[Departure]:
    """At least the `wanted` first departures of runs without any update, if there are as many."""
    today = datetime.fromtimestamp(at, UTC).toordinal()
    # A zone may be a date ahead of UTC or behind it: one day more on each side.
    days = range(today - schedule.days_back - 1, today + DAYS_AHEAD + 2)
    times: list[int] = []
    for day in days:
        column = schedule.column(stops, day)
        first = column.first_from(at)
        if first == len(column.times):
            continue
        soonest = int(column.times[first])
        if sum(time < soonest for time in times) >= wanted:
            return
        for departure in _of_day(feed, schedule, column, first, day, wanted, after):
            times.append(departure.scheduled)
            yield departure


def _of_day(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    column: DayColumn,
    first: int,
    day: int,
    wanted: int,
    after: Place | None,
) -> Iterator[Departure]:
    timetable, runs = schedule.timetable, feed.runs
    count, last = 0, -1
    for start in range(first, len(column.times), 2 * wanted):
        block = slice(start, start + 2 * wanted)
        calls = column.calls[block]
        trips = timetable.call_trip[calls]
        routes = timetable.trip_route[trips]
        for time, call, trip, route in zip(
            column.times[block].tolist(),
            calls.tolist(),
            trips.tolist(),
            routes.tolist(),
            strict=True,
        ):
            # Equal times are told apart by route: all of them must be seen.
            if count >= wanted and time > last:
                return
            place = (time, schedule.route_rank[route], call, day)
            if (trip, day) in runs or (after is not None and place <= after):
                continue
            count, last = count + 1, time
            yield Departure(place, call, day, time, None, "scheduled")
