"""The freshness of a feed's real time and of each of its addresses."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.ports import RealTimeState
from mobilite.sources.ports import DESK_NAME, ESTIMATES_NAME

FeedRealTime = Literal["live", "stale", "none"]
SourceRealTime = Literal["live", "stale", "failing", "none"]


@dataclass(frozen=True, slots=True)
class RealTime:
    """The freshness of one feed's real time."""

    state: FeedRealTime
    updated_at: int | None
    """POSIX seconds of its newest trip updates; None if there never were any."""
    alerts_only: bool = False
    """Whether its state is `none` because it has alerts, but no trip updates."""
    interrupted: bool = False
    """Whether it has no trip updates because an address that never published anything
    fails."""
    unmatched: bool = False
    """Whether its state is `none` because no trip update matches its timetable, although they are
    recent."""


def real_time(state: RealTimeState, feed_id: FeedId, *, now: int) -> RealTime:
    """The state of a feed at `now` (POSIX seconds): `live` if one address with trip updates is not
    older than STALE_SECONDS, `none` if there never was one, else `stale`.

    A feed that publishes alerts only is `none`: that is no failure. One whose recent trip updates
    all match nothing is `none` too. The desk's address does not count: it has cancellations, but no
    predictions.
    """
    feed = state.snapshot.feed(feed_id)
    polls = {i: poll for i, poll in state.polls.get(feed_id, {}).items() if not is_desk(poll)}
    with_trip_updates = {
        index
        for index, poll in polls.items()
        if index in feed.update_counts
        or poll.entities.trip_updates
        or "trip_updates" in poll.carries
    }
    instants = [feed.sources[index].as_of for index in with_trip_updates if index in feed.sources]
    latest = max((as_of for as_of in instants if as_of is not None), default=None)
    if latest is None:
        alerts_only = any(
            poll.entities.alerts or "alerts" in poll.carries for poll in polls.values()
        )
        interrupted = any(
            poll.consecutive_failures and _has_published_nothing(poll) for poll in polls.values()
        )
        return RealTime("none", None, alerts_only, interrupted)
    if now - latest > STALE_SECONDS:
        return RealTime("stale", latest)
    if feed.matches_nothing(with_trip_updates):
        return RealTime("none", latest, unmatched=True)
    return RealTime("live", latest)


def source_state(poll: FeedPollV1, *, now: datetime) -> SourceRealTime:
    """The state of one address: `none` if it never answered and has not failed; `stale` if its
    data is too old; else `failing` if its last attempts failed, or `live`."""
    if poll.as_of is None:
        return "failing" if poll.consecutive_failures else "none"
    if (now - poll.as_of).total_seconds() > STALE_SECONDS:
        return "stale"
    return "failing" if poll.consecutive_failures else "live"


def _has_published_nothing(poll: FeedPollV1) -> bool:
    """Whether no entity of an address is known. Trip updates are expected of it."""
    return not (poll.carries or poll.entities.vehicle_positions or poll.entities.alerts)


def is_desk(poll: FeedPollV1) -> bool:
    """Whether the address is the operators' desk, which has decisions but no predictions."""
    return poll.address == DESK_NAME


def is_estimates(poll: FeedPollV1) -> bool:
    """Whether the address is that of this platform's estimates."""
    return poll.address == ESTIMATES_NAME
