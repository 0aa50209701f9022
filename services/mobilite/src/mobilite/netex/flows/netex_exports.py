"""The NeTEx exports: one for each feed, and one for the region.

An export is made at its first request, and from then on for every new version, also after a
restart. Many regions never need it; the first request waits for it as one for a first gtfs.zip
does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedVersion
from mobilite.open_data.flows.merge_schedule import (
    CHECK_SECONDS,
    FIRST_SECONDS,
    MergedFile,
    MergedSchedule,
)
from mobilite.open_data.ports import MergedScheduleStore, MergedState
from mobilite.streams.ports import StateSource
from socle.errors import Refusal

REGION: Final = "region"
"""The name of the export of all feeds. A feed with this id has no export of its own."""


@dataclass(frozen=True, slots=True)
class NetexExport:
    """One export."""

    name: str
    """The id of its feed, or `REGION`."""
    version: MergedVersion
    """What it is made of now."""
    file: MergedFile | None
    """The file that is served; None before the first request."""


class NetexExports:
    """Makes and serves the exports of the feeds in service."""

    def __init__(
        self,
        live: StateSource[MergedState],
        open_store: Callable[[str], MergedScheduleStore],
        *,
        serving: Callable[[], Mapping[FeedId, str]],
        publisher: tuple[str, str],
        patience: float = FIRST_SECONDS,
    ) -> None:
        """`open_store`: gives the store of an export, by its name. `serving`, `publisher` and
        `patience`: see `MergedSchedule`."""
        self._live = live
        self._open_store = open_store
        self._serving = serving
        self._publisher = publisher
        self._patience = patience
        self._schedules: dict[str, MergedSchedule] = {}
        self._stored: set[str] = set()
        """The names of the exports that are made for every new version."""
        self._requested = asyncio.Event()

    def list_exports(self) -> Sequence[NetexExport]:
        """The exports of the feeds in service, the region's first."""
        return [
            NetexExport(name, schedule.version(), _find(schedule))
            for name, schedule in ((name, self._schedule(name)) for name in self._names())
        ]

    async def get(self, name: str) -> tuple[MergedFile, MergedVersion]:
        """The file of an export, and what its newest version is made of.

        Raises Refusal("not_found") if there is no such feed, Refusal("unavailable") if the first
        file is not made yet.
        """
        if name != REGION and name not in self._live.state.timetables:
            raise Refusal(
                "not_found",
                f"« {name[:100]}.zip » n'existe pas : la liste des exports NeTEx est à /netex/.",
            )
        schedule = self._schedule(name)
        if name not in self._stored:
            self._stored.add(name)
            self._requested.set()
        return await schedule.wait_for_first(), schedule.version()

    async def run(self) -> None:
        """Make every new version of the exports that were requested, until cancelled."""
        running: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                for name in self._names():
                    self._schedule(name)  # one that was stored before a restart goes on
                for name in self._stored - running:
                    running.add(name)
                    tasks.create_task(self._schedules[name].run())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._requested.wait(), CHECK_SECONDS)
                self._requested.clear()

    def _names(self) -> Sequence[str]:
        feeds = sorted(str(feed_id) for feed_id in self._serving() if feed_id != REGION)
        return [REGION, *feeds] if self._serving() else []

    def _schedule(self, name: str) -> MergedSchedule:
        """The schedule of an export."""
        if name not in self._schedules:
            store = self._open_store(name)
            self._schedules[name] = MergedSchedule(
                self._live,
                store,
                serving=lambda: _selected(self._serving(), name),
                publisher=self._publisher,
                patience=self._patience,
            )
            if store.latest() is not None:
                self._stored.add(name)
        return self._schedules[name]


def _selected(serving: Mapping[FeedId, str], name: str) -> Mapping[FeedId, str]:
    """The feeds in service that an export contains."""
    if name == REGION:
        return serving
    return {feed_id: sha256 for feed_id, sha256 in serving.items() if feed_id == name}


def _find(schedule: MergedSchedule) -> MergedFile | None:
    try:
        return schedule.current()
    except Refusal:
        return None
