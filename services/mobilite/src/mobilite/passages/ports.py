"""What passages require: the archive."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from mobilite.gtfs.domain.ids import FeedId
from mobilite.passages.domain.passage import Passage
from mobilite.timetable.domain.feed_schedule import FeedSchedule


class PassageStore(Protocol):
    """The archive. Errors of the disk are counted and logged, not raised."""

    def plan(self, schedule: FeedSchedule, day: int, now: int) -> bool:
        """Store what a timetable plans on a service date (an ordinal), from `now` (POSIX seconds)
        on; nothing is changed of a date that is over. False: the disk refused."""
        ...

    def append(self, feed_id: FeedId, passages: Sequence[Passage]) -> None:
        """Store passages that have changed, of any service date."""
        ...

    def close_days(self, now: int) -> None:
        """Write the files of the service dates that are over, and delete the oldest ones."""
        ...


class ArchivedFiles(Protocol):
    """The files of the archive."""

    def list_files(
        self, first: date, last: date, feed_id: str | None
    ) -> list[tuple[date, FeedId, Path]]:
        """Those of the service dates that are over, in order."""
        ...
