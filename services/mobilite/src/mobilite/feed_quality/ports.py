"""The ports of feed quality."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from mobilite.feed_quality.domain.quality_day import QualityDay
from mobilite.gtfs.domain.ids import FeedId

FeedDays = Mapping[FeedId, QualityDay]
"""The sums of each feed on a date."""


class QualityStore(Protocol):
    """The sums of past days and of today on the disk."""

    def load(self, day: date) -> FeedDays:
        """The sums of a date; {} if there are none, or they cannot be read."""
        ...

    def store(self, day: date, feeds: FeedDays) -> None:
        """Store the sums of a date in place of those before. Errors of the disk are not raised."""
        ...

    def remove_before(self, day: date) -> None:
        """Remove the sums of earlier dates. Errors of the disk are not raised."""
        ...

    def days(self) -> Sequence[date]:
        """The dates with sums, in order."""
        ...
