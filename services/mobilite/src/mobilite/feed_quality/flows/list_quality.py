"""The quality of feeds over a period, by day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mobilite.feed_quality.domain.quality_day import QualityDay
from mobilite.feed_quality.domain.quality_shares import QualityShares, shares_of
from mobilite.feed_quality.ports import FeedDays, QualityStore
from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.feeds.ports import KnownFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.local_dates import local_date
from mobilite.http.domain.date_ranges import DateRange, date_range
from socle.cursors import decode_start, page_from

DEFAULT_DAYS: Final = 7
CurrentDay = Callable[[date], Mapping[FeedId, QualityDay] | None]
"""`QualityRecorder.current`."""


@dataclass(frozen=True, slots=True)
class QualityQuery:
    """Of which feeds, and of which dates."""

    feeds: tuple[FeedId, ...]
    dates: DateRange


@dataclass(frozen=True, slots=True)
class QualityRow:
    """A feed on a date."""

    feed_id: FeedId
    date: date
    complete: bool
    """Whether the date is over."""
    coverage: float
    """The share of the date, up to now, that was measured."""
    day: QualityDay
    shares: QualityShares


@dataclass(frozen=True, slots=True)
class QualityPage:
    """A page of rows."""

    dates: DateRange
    rows: Sequence[QualityRow]
    next: str | None
    """The cursor of the next page; None if there is none."""


@dataclass(frozen=True, slots=True)
class QualityReader:
    """Reads the sums of past days and of today."""

    state: Callable[[], KnownFeeds]
    store: QualityStore
    current: CurrentDay

    def query(
        self, feed: str | None, first: date | None, last: date | None, *, now: datetime
    ) -> QualityQuery:
        """The query of these parameters; by default the seven days up to today. Raises Refusal."""
        state = self.state()
        feeds = (
            sorted({*state.timetables, *state.polls}) if feed is None else [known_feed(state, feed)]
        )
        today = max((self._today(each, now) for each in feeds), default=now.date())
        default = DateRange(today - timedelta(days=DEFAULT_DAYS - 1), today)
        return QualityQuery(tuple(feeds), date_range(first, last, default=default))

    def list_rows(self, query: QualityQuery, *, now: datetime) -> tuple[QualityRow, ...]:
        """The rows by date and feed. A date between others on which nothing was measured has a row
        without figures; dates before the first measurement have none."""
        known = self.store.days()
        rows = []
        for day in query.dates.dates():
            feeds: FeedDays | None = self.current(day)
            if feeds is None:
                if not known or day < known[0]:
                    continue
                feeds = self.store.load(day)
            rows += [
                self._row(feed_id, day, feeds.get(feed_id, QualityDay()), now)
                for feed_id in query.feeds
                if day <= self._today(feed_id, now)
            ]
        return tuple(rows)

    def _row(self, feed_id: FeedId, day: date, sums: QualityDay, now: datetime) -> QualityRow:
        zone = ZoneInfo(next(iter(self._timezones(feed_id)), "UTC"))
        start = datetime.combine(day, time(), zone).timestamp()
        end = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
        elapsed = max(1.0, min(end, now.timestamp()) - start)
        coverage = min(1.0, sums.measured_s / elapsed)
        return QualityRow(feed_id, day, now.timestamp() >= end, coverage, sums, shares_of(sums))

    def _today(self, feed_id: FeedId, now: datetime) -> date:
        return local_date(now, self._timezones(feed_id))

    def _timezones(self, feed_id: FeedId) -> tuple[str, ...]:
        announced = self.state().timetables.get(feed_id)
        return () if announced is None else announced.timezones


def page_of(
    rows: Sequence[QualityRow], query: QualityQuery, *, limit: int, cursor: str | None
) -> QualityPage:
    """A page of the rows of a query. Raises Refusal("invalid") for an invalid cursor."""
    return QualityPage(query.dates, *page_from(rows, decode_start(cursor), limit))
