"""Reports the punctuality of today and yesterday by feed, every five minutes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final, get_args

import pyarrow as pa

from mobilite.indicators.domain.punctuality import (
    OnTime,
    Punctuality,
    add_counts,
    punctuality_by,
)
from mobilite.indicators.flows.list_punctuality import PUNCTUALITY
from mobilite.indicators.flows.query_figures import FigureQuery, find_tables
from mobilite.indicators.ports import DailyTables
from mobilite.passages.domain.passage import SourceName
from socle.clock import Clock

_SECONDS: Final = 300.0
Report = Callable[[str, str, dict[str, Punctuality]], None]
"""`today` or `yesterday`, the source, the figures of each feed."""


class PunctualityReporter:
    """Reports the figures."""

    def __init__(self, tables: DailyTables, rule: OnTime, clock: Clock, report: Report) -> None:
        self._tables, self._rule, self._clock, self._report = tables, rule, clock, report

    async def run(self) -> None:
        """Report, until cancelled."""
        while True:
            await self._clock.sleep(_SECONDS)
            await asyncio.to_thread(self.report)

    def report(self) -> None:
        """Report the figures of now."""
        now = self._clock.now()
        # Of the service dates of feeds elsewhere, the one of that name in UTC is near enough.
        for name, back in (("today", 0), ("yesterday", 1)):
            day = now.date() - timedelta(days=back)
            for source in get_args(SourceName):
                query = FigureQuery(first=day, last=day, source=source)
                found = find_tables(
                    self._tables, PUNCTUALITY, query, _by_feed, now=int(now.timestamp())
                )
                groups = (
                    punctuality_by(found.table, ("feed",), self._rule) if len(found.table) else []
                )
                self._report(
                    name, source, {key[0]: figures for key, figures in groups if figures.n}
                )


def _by_feed(table: pa.Table) -> pa.Table:
    return add_counts(table, ("feed",))
