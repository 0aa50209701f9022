"""Measures a feed in the live state."""

from collections.abc import Iterable
from datetime import datetime

from mobilite.events import FeedPollV1, TimetableV1
from mobilite.feed_quality.domain.poller import Attempt
from mobilite.feed_quality.domain.quality_day import Counts, Measurement, Schedule
from mobilite.feed_quality.domain.under_way import RunsUnderWay
from mobilite.feed_status.domain.match_counts import count_matches
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.local_dates import local_date
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.flows.realtime_status import is_desk, is_estimates
from mobilite.vehicles.domain.fleet import count_vehicles
from mobilite.vehicles.ports import VehiclesState


def attempts(state: VehiclesState) -> Iterable[Attempt]:
    """The last poll of every address of the region, the desk's included."""
    for polls in state.polls.values():
        for poll in polls.values():
            yield Attempt(poll.attempted_at.timestamp(), poll.consecutive_failures > 0)


def measure_feed(
    state: VehiclesState,
    feed_id: FeedId,
    under_way: RunsUnderWay | None,
    *,
    now: datetime,
    seconds: float,
    count: bool,
) -> Measurement:
    """A feed at `now`. `under_way`: of its timetable, None without one; `seconds`: since the
    measurement before; `count`: whether to count its entities too."""
    real_time = [poll for poll in state.polls.get(feed_id, {}).values() if is_real_time(poll)]
    newest = max((poll.as_of for poll in real_time if poll.as_of is not None), default=None)
    return Measurement(
        seconds,
        bool(real_time),
        None if newest is None else max(0.0, (now - newest).total_seconds()),
        _count(state, feed_id, under_way, now=int(now.timestamp())) if count else None,
    )


def measure_schedule(announced: TimetableV1 | None, *, now: datetime) -> Schedule:
    """The timetable of a feed; `announced`: None before its first import."""
    if announced is None:
        return Schedule()
    last = ServiceDate.parse(announced.valid_to or "")
    today = local_date(now, announced.timezones)
    return Schedule(
        None if last is None else (last.day - today).days,
        len(announced.report),
        sum(line.count for line in announced.report),
    )


def is_real_time(poll: FeedPollV1) -> bool:
    """Whether trip updates or vehicles are expected of an address: it has had some, or nothing at
    all so far. The addresses of this platform do not count."""
    if is_desk(poll) or is_estimates(poll):
        return False
    live = {"trip_updates", "vehicle_positions"} & {*poll.carries}
    return bool(live) or not poll.carries


def _count(
    state: VehiclesState, feed_id: FeedId, under_way: RunsUnderWay | None, *, now: int
) -> Counts:
    feed = state.snapshot.feed(feed_id)
    matches = [each for source, each in count_matches(feed).items() if not _is_own(feed, source)]
    vehicles = count_vehicles(state.fleet(feed_id), feed, now=now).values()
    runs = [] if under_way is None else [*under_way.at(now)]
    return Counts(
        matched=sum(each.matched + each.added for each in matches),
        unmatched=sum(
            sum(each.unmatched.values()) + sum(each.rejected.values()) for each in matches
        ),
        under_way=len(runs),
        with_real_time=sum(_has_real_time(feed, run, now) for run in runs),
        vehicles=sum(each.matched + each.unmatched + each.without_run for each in vehicles),
        vehicles_with_trip=sum(each.matched for each in vehicles),
    )


def _has_real_time(feed: FeedSnapshot, key: RunKey, now: int) -> bool:
    """Whether the operator has a recent update about a run; a cancellation is one."""
    run = feed.runs.get(key)
    if run is None or run.without_update or _is_own(feed, run.update.source):
        return False
    return not feed.is_stale(run, now=now)


def _is_own(feed: FeedSnapshot, source: int) -> bool:
    """Whether an address is of this platform: the desk's, or that of estimates."""
    known = feed.sources.get(source)
    return known is not None and (known.decides or known.estimates)
