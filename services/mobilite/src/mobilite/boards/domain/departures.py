"""The next departures of a stop: the schedule with the real time of each run.

A departure is on the board until its *effective* time: the predicted one if there is one, else the
scheduled one. A late departure is therefore displayed longer, an early one less long, a cancelled
or skipped one until its scheduled time. The states of a departure:

    scheduled   no trip update
    predicted   the trip update predicts this call
    no_data     the trip update has no prediction for this call (before its first stop update, or
                NO_DATA): unknown, which is not "on time"
    added       a run outside the timetable, or a detour's replacement stop; predicted or not
    stale       the feed's last message is too old for its predictions to be displayed
    skipped, cancelled   a decision of the operator: it stays valid when the feed is silent. A call
                that a replacement or a detour leaves out is skipped too, or cancelled with its run

A call moved to another platform appears on both platforms' boards, and once on their station's.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final

from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import CallChange, Run, State
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.timetable.domain.feed_schedule import DayColumn, FeedSchedule

DAYS_AHEAD: Final = 7
"""How far a board looks ahead from its first instant, in days of 24 hours, over all its pages."""
_DAY: Final = 86_400
_SCHEDULED: Final = itemgetter(0)
_SCHEDULED_STATE: Final[State] = "scheduled"
_UNCHANGED: Final = CallChange()

Place = tuple[int, int, int, int, int]
"""The sort key of a departure: effective time, route rank, call, service day, and a number that
distinguishes runs outside the timetable. `call` is a row of the timetable, or `ADDED_CALLS` plus
the position for a run outside it.
"""


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure: the call at `position` of a run. Times are POSIX seconds."""

    place: Place
    trip: RunTrip
    day: int
    """The ordinal of the service day."""
    position: int
    stop: int
    """The row of the platform served."""
    scheduled_stop: int
    """The row of the scheduled platform."""
    scheduled: int
    """The scheduled departure."""
    predicted: int | None
    """The predicted departure; None if there is none."""
    state: State
    run: Run | None = None
    """None without a trip update, and for a call that a replacement run leaves out."""

    @property
    def run_key(self) -> RunKey:
        """The key of its run, with or without a trip update."""
        return RunKey(self.trip.row, self.day) if self.run is None else self.run.key

    @property
    def served(self) -> bool:
        """Whether the vehicle calls here."""
        return self.state not in ("skipped", "cancelled")

    @property
    def change(self) -> CallChange:
        """What the trip update changes at this call, except times."""
        if self.run is None or not self.run.changes:
            return _UNCHANGED
        return self.run.changes.get(self.position, _UNCHANGED)

    @property
    def headsign(self) -> str:
        """The headsign of the vehicle at this call."""
        return self.change.headsign or self.trip.headsign(self.position)

    @property
    def pickup(self) -> int:
        """pickup_type 0–3; 1 if the trip update removes boarding."""
        changed = self.change.pickup
        return self.trip.pickup(self.position) if changed is None else changed

    @property
    def ends_at(self) -> int | None:
        """The row of the last stop served if the run ends before its last stop: this call's stop
        if no further one is served. None if it goes to its end, or if this call is not served."""
        if self.run is None or not self.served:
            return None
        last = self.run.last_served
        complete = self.trip.continues or not self.run.cut_short
        return None if complete and last == len(self.trip) - 1 else self.run.stop(last)

    @property
    def delay(self) -> int | None:
        """Seconds late (negative: early); None without a prediction or a schedule."""
        if self.predicted is None or not self.trip.planned(self.position):
            return None
        return self.predicted - self.scheduled


_Candidate = tuple[int, int, int, int, int, int, State, Run | None]
"""A candidate departure: the five numbers of its place, then its scheduled time, state and run.
Places are unique, so candidates sort as tuples; few of them become a Departure."""


@dataclass(frozen=True, slots=True)
class Departures:
    """A page of departures, in order of their places."""

    page: tuple[Departure, ...]
    next: Place | None
    """The place after which the next page starts; None if there is none."""


def next_departures(
    feed: FeedSnapshot,
    stops: tuple[int, ...],
    *,
    at: int,
    now: int,
    limit: int,
    after: Place | None = None,
    within: int = DAYS_AHEAD * _DAY,
) -> Departures:
    """The first `limit` departures of a group of stops (rows) from the instant `at` on. `at`,
    `now`: POSIX seconds; `now` decides which real time is stale. `after`: the last place of the
    previous page. `within`: how far after `at` to look, in seconds."""
    schedule = feed.schedule
    if schedule is None:
        return Departures((), None)
    start, wanted = at if after is None else max(at, after[0]), limit + 1
    # The same end for every page. Cancellations announced weeks ahead appear in their own week.
    until = at + within
    found = [
        *_with_updates(feed, stops, start, until, after, now, wanted),
        *_by_schedule(feed, schedule, stops, start, until, after, wanted),
    ]
    chosen = heapq.nsmallest(wanted, (each for each in found if each[0] < until))
    page = tuple(_departure(schedule, candidate) for candidate in chosen[:limit])
    return Departures(page, page[-1].place if page and len(chosen) > limit else None)


