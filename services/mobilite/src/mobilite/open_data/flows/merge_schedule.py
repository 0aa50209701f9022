"""The region's one schedule: made aside when somebody asks for it, and kept up with from then on.

Who never publishes it never pays for it. While a version is being made the one before it goes
out. Who asks for the very first one waits a moment; where it takes longer, an answer says when to
come back.
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
"""Between two looks at what serves; a version that is the same at two looks is made."""
RETRY_SECONDS = 30.0
COME_BACK_SECONDS = 10
FIRST_SECONDS = 10.0
"""How long the first to ask wait: an ordinary region is written by then, even on a busy machine."""


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
        """`patience` in seconds is how long the first to ask wait for it."""
        self._live = live
        self._shelf = shelf
        self._serving = serving
        self._publisher = publisher
        self._patience = patience
        self._wanted = asyncio.Event()
        self._made = asyncio.Event()

    def version(self) -> MergedVersion:
        """The version made of what serves now."""
        state = self._live.state
        feeds, zones = [], {}
        for feed_id, sha256 in self._serving().items():
            schedule, facts = state.snapshot.feed(feed_id).schedule, state.timetables.get(feed_id)
            if schedule is None or facts is None:
                continue
            feeds.append(MergedFeed(feed_id, sha256, facts.name, facts.licence, facts.attribution))
            zones[feed_id] = zone_of(schedule.timetable)
        return MergedVersion.of(feeds, zones, self._publisher)

    def current(self) -> MergedFile:
        """The newest file there is. Raises Refusal("unavailable") before there is any."""
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
        raise Refusal("unavailable", sentence, retry_after=COME_BACK_SECONDS)

    async def soon(self) -> MergedFile:
        """The newest file there is, or the first one if it comes within moments. Raises Refusal as
        `current`."""
        if self._shelf.latest() is None and self.version().feeds:
            self._wanted.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._made.wait(), self._patience)
        return self.current()

    async def run(self) -> None:
        """Make what is wanted, until cancelled."""
        if self._shelf.latest() is not None:  # it was asked for before this process began
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
