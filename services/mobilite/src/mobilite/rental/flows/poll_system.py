"""Polls one rental system: its GBFS files, each read in its own task, published together.

Any failure of a file is reported in the system's RentalSystemV1; its last content stays published
and ages. Stations and vehicles are published before the system record about them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from mobilite.events import RentalSystemV1
from mobilite.feeds.domain.feed import Feed
from mobilite.rental.domain.gbfs_document import Document
from mobilite.rental.domain.poll_intervals import metadata_interval, status_interval
from mobilite.rental.flows.gbfs_file import GbfsFile
from mobilite.rental.flows.published_system import PublishedSystem
from mobilite.rental.flows.rental_rows import count_unknown_types, station_rows, vehicle_rows
from mobilite.rental.flows.system_record import system_record
from mobilite.rental.ports import RentalDependencies
from mobilite.sources.domain.churn import Churn
from socle.errors import Retry

log = logging.getLogger(__name__)

_LIVE: Final = ("station_status", "vehicle_status")
"""The files with availability."""
_RETRY_SECONDS: Final = 1.0
"""Pause while the broker is unavailable."""
_REPUBLISH_SECONDS: Final = 30.0
"""Seconds after which a system record is published again if only the instants of its reads have
changed."""


class RentalSystem:
    """One polled system, and the only writer of its rows."""

    def __init__(self, feed: Feed, published: PublishedSystem, tools: RentalDependencies) -> None:
        """`feed` must have a GBFS address. `published`: what the tables contain of it."""
        assert feed.gbfs is not None
        self._feed, self._published, self._tools = feed, published, tools
        self._discovery = GbfsFile(
            "gbfs",
            feed.gbfs,
            tools.open_source(feed.gbfs, declared=feed.gbfs),
            partial(tools.decoders.discovery, address=feed.gbfs),
            tools.clock,
        )
        self._files: dict[str, GbfsFile[Any]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._published_documents: tuple[Document[Any] | None, ...] | None = None
        self._notes: Counter[str] = Counter()
        self._pause_seconds = 0.0

    async def run(self) -> None:
        """Read and publish until cancelled. While the broker is unavailable it tries again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._publish_changes())
            while True:
                await self._discovery.read()
                self._apply_discovery(group)
                self._changed.set()
                interval = metadata_interval(self._discovery.ttl, self._tools.poll_seconds)
                await self._discovery.pause(interval)

    def _apply_discovery(self, group: asyncio.TaskGroup) -> None:
        """Start and stop file tasks according to gbfs.json."""
        if self._discovery.document is None:
            return
        listed = self._discovery.document.content.files
        for name in [name for name, file in self._files.items() if listed.get(name) != file.url]:
            self._tasks.pop(name).cancel()
            del self._files[name]
        for name, url in listed.items():
            if name not in self._files:
                file = self._file(name, url)
                self._files[name] = file
                self._tasks[name] = group.create_task(self._follow(file))

    def _file(self, name: str, url: str) -> GbfsFile[Any]:
        decode: Callable[[bytes], Document[Any]] = getattr(self._tools.decoders, name)
        if name == "vehicle_status":
            decode = partial(self._tools.decoders.vehicle_status, feed_id=self._feed.id)
        source = self._tools.open_source(url, declared=self._discovery.url)
        return GbfsFile(name, url, source, decode, self._tools.clock, live=name in _LIVE)

    async def _follow(self, file: GbfsFile[Any]) -> None:
        """Read one file until cancelled."""
        interval = status_interval if file.name in _LIVE else metadata_interval
        while True:
            await file.read()
            self._changed.set()
            await file.pause(interval(file.ttl, self._tools.poll_seconds))

    async def _publish_changes(self) -> None:
        """Publish whenever a file has been read, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            # Wait until every listed file has been attempted, so that the first publication is
            # complete.
            if not all(file.attempted for file in self._files.values()):
                continue
            self._pause_seconds = 0.0
            try:
                await self._publish()
            except Retry as error:
                log.warning("rental system %s not published: %s", self._feed.id, error.message)
                self._changed.set()
                await self._tools.clock.sleep(_RETRY_SECONDS)
            except Exception:
                # A programming error triggered by one system must not affect the others.
                log.exception("rental system %s not published", self._feed.id)
            if self._pause_seconds:
                await self._tools.clock.sleep(self._pause_seconds)

    async def _publish(self) -> None:
        """Publish the rows if a file has new content, then the system record."""
        documents = self._documents()
        if self._discovery.document is not None and not _are_identical(
            documents, self._published_documents
        ):
            self._notes = await self._publish_rows()
            self._published_documents = documents
            if not _are_identical(self._documents(), documents):
                return  # a file changed meanwhile: publish its rows before the system record
        await self._publish_system(
            system_record(self._feed, self._discovery, self._files, self._published, self._notes)
        )

    def _documents(self) -> tuple[Document[Any] | None, ...]:
        return tuple(file.document for file in self._files.values())

    async def _publish_rows(self) -> Counter[str]:
        """Publish the stations and vehicles. Returns the doubts that concern several files."""
        published, notes = self._published, Counter[str]()
        information, status = self._content("station_information"), self._content("station_status")
        vehicles = self._content("vehicle_status")
        if self._can_replace(information, status):
            rows = await asyncio.to_thread(
                station_rows, self._feed.id, information or {}, status, notes
            )
            self._note_churn(await published.stations.publish(rows, self._tools.announce), notes)
        if vehicles is not None or "vehicle_status" not in self._files:
            stations = {row.station_id for row in published.stations.rows.values()}
            placed = await asyncio.to_thread(vehicle_rows, vehicles or {}, stations, notes)
            self._note_churn(await published.vehicles.publish(placed, self._tools.announce), notes)
        if types := self._content("vehicle_types"):
            count_unknown_types(types, status or {}, vehicles or {}, notes)
        return notes

    def _note_churn(self, churn: Churn, notes: Counter[str]) -> None:
        """Pause longer if most ids change at each read: publishing them all would write to the
        tables without end."""
        self._pause_seconds += churn.pause_seconds
        notes["ids_unstable"] += churn.renames

    def _can_replace(
        self, information: Mapping[str, Any] | None, status: Mapping[str, Any] | None
    ) -> bool:
        """Whether enough files have been read to replace the published stations, which can be
        from before a restart."""
        if information is None:
            return "station_information" not in self._files
        status_known = status is not None or "station_status" not in self._files
        return status_known or not self._published.stations.rows

    async def _publish_system(self, system: RentalSystemV1) -> None:
        """Publish the system record, unless only its instants have changed a little."""
        before = self._published.system
        if before is not None:
            elapsed = (system.attempted_at - before.attempted_at).total_seconds()
            read = {"attempted_at": before.attempted_at, "succeeded_at": before.succeeded_at}
            if abs(elapsed) < _REPUBLISH_SECONDS and system.model_copy(update=read) == before:
                return
        await self._tools.announce(system)
        self._published.system = system

    def _content(self, name: str) -> Any:
        """The last content of a file; None if it is not listed or was never read."""
        file = self._files.get(name)
        return None if file is None or file.document is None else file.document.content


def _are_identical(
    found: Sequence[Document[Any] | None], published: Sequence[Document[Any] | None] | None
) -> bool:
    """Whether they are the same objects. Contents are not compared, which would take long."""
    return (
        published is not None
        and len(found) == len(published)
        and all(one is other for one, other in zip(found, published, strict=True))
    )
