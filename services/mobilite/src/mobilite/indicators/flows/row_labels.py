"""What a row of figures is of, as the API names it."""

from dataclasses import dataclass
from datetime import date

from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id
from mobilite.indicators.domain.summed_rows import Key
from mobilite.indicators.flows.query_figures import FoundTables


@dataclass(frozen=True, slots=True)
class RowLabels:
    """What a row is of; None for all of them."""

    feed: FeedId | None
    route: GlobalId | None
    stop: GlobalId | None
    hour: int | None
    day: date | None
    complete: bool
    """Whether all its dates are over."""


def row_labels(key: Key, found: FoundTables) -> RowLabels:
    """The labels of a row of these tables."""
    feed = None if key.feed is None else FeedId(key.feed)
    return RowLabels(
        feed,
        _global(feed, key.route_id),
        _global(feed, key.stop_id),
        key.hour,
        key.date,
        not found.incomplete if key.date is None else key.date not in found.incomplete,
    )


def _global(feed: FeedId | None, local: str | None) -> GlobalId | None:
    return None if feed is None or local is None else global_id(feed, local)
