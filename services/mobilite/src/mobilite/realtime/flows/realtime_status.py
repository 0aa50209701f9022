"""The freshness of a feed's real time and of each of its addresses."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.ports import RealTimeState
from mobilite.sources.ports import DESK_NAME

FeedRealTime = Literal["live", "stale", "none"]
SourceRealTime = Literal["live", "stale", "failing", "none"]


@dataclass(frozen=True, slots=True)
class RealTime:
    """The real time of one feed; `updated_at` in POSIX seconds, None if there never was any.

    `alerts_only`: it has alerts, but no trip updates.
    """

    state: FeedRealTime
    updated_at: int | None
    alerts_only: bool = False


def real_time(state: RealTimeState, feed_id: FeedId, *, now: int) -> RealTime:
    """Live if one address with trip updates is fresh; none if there never was any.

    A feed with alerts only has no real time for its boards: normal for most stops, and no
    failure. The desk's address has none either: it has cancellations, but no predictions.
    """
    feed = state.snapshot.feed(feed_id)
    polls = {i: poll for i, poll in state.polls.get(feed_id, {}).items() if not is_desk(poll)}
    speaking = {
        index
        for index, poll in polls.items()
        if index in feed.update_counts
        or poll.entities.trip_updates
        or "trip_updates" in poll.carries
    }
    known = [feed.sources[index].as_of for index in speaking if index in feed.sources]
    latest = max((instant for instant in known if instant is not None), default=None)
    if latest is None:
        alerts_only = any(
            poll.entities.alerts or "alerts" in poll.carries for poll in polls.values()
        )
        return RealTime("none", None, alerts_only)
    return RealTime("live" if now - latest <= STALE_SECONDS else "stale", latest)


def source_state(poll: FeedPollV1, *, now: datetime) -> SourceRealTime:
    """One address: `failing` if the last attempts failed, `stale` once its data is too old."""
    if poll.as_of is None:
        return "failing" if poll.consecutive_failures else "none"
    if (now - poll.as_of).total_seconds() > STALE_SECONDS:
        return "stale"
    return "failing" if poll.consecutive_failures else "live"


def is_desk(poll: FeedPollV1) -> bool:
    """Whether the address is the desk's, which has decisions but no predictions."""
    return poll.address == DESK_NAME
