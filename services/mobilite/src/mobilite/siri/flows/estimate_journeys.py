"""The journeys of lines with their calls: those under way, and those that begin soon.

https://www.siri-cen.eu/ (CEN/TS 15531-3, Estimated Timetable)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.flows.get_route import resolve_route
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.siri.ports import SiriState
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.trips.flows.runs_of_route import runs_of_route

MAX_CALLS: Final = 20_000
"""Calls in one delivery: it takes some ten megabytes."""


@dataclass(frozen=True, slots=True)
class EstimatedJourney:
    """A run with its calls."""

    feed: FeedSnapshot
    schedule: FeedSchedule
    key: RunKey
    trip: RunTrip
    run: Run | None
    """Its real time; None without a trip update."""
    calls: tuple[RunCall, ...]
    """In order, with those that it leaves out of a run it replaces."""


@dataclass(frozen=True, slots=True)
class EstimatedJourneys:
    """Journeys, by the start of each."""

    journeys: tuple[EstimatedJourney, ...]
    more: bool
    """Whether there are others, beyond `MAX_CALLS`."""


_Place = tuple[int, str, RunKey, FeedSchedule]
"""A run in the order of a delivery: its start in POSIX seconds, its feed, its key; its schedule."""


def estimate_journeys(
    state: SiriState, lines: frozenset[str], *, now: datetime, interval: int
) -> EstimatedJourneys:
    """The journeys that are not over, and begin within `interval` seconds. `lines`: the public ids
    of routes, of which scheduled journeys are listed too; empty: of all, those with a trip update.

    Raises Refusal: "not_found" for an unknown line, "unavailable" until its schedule is loaded.
    """
    instant = int(now.timestamp())
    places = list[_Place]()
    if lines:
        for line in sorted(lines):
            found = resolve_route(state, line)
            feed = state.snapshot.feed(found.schedule.timetable.feed_id)
            places += _of_line(feed, found, now, interval)
    else:
        for feed in state.snapshot.feeds.values():
            if feed.schedule is not None:
                places += _with_updates(feed, feed.schedule, instant, interval)
    places.sort(key=lambda place: place[:3])
    journeys, calls = list[EstimatedJourney](), 0
    for _, _, key, schedule in places:
        feed = state.snapshot.feed(schedule.timetable.feed_id)
        listed = list_calls(feed, key, now=instant)
        calls += len(listed)
        if calls > MAX_CALLS and journeys:
            return EstimatedJourneys(tuple(journeys), more=True)
        trip = get_run_trip(feed, key)
        journeys.append(EstimatedJourney(feed, schedule, key, trip, feed.runs.get(key), listed))
    return EstimatedJourneys(tuple(journeys), more=False)


def _of_line(
    feed: FeedSnapshot, found: FoundRoute, now: datetime, interval: int
) -> Iterator[_Place]:
    """The current runs of a route, with or without an update."""
    today = ServiceDate.of_instant(now, found.schedule.timetable.zone(0))
    instant = int(now.timestamp())
    # The date of a zone can be one ahead of the feed's first zone or behind it.
    for days in range(-found.schedule.days_back, interval // 86_400 + 2):
        for key in runs_of_route(feed, found, today.plus(days)):
            start, end = _times(feed, found.schedule, key)
            if start <= instant + interval and instant <= end:
                yield start, feed.feed_id, key, found.schedule


def _with_updates(
    feed: FeedSnapshot, schedule: FeedSchedule, now: int, interval: int
) -> Iterator[_Place]:
    """The current runs of a feed with an update."""
    for key, run in feed.runs.items():
        if run.hidden or run.trip.route < 0:
            continue
        start, end = _times(feed, schedule, key)
        if start <= now + interval and now <= end:
            yield start, feed.feed_id, key, schedule


def _times(feed: FeedSnapshot, schedule: FeedSchedule, key: RunKey) -> tuple[int, int]:
    """When a run starts by its schedule, and ends by its schedule or prediction: the later one.
    POSIX seconds."""
    run, timetable = feed.runs.get(key), schedule.timetable
    if run is not None:
        return run.departures[0], max(run.arrivals[-1], run.calls.arrivals[-1])
    zero, calls = run_start(timetable, key.trip, key.day), timetable.calls_of(key.trip)
    return (
        zero + int(timetable.call_departure[calls.start]),
        zero + int(timetable.call_arrival[calls.stop - 1]),
    )
