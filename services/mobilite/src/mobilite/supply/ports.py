"""The ports of supply."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from mobilite.feeds.ports import FeedAnnouncements
from mobilite.gtfs.domain.ids import FeedId
from mobilite.supply.domain.supply_rows import StopRow, SupplyQuery, SupplyRow
from mobilite.supply.domain.versions import SupplyVersion


class SupplyState(FeedAnnouncements, Protocol):
    """The state with the announced timetables."""


class ComputeSupply(Protocol):
    """Computes and writes the supply of a packed timetable.

    Raises Refusal; the category `unavailable` is temporary.
    """

    async def __call__(self, feed_id: FeedId, sha256: str, packed: Path) -> None: ...


class FindPacked(Protocol):
    """The packed file of a version; None while the replica does not have it."""

    def __call__(self, sha256: str) -> Path | None: ...


class SupplyStorePort(Protocol):
    """The computed supply on the disk."""

    @property
    def versions(self) -> Mapping[FeedId, tuple[SupplyVersion, ...]]: ...

    def load(self) -> None:
        """Read which versions there are."""
        ...

    def holds(self, sha256: str) -> bool:
        """Whether the supply of a version is computed."""
        ...

    def adopt(self, feed_id: FeedId, version: SupplyVersion, *, oldest: date) -> None:
        """Record that a version is in service; remove those of dates before `oldest`. Errors of
        the disk are logged."""
        ...

    def list_rows(
        self, query: SupplyQuery, *, start: int, limit: int
    ) -> tuple[list[SupplyRow], bool]:
        """The rows from number `start` on, at most `limit`, and whether there are more. Rows that
        cannot be read are left out."""
        ...

    def list_stops(self, query: SupplyQuery) -> list[StopRow]:
        """The departures of every stop, by type of day."""
        ...
