"""The computed supply on the disk: the files of each version, and which is the offer of a date.

`versions.json` names the versions of each feed with the date since when each is in service. Files
of others are removed.
"""

import json
import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.supply.adapters.supply_files import TABLES, table_path
from mobilite.supply.adapters.supply_reading import (
    dated_rows,
    stop_rows,
    supply_rows,
    typical_rows,
)
from mobilite.supply.domain.day_types import DAY_TYPES
from mobilite.supply.domain.supply_rows import StopRow, SupplyQuery, SupplyRow
from mobilite.supply.domain.versions import (
    SupplyVersion,
    VersionDates,
    versions_of,
    with_version,
    without_old,
)

log = logging.getLogger(__name__)

_INDEX: Final = "versions.json"


class SupplyStore:
    """The supply below a folder. Implements `SupplyStorePort`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is created if it is missing."""
        self.folder = folder
        self._versions: dict[FeedId, tuple[SupplyVersion, ...]] = {}

    @property
    def versions(self) -> Mapping[FeedId, tuple[SupplyVersion, ...]]:
        """The versions of each feed, in order."""
        return self._versions

    def load(self) -> None:
        """Read the index. A damaged one is as none: what is announced is then adopted again."""
        try:
            content = json.loads((self.folder / _INDEX).read_text())
            self._versions = {FeedId(feed): _versions(each) for feed, each in content.items()}
        except FileNotFoundError:
            return
        except Exception:
            # Each damage raises something else, and none may keep a role from starting.
            log.warning("%s is not read", self.folder / _INDEX, exc_info=True)

    def holds(self, sha256: str) -> bool:
        """Whether the files of a version exist, complete."""
        try:
            for table in TABLES:
                pq.read_metadata(table_path(self.folder, sha256, table))
        except (OSError, pa.ArrowInvalid):
            return False
        return True

    def adopt(self, feed_id: FeedId, version: SupplyVersion, *, oldest: date) -> None:
        """Record a version in service, and remove what is not the offer of a date from `oldest`
        on."""
        versions = with_version(self._versions.get(feed_id, ()), version)
        self._versions = {**self._versions, feed_id: without_old(versions, oldest)}
        index = {
            feed: [{"sha256": each.sha256, "since": each.since.isoformat()} for each in several]
            for feed, several in self._versions.items()
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_file(self.folder) as part:
                part.content.write(json.dumps(index).encode())
                part.install(self.folder / _INDEX)
            self._remove_others()
        except OSError as error:
            log.warning("supply: %s is not stored: %s", self.folder / _INDEX, error)

    def list_rows(
        self, query: SupplyQuery, *, start: int, limit: int
    ) -> tuple[list[SupplyRow], bool]:
        """The rows from number `start` on, at most `limit`, and whether there are more."""
        rows: list[SupplyRow] = []
        for feed_id in query.feeds:
            table = self._rows(feed_id, query)
            if table is None:
                continue
            remaining = limit - len(rows)
            rows += supply_rows(feed_id, table.slice(start, remaining))
            if start + remaining < table.num_rows:
                return rows, True
            start = max(0, start - table.num_rows)
        return rows, False

    def list_stops(self, query: SupplyQuery) -> list[StopRow]:
        """The departures of every stop, by type of day, those with most first."""
        rows: list[StopRow] = []
        for feed_id in query.feeds:
            rows += stop_rows(
                feed_id,
                [
                    (services, stops)
                    for version in versions_of(self._versions.get(feed_id, ()), query.dates)
                    if (services := self._read(version, "services", _of(version))) is not None
                    and (stops := self._read(version, "stops")) is not None
                ],
            )
        order = {name: number for number, name in enumerate(DAY_TYPES)}
        return sorted(rows, key=lambda row: (order[row.day_type], -row.departures))

    def _rows(self, feed_id: FeedId, query: SupplyQuery) -> pa.Table | None:
        """The rows of a feed; None without a version that can be read."""
        network = pc.field("route_id").is_null()
        wanted = network if query.by == "network" else ~network
        if query.route_id is not None:
            wanted = pc.field("route_id") == query.route_id
        tables, dates = list[pa.Table](), list[date]()
        for version in versions_of(self._versions.get(feed_id, ()), query.dates):
            table = self._read(version, "routes", _of(version) & wanted)
            if table is not None:
                tables.append(table)
            if query.per == "day_type":
                days = self._read(version, "routes", _of(version) & network, ["date"])
                dates += [] if days is None else days["date"].to_pylist()
        if not tables:
            return None
        return dated_rows(tables) if query.per == "date" else typical_rows(tables, dates)

    def _read(
        self,
        version: VersionDates,
        table: str,
        wanted: pc.Expression | None = None,
        columns: list[str] | None = None,
    ) -> pa.Table | None:
        """The rows of a table of a version; None if it cannot be read."""
        path = table_path(self.folder, version.sha256, table)
        try:
            return pq.read_table(path, filters=wanted, columns=columns)
        except (OSError, pa.ArrowInvalid) as error:
            log.warning("%s is not read: %s", path, error)
            return None

    def _remove_others(self) -> None:
        """Remove the files of versions that are not in the index."""
        used = {each.sha256 for several in self._versions.values() for each in several}
        retained = {table_path(self.folder, each, table) for each in used for table in TABLES}
        for path in self.folder.glob("*.parquet"):
            if path not in retained:
                path.unlink(missing_ok=True)


def _of(version: VersionDates) -> pc.Expression:
    """Selects the rows of the dates of a version."""
    dates = version.dates
    return (pc.field("date") >= pa.scalar(dates.first)) & (
        pc.field("date") <= pa.scalar(dates.last)
    )


def _versions(several: Any) -> tuple[SupplyVersion, ...]:
    """The versions of a feed in the index. Raises an exception if they are not valid."""
    return tuple(
        SupplyVersion(str(each["sha256"]), date.fromisoformat(each["since"])) for each in several
    )
