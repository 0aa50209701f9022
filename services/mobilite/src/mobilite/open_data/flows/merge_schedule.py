"""The region's merged schedule: made in a separate process for each version of the feeds.

A replica is ready once each feed in service is in its file. While a version is being made the
previous one is served. A request before the very first waits up to `FIRST_SECONDS`; if it takes
longer, the response has a Retry-After.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedFeed, MergedVersion, zone_of
from mobilite.open_data.ports import MergedScheduleStore, MergedState
from mobilite.streams.ports import StateSource
from socle.errors import Refusal

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""Seconds between two checks of the versions in service. A version is made once two checks in a
row have found it."""
RETRY_SECONDS = 30.0
"""Pause after a failed attempt."""
RETRY_AFTER_SECONDS = 10
"""For the client, while there is no file."""
FIRST_SECONDS = 10.0
"""How long a request waits for the very first file: an ordinary region is written by then, even
on a busy machine.
"""


@dataclass(frozen=True, slots=True)
class MergedFile:
    """A merged schedule on disk."""

    path: Path
    version: str
    """The id of the version (`MergedVersion`)."""


class MergedSchedule:
    """Makes and serves the merged schedule."""

    def __init__(
        self,
        live: StateSource[MergedState],
        store: MergedScheduleStore,
        *,
        serving: Callable[[], Mapping[FeedId, str]],
        publisher: tuple[str, str],
        patience: float = FIRST_SECONDS,
    ) -> None:
        """`serving`: gives the SHA-256 of the packed file of each feed in service
        (`TimetableFollower.serving`). `publisher`: name and address. `patience`: seconds that a
        request waits for the very first file.
        """
        self._live = live
        self._store = store
        self._serving = serving
        self._publisher = publisher
        self._patience = patience
        self._first_made = asyncio.Event()
        self._attempted: frozenset[FeedId] = frozenset()
        """The feeds of the newest version that was made, or could not be made."""

    def version(self) -> MergedVersion:
        """The version made of the feeds in service."""
        state = self._live.state
        feeds, zones = [], {}
        for feed_id, sha256 in self._serving().items():
            schedule, announcement = (
                state.snapshot.feed(feed_id).schedule,
                state.timetables.get(feed_id),
            )
            if schedule is None or announcement is None:
                continue
            feeds.append(
                MergedFeed(
                    feed_id,
                    sha256,
                    announcement.name,
                    announcement.licence,
                    announcement.attribution,
                    _rfc_3339(announcement.packed_at),
                )
            )
            zones[feed_id] = zone_of(schedule.timetable)
        return MergedVersion.of(feeds, zones, self._publisher)

    def why_not(self) -> str | None:
        """The feeds in service that are in no file yet, in French; None if there are none. A feed
        whose file could not be made is not listed: boards do not wait for it."""
        in_service = (feed.feed_id for feed in self.version().feeds)
        waiting = [feed_id for feed_id in in_service if feed_id not in self._attempted]
        return f"pas encore dans l'horaire régional : {', '.join(waiting)}" if waiting else None

    def current(self) -> MergedFile:
        """The file of the current version, else the newest one. Raises Refusal("unavailable") if
        there is no file yet."""
        version = self.version()
        path = self._store.find(version.id) or self._store.latest()
        if path is not None:
            return MergedFile(path, path.stem)
        sentence = (
            "L'horaire est en cours de préparation : revenez dans quelques secondes."
            if version.feeds
            else "Aucun horaire n'est encore disponible : revenez dans quelques secondes."
        )
        raise Refusal("unavailable", sentence, retry_after=RETRY_AFTER_SECONDS)

    async def wait_for_first(self) -> MergedFile:
        """The same as `current`, but if there is no file yet wait up to `patience` for the
        first."""
        if self._store.latest() is None and self.version().feeds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._first_made.wait(), self._patience)
        return self.current()

    async def run(self) -> None:
        """Make every new version, until cancelled."""
        seen = ""
        while True:
            version = self.version()
            unchanged, seen = version.id == seen, version.id
            if self._store.find(version.id) is not None:
                self._record_attempt(version)
            elif unchanged and version.feeds:
                await self._make(version)
            await asyncio.sleep(CHECK_SECONDS)

    async def _make(self, version: MergedVersion) -> None:
        """Make one version; pause if it fails."""
        try:
            await self._store.make(version)
        except Refusal as refusal:
            log.warning("merged schedule %s not made: %s", version.id, refusal.message)
            self._record_attempt(version)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            self._record_attempt(version)
            self._first_made.set()

    def _record_attempt(self, version: MergedVersion) -> None:
        self._attempted = frozenset(feed.feed_id for feed in version.feeds)


def _rfc_3339(instant: datetime | None) -> str:
    """An instant in UTC, to the second; "" for None."""
    return instant.astimezone(UTC).isoformat(timespec="seconds") if instant else ""
