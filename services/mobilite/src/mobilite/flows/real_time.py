"""What the real time of a feed, and of each of its addresses, is worth at one instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mobilite.domain.feed import FeedId
from mobilite.domain.feed_snapshot import STALE_SECONDS
from mobilite.events import FeedPollV1
from mobilite.flows.live import LiveState

FeedRealTime = Literal["live", "stale", "none"]
SourceRealTime = Literal["live", "stale", "failing", "none"]


@dataclass(frozen=True, slots=True)
class RealTime:
    """The real time of one feed; `updated_at` in POSIX seconds, None where there never was any."""

    state: FeedRealTime
    updated_at: int | None


def real_time(state: LiveState, feed_id: FeedId, *, now: int) -> RealTime:
    """Live as long as one address that speaks of runs does so; none where none ever did.

    A network that publishes alerts only has no real time for its boards: the normal state of most
    stops, and no failure.
    """
    feed = state.snapshot.feed(feed_id)
    polls = state.polls.get(feed_id, {})
    speaking = {index for index, poll in polls.items() if poll.entities.trip_updates}
    speaking.update(feed.spoken)
    known = [feed.sources[index].as_of for index in speaking if index in feed.sources]
    latest = max((instant for instant in known if instant is not None), default=None)
    if latest is None:
        return RealTime("none", None)
    return RealTime("live" if now - latest <= STALE_SECONDS else "stale", latest)


def source_state(poll: FeedPollV1, *, now: datetime) -> SourceRealTime:
    """One address: `failing` where the last attempts failed, `stale` once that shows."""
    if poll.as_of is None:
        return "failing" if poll.consecutive_failures else "none"
    if (now - poll.as_of).total_seconds() > STALE_SECONDS:
        return "stale"
    return "failing" if poll.consecutive_failures else "live"
