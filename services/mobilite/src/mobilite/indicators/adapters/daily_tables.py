"""The daily tables of figures: read from a file, or computed from the passages.

    <folder>/punctuality/date=2026-03-03/tao.parquet

A file is written when its table is read for the first time, and by `recompute`. The files can be
deleted at any time.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from mobilite.indicators.ports import DailyFigure, FeedDay
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.passages.adapters.passage_archive import PassageArchive

log = logging.getLogger(__name__)

FRESH: Final = 60
"""Seconds for which the table of a date that is not over is served again."""


class StoredTables:
    """Stores tables below a folder. Implements `DailyTables`."""

    def __init__(
        self, archive: PassageArchive, folder: Path, failed: Callable[[], None] = lambda: None
    ) -> None:
        """`failed`: called at each error of the disk."""
        self._archive, self._folder, self._failed = archive, folder, failed
        self._recent: dict[tuple[str, date, str], tuple[int, pa.Table]] = {}
        self._computing = Lock()

    def list_days(
        self, first: date = date.min, last: date = date.max, feed_id: str | None = None
    ) -> list[FeedDay]:
        """The dates of the archive, with each feed, in order."""
        return [
            FeedDay(each.day, each.feed_id, each.complete)
            for each in self._archive.list_days(first, last, feed_id)
        ]

    def read(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        """The table of a date."""
        try:
            if day.complete and figure.stored:
                path = self._path(figure, day)
                return (
                    pq.read_table(path, partitioning=None)
                    if path.exists()
                    else self._new(figure, day, now)
                )
            return self._computed(figure, day, now)
        except (OSError, pa.ArrowInvalid) as error:
            log.warning("%s of %s is not known: %s", figure.name, day, error)
            self._failed()
            return pa.table({})

    def recompute(self, figures: Iterable[DailyFigure], first: date, last: date, now: int) -> int:
        """Write the tables of the dates that are over again; returns how many. Raises OSError."""
        count = 0
        for day in self.list_days(first, last):
            for figure in figures:
                if day.complete and figure.stored:
                    self._new(figure, day, now)
                    count += 1
        return count

    def _new(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        table, path = self._compute(figure, day, now), self._path(figure, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path.parent) as part:
            pq.write_table(table, part.content, compression="zstd")
            part.install(path)
        return table

    def _computed(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        """A table that is not stored, computed once a minute at most, by one thread at a time."""
        key = (figure.name, day.day, day.feed_id)
        with self._computing:
            known = self._recent.get(key)
            if known is None or now - known[0] >= FRESH:
                old = [each for each, (at, _) in self._recent.items() if now - at >= FRESH]
                for each in old:
                    del self._recent[each]
                known = self._recent[key] = (now, self._compute(figure, day, now))
        return known[1]

    def _compute(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        passages, zone = self._archive.read_day(day.day, day.feed_id, now, figure.columns)
        return figure.compute(passages, zone, day.day)

    def _path(self, figure: DailyFigure, day: FeedDay) -> Path:
        return self._folder / figure.name / f"date={day.day.isoformat()}" / f"{day.feed_id}.parquet"
