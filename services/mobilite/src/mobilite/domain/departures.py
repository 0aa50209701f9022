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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from mobilite.domain.feed_schedule import DayColumn, FeedSchedule
from mobilite.domain.feed_snapshot import STALE_SECONDS, FeedSnapshot, Run
from mobilite.domain.propagation import CANCELLED, PREDICTED, SKIPPED, UNKNOWN

State = Literal["scheduled", "predicted", "no_data", "stale", "skipped", "cancelled"]

DAYS_AHEAD: Final = 7
"""How far a board looks from its first instant, in days of 24 hours, however it is paged."""
_DAY: Final = 86_400

_STATES: Final[Mapping[int, State]] = {
    UNKNOWN: "no_data",
    PREDICTED: "predicted",
    SKIPPED: "skipped",
    CANCELLED: "cancelled",
}
_AGEING: Final = ("predicted", "no_data")

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
    def ends_at(self) -> int | None:
        """The last call the run still makes, a row of the timetable, where its last stops are
        skipped: this very call where nobody can ride further. None where it goes to its end, or
        does not leave from here at all."""
        if self.run is None or self.state in ("skipped", "cancelled"):
            return None
        states = self.run.calls.states
        last = max(place for place, state in enumerate(states) if state != SKIPPED)
        return None if last == len(states) - 1 else self.run.first_call + last

    @property
    def delay(self) -> int | None:
        """Seconds late (negative: early); None where nothing is predicted."""
        return None if self.predicted is None else self.predicted - self.scheduled


_Candidate = tuple[int, int, int, int, int, State, Run | None]
"""A departure that may be chosen: its place, the scheduled time, the state, the run. Places are
unique, so that candidates sort as they are; few of them become a Departure."""


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
    start = at if after is None else max(at, after[0])
    wanted = limit + 1
    # The same end for every page. Cancellations told weeks ahead wait for their own week.
    until = at + DAYS_AHEAD * _DAY
    found = [
        *_with_updates(feed, stops, start, after, now),
        *_by_schedule(feed, schedule, stops, start, after, wanted),
    ]
    chosen = heapq.nsmallest(wanted, (each for each in found if each[0] < until))
    page = tuple(_departure(candidate) for candidate in chosen[:limit])
    return Departures(page, page[-1].place if page and len(chosen) > limit else None)


def _departure(candidate: _Candidate) -> Departure:
    effective, rank, call, day, scheduled, state, run = candidate
    predicted = effective if state == "predicted" else None
    return Departure((effective, rank, call, day), call, day, scheduled, predicted, state, run)


def _with_updates(
    feed: FeedSnapshot, stops: tuple[int, ...], at: int, after: Place | None, now: int
) -> Iterator[_Candidate]:
    """The departures of the stops from `at` on, after a place, whose run has an update."""
    runs, oldest = feed.runs, now - STALE_SECONDS
    as_of = {i: source.as_of for i, source in feed.sources.items() if source.as_of is not None}
    for stop in stops:
        for key, position in feed.by_stop.get(stop, ()):
            run = runs[key]
            scheduled, resolved = run.scheduled[position], run.calls.departures[position]
            # Whatever its state, it has left: this spares most of a day's runs the rest.
            if (scheduled < at and resolved < at) or run.hidden:
                continue
            state, update = _STATES[run.calls.states[position]], run.update
            if state in _AGEING and as_of.get(update.source, update.seen_at) < oldest:
                state = "stale"
            effective = resolved if state == "predicted" else scheduled
            call, day = run.first_call + position, key[1]
            if effective >= at and (
                after is None or (effective, run.route_rank, call, day) > after
            ):
                yield effective, run.route_rank, call, day, scheduled, state, run


def _by_schedule(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    stops: tuple[int, ...],
    at: int,
    after: Place | None,
    wanted: int,
) -> Iterator[_Candidate]:
    """At least the `wanted` first departures of runs without any update, if there are as many."""
    today = datetime.fromtimestamp(at, UTC).toordinal()
    # A zone may be a date ahead of UTC or behind it: one day more on each side.
    days = range(today - schedule.days_back - 1, today + DAYS_AHEAD + 2)
    times: list[int] = []
    for day in days:
        # What a day holds is no sooner than its start, but may be sooner than what a day before
        # it holds past 24:00.
        soonest = schedule.day_start(day)
        if sum(time < soonest for time in times) >= wanted:
            return
        column = schedule.column(stops, day)
        first = column.first_from(at)
        for candidate in _of_day(feed, schedule, column, first, day, wanted, after):
            times.append(candidate[0])
            yield candidate


def _of_day(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    column: DayColumn,
    first: int,
    day: int,
    wanted: int,
    after: Place | None,
) -> Iterator[_Candidate]:
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
            rank = schedule.route_rank[route]
            if (trip, day) in runs or (after is not None and (time, rank, call, day) <= after):
                continue
            count, last = count + 1, time
            yield time, rank, call, day, time, "scheduled", None
