"""Every feed: its schedule as last imported, and the state of each real-time address."""

from dataclasses import dataclass
from datetime import datetime

from mobilite.events import FeedPollV1, TimetableV1
from mobilite.feed_status.domain.match_counts import MatchCounts, count_matches
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.flows.realtime_status import SourceRealTime, source_state
from mobilite.vehicles.domain.fleet import VehicleCounts, count_vehicles
from mobilite.vehicles.ports import VehiclesState


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One real-time address."""

    poll: FeedPollV1
    state: SourceRealTime
    age: int | None
    """Of its data, in seconds; None if it never had any."""
    match_counts: MatchCounts
    vehicles: VehicleCounts | None = None
    """None if it has no vehicles."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed."""

    feed_id: FeedId
    timetable: TimetableV1 | None
    """None before its first import."""
    serving: bool
    """Whether this replica has its schedule."""
    sources: tuple[SourceReport, ...]


def list_feeds(state: VehiclesState, *, now: datetime) -> tuple[FeedReport, ...]:
    """The feeds of which this replica has a schedule or a poll, by id."""
    known = sorted({*state.timetables, *state.polls, *state.searches})
    return tuple(_report(state, feed_id, now) for feed_id in known)


def _report(state: VehiclesState, feed_id: FeedId, now: datetime) -> FeedReport:
    feed = state.snapshot.feed(feed_id)
    match_counts = count_matches(feed)
    vehicles = count_vehicles(state.fleet(feed_id), feed, now=int(now.timestamp()))
    sources = tuple(
        SourceReport(
            poll,
            source_state(poll, now=now),
            _age(poll, now),
            match_counts[index],
            vehicles.get(index),
        )
        for index, poll in sorted(state.polls.get(feed_id, {}).items())
    )
    return FeedReport(feed_id, state.timetables.get(feed_id), feed.schedule is not None, sources)


def _age(poll: FeedPollV1, now: datetime) -> int | None:
    return None if poll.as_of is None else max(0, int((now - poll.as_of).total_seconds()))
