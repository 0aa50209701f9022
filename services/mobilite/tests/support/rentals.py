"""Rental systems polled by the real code, without a broker, and the followers' state."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from boards import received
from rental_towns import NOW

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.rental.flows.live_rentals import LiveRentals
from mobilite.rental.flows.poll_systems import RentalPolling, restore_systems
from mobilite.rental.ports import OpenSource, RentalDependencies
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.ports import Source
from mobilite.wiring.rental import DECODERS
from socle.clock import Clock, SystemClock
from socle.errors import Retry
from socle.events import Event, Tombstone


class StandingClock(SystemClock):
    """The time of day changes only on request; waiting is real."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = NOW

    def now(self) -> Any:
        return self.instant


class Rentals:
    """The tables of rentals, and the records published."""

    def __init__(self, *feeds: Feed) -> None:
        self.feeds: tuple[Feed, ...] = feeds
        self.clock = StandingClock()
        self.tables: dict[tuple[type[Event], str], Event] = {}
        self.result: list[Event | Tombstone] = []
        self.away = False
        self._changed = asyncio.Event()

    async def announce(self, *items: Event | Tombstone) -> None:
        if self.away:
            raise Retry("away")
        for item in items:
            if isinstance(item, Tombstone):
                self.tables.pop((item.event_type, item.key), None)
            else:
                self.tables[type(item), item.key()] = item
        self.result += items
        self._changed.set()

    def of(self, variant: type[Event]) -> dict[str, Any]:
        """One table by key."""
        return {key: row for (event, key), row in self.tables.items() if event is variant}

    @property
    def stations(self) -> dict[str, RentalStationV1]:
        return self.of(RentalStationV1)

    @property
    def vehicles(self) -> dict[str, RentalVehicleV1]:
        return self.of(RentalVehicleV1)

    def system(self, feed_id: str = "ville") -> RentalSystemV1:
        system: RentalSystemV1 = self.of(RentalSystemV1)[feed_id]
        return system

    def live(self) -> LiveRentals:
        """The state of a replica that has followed the tables."""
        live = LiveRentals()
        follow: Sequence[tuple[type[Event], Callable[[Any], None]]] = (
            (RentalStationV1, live.follow_stations),
            (RentalVehicleV1, live.follow_vehicles),
            (RentalSystemV1, live.follow_systems),
        )
        for variant, into in follow:
            into([received(key, row, NOW) for key, row in self.of(variant).items()])
        return live

    async def becomes(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not (self._settled(true)):
                self._changed.clear()
                await self._changed.wait()

    @staticmethod
    def _settled(true: Callable[[], bool]) -> bool:
        try:
            return true()
        except KeyError:
            return False

    def open_source(self, address: str, *, declared: str) -> Source:
        return FileSource(address, clock=self.clock, max_bytes=2**20)

    @asynccontextmanager
    async def polled(
        self, open_source: OpenSource | None = None, *, poll_seconds: float = 60
    ) -> AsyncIterator[None]:
        """Poll from what the tables hold; files are read again as soon as they change."""
        clock: Clock = self.clock
        tools = RentalDependencies(
            open_source or self.open_source, DECODERS, self.announce, clock, poll_seconds
        )
        result = restore_systems(self.stations, self.vehicles, self.of(RentalSystemV1).values())
        polling = RentalPolling(result, tools, reload_seconds=0.05)
        task = asyncio.create_task(polling.run(DeclaredFeeds(lambda: self.feeds)))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
