"""The region's merged schedule: made on first request in a separate process, then updated.

Without a request nothing is made. While a version is being made the previous one is served. The
very first request waits a moment; if it takes longer, the response has a Retry-After.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedFeed, MergedVersion, zone_of
from mobilite.open_data.ports import MergedScheduleStore, MergedState
from mobilite.streams.ports import StateSource
from socle.errors import Refusal

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two checks of the served versions; a version unchanged between two checks is made."""
RETRY_SECONDS = 30.0
RETRY_AFTER_SECONDS = 10
FIRST_SECONDS = 10.0
"""How long the first request waits: an ordinary region is written by then, even on a busy
machine.
"""


@dataclass(frozen=True, slots=True)
class MergedFile:
    """A merged schedule on disk; its file name without suffix is its version."""

    path: Path
    version: str


class MergedSchedule:
    """`serving` gives the version of each feed that serves (`TimetableFollower.serving`)."""

    def __init__(
        self,
        live: StateSource[MergedState],
        shelf: MergedScheduleStore,
        *,
        serving: Callable[[], Mapping[FeedId, str]],
        publisher: tuple[str, str],
        patience: float = FIRST_SECONDS,
    ) -> None:
        """`patience` in seconds is how long the first request waits."""
        self._live = live
        self._shelf = shelf
        self._serving = serving
        self._publisher = publisher
        self._patience = patience
        self._wanted = asyncio.Event()
        self._made = asyncio.Event()

    def version(self) -> MergedVersion:
        """The version of the feeds currently served."""
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
                )
            )
            zones[feed_id] = zone_of(schedule.timetable)
        return MergedVersion.of(feeds, zones, self._publisher)

    def current(self) -> MergedFile:
        """The newest file. Raises Refusal("unavailable") if there is none yet."""
        self._wanted.set()
        version = self.version()
        path = self._shelf.find(version.id) or self._shelf.latest()
        if path is not None:
            return MergedFile(path, path.stem)
        sentence = (
            "L'horaire régional est en cours de préparation : revenez dans quelques secondes."
            if version.feeds
            else "Aucun horaire n'est encore disponible : revenez dans quelques secondes."
        )
        raise Refusal("unavailable", sentence, retry_after=RETRY_AFTER_SECONDS)

    async def wait_for_first(self) -> MergedFile:
        """The newest file, or the first one if it is made within `patience`. Raises Refusal as
        `current`."""
        if self._shelf.latest() is None and self.version().feeds:
            self._wanted.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._made.wait(), self._patience)
        return self.current()

    async def run(self) -> None:
        """Make requested versions, until cancelled."""
        if self._shelf.latest() is not None:  # it was requested before this process started
            self._wanted.set()
        seen = ""
        while True:
            await self._wanted.wait()
            version = self.version()
            settled, seen = version.id == seen, version.id
            if settled and version.feeds and self._shelf.find(version.id) is None:
                await self._make(version)
            await asyncio.sleep(LOOK_SECONDS)

    async def _make(self, version: MergedVersion) -> None:
        try:
            await self._shelf.make(version)
            self._made.set()
        except Refusal as refusal:
            log.warning("merged schedule %s not made: %s", version.id, refusal.message)
            await asyncio.sleep(RETRY_SECONDS)
