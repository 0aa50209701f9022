"""Computes the supply of each announced timetable, once.

A timetable that cannot be computed concerns no other: its feed answers without figures, with the
reason.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.local_dates import local_date
from mobilite.supply.domain.versions import SupplyVersion
from mobilite.supply.ports import ComputeSupply, FindPacked, SupplyState, SupplyStorePort
from socle.clock import Clock
from socle.errors import Refusal

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 60.0
"""The pause after a temporary failure."""
_WAITING: Final = "L'offre de ce réseau est en cours de calcul : revenez dans une minute."


class SupplyFollower:
    """Keeps the supply of the timetables in service up to date."""

    def __init__(
        self,
        state: Callable[[], SupplyState],
        store: SupplyStorePort,
        *,
        compute: ComputeSupply,
        find_packed: FindPacked,
        clock: Clock,
        retention_days: int,
        failed: Callable[[FeedId], None] = lambda feed_id: None,
    ) -> None:
        """`retention_days`: past dates whose offer is retained. `failed`: called for a timetable
        that could not be computed."""
        self._state = state
        self._store = store
        self._compute = compute
        self._find_packed = find_packed
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._failed = failed
        self._complete = set[str]()
        """The versions, by SHA-256, whose files are there."""
        self._problems: dict[str, str] = {}
        """Why a version is not computed, in French, by its SHA-256."""
        self._retry_at: dict[str, float] = {}
        """When a temporary failure is over, on the monotonic clock."""

    async def run(self) -> None:
        """Compute what is announced, until cancelled."""
        await asyncio.to_thread(self._store.load)
        while True:
            await self.catch_up()
            await self._clock.sleep(CHECK_SECONDS)

    async def catch_up(self) -> None:
        """Compute the announced timetables that are not yet, one after the other."""
        for feed_id, announced in [*self._state().timetables.items()]:
            sha256 = announced.sha256
            if sha256 is not None and not self._is_current(feed_id, sha256):
                today = local_date(self._clock.now(), announced.timezones)
                await self._make(feed_id, SupplyVersion(sha256, today))

    def missing(self) -> Mapping[FeedId, str]:
        """The announced feeds whose newest timetable is not computed, and why, in French."""
        found = {}
        for feed_id, announced in self._state().timetables.items():
            if announced.sha256 is None:
                problem = announced.last_attempt.problem or "aucun horaire utilisable"
                found[feed_id] = f"Ce réseau n'a pas d'horaire : {problem}"
            elif not self._is_current(feed_id, announced.sha256):
                found[feed_id] = self._problems.get(announced.sha256, _WAITING)
        return found

    def _is_current(self, feed_id: FeedId, sha256: str) -> bool:
        versions = self._store.versions.get(feed_id, ())
        in_service = bool(versions) and versions[-1].sha256 == sha256
        return in_service and sha256 in self._complete

    async def _make(self, feed_id: FeedId, version: SupplyVersion) -> None:
        """Compute a version unless it is, and put it in service."""
        sha256 = version.sha256
        if not await asyncio.to_thread(self._store.holds, sha256):
            refused = sha256 in self._problems
            if refused and self._clock.monotonic() < self._retry_at.get(sha256, float("inf")):
                return
            packed = self._find_packed(sha256)
            if packed is None:
                return  # the replica is still fetching it
            try:
                await self._compute(feed_id, sha256, packed)
            except Refusal as refusal:
                self._record(feed_id, sha256, refusal)
                return
        self._problems.pop(sha256, None)
        self._complete.add(sha256)
        oldest = version.since - self._retention
        await asyncio.to_thread(self._store.adopt, feed_id, version, oldest=oldest)

    def _record(self, feed_id: FeedId, sha256: str, refusal: Refusal) -> None:
        log.warning("supply of %s not computed: %s", feed_id, refusal.message)
        self._failed(feed_id)
        self._problems[sha256] = refusal.message
        if refusal.category == "unavailable":
            self._retry_at[sha256] = self._clock.monotonic() + RETRY_SECONDS
