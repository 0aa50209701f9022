"""The daily tables of figures: read from a file, or computed from the passages.

    <folder>/punctuality/date=2026-03-03/tao.parquet

A file is written when its table is read for the first time, by `recompute`, and in place of one
that cannot be read. Tables of dates that the archive has no more are deleted then. All can be
deleted at any time.
"""

import logging
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mobilite.indicators.ports import DailyFigure, FeedDay
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.passages.adapters.passage_archive import PassageArchive

log = logging.getLogger(__name__)

FRESH: Final = 60
"""Seconds for which the table of a date that is not over is served again."""
_MOST: Final = 64
"""Tables of dates that are not over that are held in memory."""
_LOCKS: Final = 64
"""Tables of one lock wait for each other, though none is of the same date."""
_DAMAGE: Final = (OSError, pa.ArrowException, KeyError, ValueError)
"""What reading a damaged file, or one of another program, raises."""


class StoredTables:
    """Stores tables below a folder. Implements `DailyTables`."""

    def __init__(
        self, archive: PassageArchive, folder: Path, failed: Callable[[], None] = lambda: None
    ) -> None:
        """`failed`: called at each error of the disk."""
        self._archive, self._folder, self._failed = archive, folder, failed
        self._recent: OrderedDict[tuple[str, date, str], tuple[int, pa.Table]] = OrderedDict()
        self._changing, self._locks = Lock(), [Lock() for _ in range(_LOCKS)]

    def list_days(
        self, first: date = date.min, last: date = date.max, feed_id: str | None = None
    ) -> list[FeedDay]:
        """The dates of the archive, with each feed, in order."""
        return [
            FeedDay(each.day, each.feed_id, each.complete)
            for each in self._archive.list_days(first, last, feed_id)
        ]

    def read(
        self, figure: DailyFigure, day: FeedDay, now: int, chosen: pc.Expression | None = None
    ) -> pa.Table:
        """The table of a date, or the chosen rows of it."""
        try:
            with self._locks[hash((figure.name, day.day, day.feed_id)) % _LOCKS]:
                if not day.complete:
                    table = self._computed(figure, day, now)
                else:
                    stored = self._stored(figure, day, chosen)
                    if stored is not None:
                        return stored
                    table = self._new(figure, day, now)
            return table if chosen is None else table.filter(chosen)
        except _DAMAGE as error:
            log.warning("%s of %s is not known: %s", figure.name, day, error)
            self._failed()
            return pa.table({})

    def recompute(self, figures: Iterable[DailyFigure], first: date, last: date, now: int) -> int:
        """Write the tables of the dates that are over again; returns how many. Raises OSError."""
        count = 0
        for day in self.list_days(first, last):
            for figure in figures:
                if day.complete:
                    self._new(figure, day, now)
                    count += 1
        return count

    def _stored(
        self, figure: DailyFigure, day: FeedDay, chosen: pc.Expression | None
    ) -> pa.Table | None:
        """The rows of a file; None if there is none, or it cannot be read."""
        path = self._path(figure, day)
        if not path.exists():
            return None
        try:
            table = pq.read_table(path, partitioning=None, filters=chosen)
        except _DAMAGE as error:
            log.warning("%s is damaged, and is written again: %s", path, error)
            return None
        return table if table.schema.equals(figure.schema) else None

    def _new(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        table, path = self._compute(figure, day, now), self._path(figure, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path.parent) as part:
            pq.write_table(table, part.content, compression="zstd")
            part.install(path)
        self._remove_old(figure)
        return table

    def _remove_old(self, figure: DailyFigure) -> None:
        """Delete the tables of dates that the archive has no more."""
        for folder in (self._folder / figure.name).glob("date=*"):
            if not (self._archive.folder / folder.name).is_dir():
                shutil.rmtree(folder, ignore_errors=True)

    def _computed(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        """The table of a date that is not over, computed once a minute at most."""
        key = (figure.name, day.day, day.feed_id)
        known = self._recent.get(key)
        if known is None or now - known[0] >= FRESH:
            known = (now, self._compute(figure, day, now))
        with self._changing:
            self._recent[key] = known
            self._recent.move_to_end(key)
            while len(self._recent) > _MOST:
                self._recent.popitem(last=False)
        return known[1]

    def _compute(self, figure: DailyFigure, day: FeedDay, now: int) -> pa.Table:
        passages, zone = self._archive.read_day(day.day, day.feed_id, now, figure.columns)
        return figure.compute(passages, zone, day.day)

    def _path(self, figure: DailyFigure, day: FeedDay) -> Path:
        return self._folder / figure.name / f"date={day.day.isoformat()}" / f"{day.feed_id}.parquet"
