"""Where figures come from: the passages of the archive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mobilite.gtfs.domain.ids import FeedId


@dataclass(frozen=True, slots=True)
class DailyFigure:
    """A table of numbers computed from the passages of one service date of a feed. Such tables are
    stored, so that a long period is read quickly."""

    name: str
    schema: pa.Schema
    """That of its tables."""
    columns: Sequence[str]
    """Those of the archive that it is computed from."""
    compute: Callable[[pa.Table, ZoneInfo, date], pa.Table]
    """From the passages, the time zone of the feed and the date."""


class FeedDay(NamedTuple):
    """A service date of a feed."""

    day: date
    feed_id: FeedId
    complete: bool
    """Whether it is over."""


class DailyTables(Protocol):
    """Reads and stores the tables of figures."""

    def list_days(self, first: date, last: date, feed_id: str | None) -> list[FeedDay]:
        """The dates that are known, with each feed, in order."""
        ...

    def read(
        self, figure: DailyFigure, day: FeedDay, now: int, chosen: pc.Expression | None = None
    ) -> pa.Table:
        """The table of a date, or the chosen rows of it: of a date that is not over, until about
        `now` (POSIX seconds); an empty one without columns if it cannot be read or computed, as of
        a date deleted meanwhile."""
        ...