def _departure(schedule: FeedSchedule, candidate: _Candidate) -> Departure:
    effective, rank, call, day, tie, scheduled, state, run = candidate
    place = effective, rank, call, day, tie
    if run is None:
        timetable, row = schedule.timetable, int(schedule.timetable.call_trip[call])
        position, stop = call - int(timetable.trip_first[row]), int(timetable.call_stop[call])
        trip = TimetableTrip(timetable, row)
        return Departure(place, trip, day, position, stop, stop, scheduled, None, state)
    position = call - run.order
    predicted_at, stop = run.predicted_departure(position, state), run.trip.stop(position)
    served = run.stop(position) if run.changes else stop
    return Departure(
        place, run.trip, day, position, served, stop, scheduled, predicted_at, state, run
    )


def _with_updates(
    feed: FeedSnapshot,
    stops: tuple[int, ...],
    at: int,
    until: int,
    after: Place | None,
    now: int,
    wanted: int,
) -> list[_Candidate]:
    """The first departures from `at` on, after a place, whose run has a trip update: at least the
    first `wanted` ones if there are as many.

    Departures are sorted by schedule, and no departure deviates from it by more than the feed's
    bounds: earlier ones have left, and once enough are found later ones come after them.
    """
    runs, oldest, horizon = feed.runs, now - STALE_SECONDS, until - 1
    as_of = {i: source.as_of for i, source in feed.sources.items() if source.as_of is not None}
    found, soonest = list[_Candidate](), list[int]()
    for stop in stops:
        calls = feed.by_stop.get(stop, ())
        for index in range(bisect_left(calls, at - feed.late, key=_SCHEDULED), len(calls)):
            scheduled, key, position = calls[index]
            if scheduled - feed.early > horizon:
                break
            run = runs[key]
            # Departures outside the bounds are not resolved.
            if run.hidden or scheduled + run.late < at or scheduled - run.early > horizon:
                continue
            if run.changes and _is_displayed_elsewhere(run, position, stop, stops):
                continue
            stale = as_of.get(run.update.source, run.update.seen_at) < oldest
            state = run.state(position, stale=stale)
            predicted_at = run.predicted_departure(position, state)
            effective = scheduled if predicted_at is None else predicted_at
            place = effective, run.route_rank, run.order + position, key.day, run.tie
            if effective < at or (after is not None and place <= after):
                continue
            found.append((*place, scheduled, state, run))
            horizon = _shortened_horizon(horizon, soonest, effective, wanted)
    return found


def _shortened_horizon(horizon: int, soonest: list[int], effective: int, wanted: int) -> int:
    """The horizon after one more departure was found: nothing later than the `wanted` soonest ones
    matters.

    `soonest`: a heap of the negated effective times of these; the departure is added to it.
    """
    heapq.heappush(soonest, -effective)
    if len(soonest) > wanted:
        heapq.heappop(soonest)
    return min(horizon, -soonest[0]) if len(soonest) == wanted else horizon


def _is_displayed_elsewhere(run: Run, position: int, stop: int, stops: tuple[int, ...]) -> bool:
    """Whether the board displays this call at another of its stops, to which it was moved."""
    now_at = run.stop(position)
    return now_at != stop and now_at in stops


def _by_schedule(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    stops: tuple[int, ...],
    at: int,
    until: int,
    after: Place | None,
    wanted: int,
) -> Iterator[_Candidate]:
    """At least the first `wanted` departures of runs without a trip update before `until`, if there
    are as many, and the calls that replacement runs leave out."""
    today = datetime.fromtimestamp(at, UTC).toordinal()
    # The date of a zone can be one ahead of UTC's or behind it: take one more day on each side.
    times: list[int] = []
    for day in range(today - schedule.days_back - 1, today + DAYS_AHEAD + 2):
        # No departure of a day is before the day's start, but it can be before a departure of the
        # previous day past 24:00.
        soonest = schedule.day_start(day)
        if soonest >= until or sum(time < soonest for time in times) >= wanted:
            return
        column = schedule.column(stops, day)
        for candidate in _of_day(feed, schedule, column, column.first_from(at), day, wanted, after):
            if candidate[0] >= until:
                break
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
    """The departures of one service day by schedule, from the position `first` of its column on:
    at least `wanted`, if there are as many."""
    timetable, runs, replaced = schedule.timetable, feed.runs, feed.replaced
    first_call = timetable.trip_first
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
            # Equal times are sorted by route: all of them must be considered.
            if count >= wanted and time > last:
                return
            rank = schedule.route_rank[route]
            key, state = (trip, day, ""), _SCHEDULED_STATE
            if key in runs:
                run = runs[RunKey(*key)] if key in replaced else None
                if run is None or run.hidden or call - int(first_call[trip]) not in run.left_out:
                    continue
                state = run.left_out_state
            if after is not None and (time, rank, call, day, 0) <= after:
                continue
            count, last = count + 1, time
            yield time, rank, call, day, 0, time, state, None
