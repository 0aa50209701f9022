"""The region at one instant: a snapshot per feed. One writer swaps it, everybody reads it.

A change of one feed leaves every other feed's snapshot the very same object.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every feed's snapshot, by feed id."""

    feeds: Mapping[FeedId, FeedSnapshot] = field(default_factory=dict)

    def feed(self, feed_id: FeedId) -> FeedSnapshot:
        """The feed's snapshot, an empty one where nothing is known of it."""
        return self.feeds.get(feed_id) or FeedSnapshot(feed_id)

    def with_feed(self, feed: FeedSnapshot) -> "Snapshot":
        """The region in which that feed is so."""
        return Snapshot({**self.feeds, feed.feed_id: feed})
