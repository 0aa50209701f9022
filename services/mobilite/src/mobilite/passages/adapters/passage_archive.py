"""The archive of passages on the disk: a folder for each service date.

    date=2026-03-03/tao.parquet         a date that is over: every planned call
    date=2026-03-03/.tao.parquet.sha256 its checksum
    date=2026-03-03/open/tao.plan       a date that is not: what is planned (Parquet),
    date=2026-03-03/open/tao.….arrows   and what was observed, by the processes so far

The folders are those that Spark, DuckDB and Arrow read as a partitioned data set.
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.machine.adapters.atomic_file import SUFFIX as UNFINISHED
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.passages.adapters.passage_checksums import stored_checksum
from mobilite.passages.adapters.passage_log import SUFFIX, PassageLog, read_log
from mobilite.passages.domain.merge_passages import merge_passages, replace_plan
from mobilite.passages.domain.passage import Passage
from mobilite.passages.domain.passage_table import SCHEMA, passage_table, planned_table
from mobilite.timetable.domain.feed_schedule import FeedSchedule

log = logging.getLogger(__name__)

_OPEN: Final = "open"
_PLAN: Final = ".plan"
_FILE: Final = ".parquet"
_SETTLED: Final = 3 * 3600
"""Seconds after the last planned call of a date at which it is over."""
_TIMEZONE: Final = "timezone"
_DAMAGE: Final = (OSError, pa.ArrowException, KeyError, ValueError)
"""What reading a damaged file, or one of another program, raises."""


class ArchivedDay(NamedTuple):
    """A service date of a feed in the archive."""

    day: date
    feed_id: FeedId
    path: Path | None
    """Its file; None while the date is not over."""

    @property
    def complete(self) -> bool:
        """Whether the date is over."""
        return self.path is not None


class PassageArchive:
    """Stores passages below a folder. Implements `PassageStore`."""

    def __init__(
        self, folder: Path, days: int = 400, failed: Callable[[], None] = lambda: None
    ) -> None:
        """`days`: how many are stored. `failed`: called at each error of the disk."""
        self.folder, self._days, self._failed = folder, days, failed
        self._logs: dict[tuple[date, FeedId], PassageLog] = {}
        for path in folder.glob(f"date=*/**/*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def plan(self, schedule: FeedSchedule, day: int, now: int) -> bool:
        """Store what a timetable plans on a service date (an ordinal), from `now` on. False: the
        disk refused."""
        feed_id, zone = schedule.timetable.feed_id, schedule.timetable.timezones[0]
        folder = self._folder(date.fromordinal(day))
        path = folder / _OPEN / f"{feed_id}{_PLAN}"
        try:
            if (folder / f"{feed_id}{_FILE}").exists():
                return True
            planned, before = planned_table(schedule, day), self._readable(path)
            if before is not None:
                if before.equals(planned):
                    return True
                planned = replace_plan(before, planned, now)
            elif not path.exists() and now >= _end_of(date.fromordinal(day), planned, zone):
                return True  # Nobody observed it.
            _write(path, planned, zone)
        except _DAMAGE as error:
            self._report("The planned calls of %s are not stored: %s", feed_id, error)
            return False
        return True

    def append(self, feed_id: FeedId, passages: Sequence[Passage]) -> None:
        """Store passages that have changed, of any service date."""
        ordered = sorted(passages, key=lambda each: each.run.name.day)
        for day, found in groupby(ordered, key=lambda each: each.run.name.day):
            key = (date.fromordinal(day), feed_id)
            folder = self._folder(key[0])
            if (folder / f"{feed_id}{_FILE}").exists():
                continue  # Hours after the last planned call.
            if key not in self._logs:
                self._logs[key] = PassageLog(_unused(folder / _OPEN, feed_id))
            try:
                self._logs[key].append(passage_table([*found], feed_id))
            except _DAMAGE as error:
                self._logs.pop(key).close()
                self._report("Passages of %s are not stored: %s", feed_id, error)

    def close_days(self, now: int) -> None:
        """Write the files of the service dates that are over, and delete the oldest ones."""
        oldest = datetime.fromtimestamp(now, UTC).date() - timedelta(days=self._days)
        for archived in self.list_days():
            try:
                if archived.day < oldest:
                    shutil.rmtree(self._folder(archived.day), ignore_errors=True)
                elif not archived.complete:
                    self._close_day(archived.day, archived.feed_id, now)
            except _DAMAGE as error:
                self._report("The passages of %s are not archived: %s", archived.day, error)

    def list_days(
        self, first: date = date.min, last: date = date.max, feed_id: str | None = None
    ) -> list[ArchivedDay]:
        """The dates of the archive, with each feed, in order."""
        found = dict[tuple[date, str], Path | None]()
        for folder in self.folder.glob("date=*"):
            try:
                day = date.fromisoformat(folder.name.removeprefix("date="))
            except ValueError:
                continue
            if not first <= day <= last:
                continue
            for path in (folder / _OPEN).glob(f"*{_PLAN}"):
                found[day, path.name.removesuffix(_PLAN)] = None
            for path in folder.glob(f"*{_FILE}"):
                found[day, path.name.removesuffix(_FILE)] = path
        days = [ArchivedDay(day, FeedId(feed), path) for (day, feed), path in found.items()]
        return sorted(each for each in days if feed_id in (None, each.feed_id))

    def list_files(
        self, first: date = date.min, last: date = date.max, feed_id: str | None = None
    ) -> list[tuple[date, FeedId, Path]]:
        """The files of the dates that are over, in order. Implements `ArchivedFiles`."""
        days = self.list_days(first, last, feed_id)
        return [(each.day, each.feed_id, each.path) for each in days if each.path is not None]

    def read_day(
        self, day: date, feed_id: FeedId, now: int, columns: Sequence[str] = SCHEMA.names
    ) -> tuple[pa.Table, ZoneInfo]:
        """The passages of a service date of a feed, with the time zone of the feed; of a date that
        is not over those until `now`. Raises OSError if there are none; ArrowException,
        KeyError or ValueError if the file is damaged, or of another program."""
        path = self._folder(day) / f"{feed_id}{_FILE}"
        if path.exists():
            table = _read(path, columns)
            return table, _zone_of(table)
        table, zone = self._read_open(day, feed_id)
        until = pc.less_equal(table["scheduled_departure"].cast(pa.int64()), now)
        return table.filter(pc.fill_null(until, True)).select([*columns]), zone

    def _close_day(self, day: date, feed_id: FeedId, now: int) -> None:
        plan = _read(self._plan_path(day, feed_id))
        if now < _end_of(day, plan, str(_zone_of(plan))):
            return
        table, zone = self._read_open(day, feed_id)
        _write(self._folder(day) / f"{feed_id}{_FILE}", table, str(zone))
        written = self._logs.pop((day, feed_id), None)
        if written is not None:
            written.close()
        for path in (*self._log_paths(day, feed_id), self._plan_path(day, feed_id)):
            path.unlink(missing_ok=True)
        folder = self._folder(day) / _OPEN
        if not any(folder.iterdir()):
            folder.rmdir()
        stored_checksum(self._folder(day) / f"{feed_id}{_FILE}")

    def _readable(self, path: Path) -> pa.Table | None:
        """A plan; None if there is none, or it is damaged."""
        if not path.exists():
            return None
        try:
            table = _read(path)
            _zone_of(table)
        except _DAMAGE as error:
            self._report("%s is damaged, and is written again: %s", path, error)
            return None
        return table

    def _read_open(self, day: date, feed_id: FeedId) -> tuple[pa.Table, ZoneInfo]:
        plan = _read(self._plan_path(day, feed_id))
        logs = [SCHEMA.empty_table(), *map(read_log, self._log_paths(day, feed_id))]
        return merge_passages(plan, pa.concat_tables(logs)), _zone_of(plan)

    def _folder(self, day: date) -> Path:
        return self.folder / f"date={day.isoformat()}"

    def _plan_path(self, day: date, feed_id: FeedId) -> Path:
        return self._folder(day) / _OPEN / f"{feed_id}{_PLAN}"

    def _log_paths(self, day: date, feed_id: FeedId) -> Iterable[Path]:
        """The logs of the processes so far, the oldest first."""
        return sorted((self._folder(day) / _OPEN).glob(f"{feed_id}.[0-9]*{SUFFIX}"))

    def _report(self, message: str, what: object, error: Exception) -> None:
        log.warning(message, what, error)
        self._failed()


def _end_of(day: date, planned: pa.Table, zone: str) -> int:
    """When a service date is over, in POSIX seconds."""
    midnight = ServiceDate(day).plus(1).start(ZoneInfo(zone)).timestamp()
    last = pc.max(planned["scheduled_departure"].cast(pa.int64())).as_py()
    return max(int(midnight), last or 0) + _SETTLED


def _write(path: Path, table: pa.Table, zone: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    described = table.cast(SCHEMA).replace_schema_metadata({_TIMEZONE: zone})
    with atomic_file(path.parent) as part:
        pq.write_table(described, part.content, compression="zstd")
        part.install(path)


def _read(path: Path, columns: Sequence[str] = SCHEMA.names) -> pa.Table:
    """The columns of a file. Parquet has no seconds: it stores milliseconds."""
    table = pq.read_table(path, columns=[*columns], partitioning=None)
    fields = [SCHEMA.field(name) for name in table.column_names]
    return table.cast(pa.schema(fields, table.schema.metadata))


def _zone_of(table: pa.Table) -> ZoneInfo:
    return ZoneInfo((table.schema.metadata or {})[_TIMEZONE.encode()].decode())


def _unused(folder: Path, feed_id: FeedId) -> Path:
    """The path of a new log, after those of the processes before."""
    numbers = (folder / f"{feed_id}.{number:04}{SUFFIX}" for number in count())
    return next(path for path in numbers if not path.exists())
