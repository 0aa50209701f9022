"""The supply of routes, networks and stops over a period."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.feeds.ports import KnownFeeds
from mobilite.gtfs.domain.ids import FeedId, split_global_id
from mobilite.gtfs.domain.local_dates import local_date
from mobilite.http.domain.date_ranges import DateRange, date_range
from mobilite.supply.domain.supply_rows import (
    Grouping,
    MissingSupply,
    Per,
    StopRow,
    SupplyQuery,
    SupplyRow,
)
from mobilite.supply.ports import SupplyStorePort
from socle.cursors import decode_start, encode_cursor, page_from
from socle.errors import Refusal

DEFAULT_DAYS: Final = 7
MOST_ROWS: Final = 100_000
"""Rows of a file; a query with more is refused."""


@dataclass(frozen=True, slots=True)
class SupplyParameters:
    """A query as given."""

    feed: str | None
    route: str | None
    first: date | None
    last: date | None
    by: Grouping = "route"
    per: Per = "date"


@dataclass(frozen=True, slots=True)
class SupplyPage:
    """A page of rows."""

    query: SupplyQuery
    rows: list[SupplyRow]
    missing: tuple[MissingSupply, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


@dataclass(frozen=True, slots=True)
class StopPage:
    """A page of stops, by number of departures."""

    query: SupplyQuery
    rows: Sequence[StopRow]
    missing: tuple[MissingSupply, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class SupplyReader:
    """Reads the computed supply."""

    state: Callable[[], KnownFeeds]
    store: SupplyStorePort
    missing: Callable[[], Mapping[FeedId, str]]
    """`SupplyFollower.missing`."""

    def query(self, given: SupplyParameters, *, now: datetime) -> SupplyQuery:
        """The query of these parameters; by default the seven days from today on. Raises
        Refusal."""
        feed, route_id = given.feed, None
        if given.route is not None:
            found = split_global_id(given.route)
            if found is None or feed not in (None, found[0]):
                raise Refusal(
                    "invalid",
                    "Le paramètre route attend l'identifiant public d'une ligne, réseau:ligne, "
                    "du réseau demandé.",
                    parameter="route",
                )
            if given.by == "network":
                raise Refusal(
                    "invalid", "Un réseau se demande sans ligne (by=network).", parameter="route"
                )
            feed, route_id = found
        state = self.state()
        feeds = sorted(state.timetables) if feed is None else [known_feed(state, feed)]
        timetables = state.timetables
        timezones = next((timetables[each].timezones for each in feeds if each in timetables), ())
        today = local_date(now, timezones)
        default = DateRange(today, today + timedelta(days=DEFAULT_DAYS - 1))
        dates = date_range(given.first, given.last, default=default)
        return SupplyQuery(dates, tuple(feeds), route_id, given.by, given.per)

    def list_rows(self, query: SupplyQuery, *, limit: int, cursor: str | None) -> SupplyPage:
        """A page of rows, by feed, date or type of day, and route. Raises Refusal("invalid") for
        an invalid cursor."""
        start = decode_start(cursor)
        rows, more = self.store.list_rows(query, start=start, limit=limit)
        after = encode_cursor(start + len(rows)) if more else None
        return SupplyPage(query, rows, self._missing(query), after)

    def list_all(self, query: SupplyQuery) -> list[SupplyRow]:
        """Every row. Raises Refusal("too_large") if there are too many."""
        rows, more = self.store.list_rows(query, start=0, limit=MOST_ROWS)
        if more:
            raise _too_many()
        return rows

    def list_stops(self, query: SupplyQuery, *, limit: int, cursor: str | None) -> StopPage:
        """A page of stops, by type of day, those with most departures first. Raises
        Refusal("invalid") for an invalid cursor."""
        start = decode_start(cursor)
        page, after = page_from(self._stops(query), start, limit)
        return StopPage(query, page, self._missing(query), after)

    def list_all_stops(self, query: SupplyQuery) -> list[StopRow]:
        """Every stop. Raises Refusal("too_large") if there are too many."""
        rows = self._stops(query)
        if len(rows) > MOST_ROWS:
            raise _too_many()
        return rows

    def _stops(self, query: SupplyQuery) -> list[StopRow]:
        return self.store.list_stops(replace(query, per="day_type"))

    def _missing(self, query: SupplyQuery) -> tuple[MissingSupply, ...]:
        missing = self.missing()
        return tuple(
            MissingSupply(feed_id, missing[feed_id])
            for feed_id in query.feeds
            if feed_id in missing
        )


def _too_many() -> Refusal:
    return Refusal(
        "too_large",
        f"Plus de {MOST_ROWS} rangées : demandez un réseau, une ligne ou une période plus courte.",
    )
