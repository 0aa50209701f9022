"""The real time of the region: one snapshot per feed.

A change of one feed leaves the snapshots of the others identical.
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
        """The feed's snapshot; an empty one if there is none."""
        return self.feeds.get(feed_id) or FeedSnapshot(feed_id)

    def with_feed(self, feed: FeedSnapshot) -> "Snapshot":
        """The same region with another snapshot of one feed."""
        return Snapshot({**self.feeds, feed.feed_id: feed})
