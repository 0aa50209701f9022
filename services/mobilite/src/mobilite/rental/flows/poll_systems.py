"""Polls every rental system of feeds.toml, each in its own task.

A system that hangs or fails affects no other. A change of feeds.toml applies without a restart:
the rows of a system that is no longer declared are deleted from the tables.
"""

import asyncio
from collections.abc import Iterable, Mapping

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.rental.flows.poll_system import RentalSystem
from mobilite.rental.flows.published_system import PublishedSystem
from mobilite.rental.flows.rental_rows import same_station, same_vehicle
from mobilite.rental.ports import RentalDependencies
from mobilite.sources.flows.published_table import PublishedTable


class RentalPolling:
    """Polls all rental systems."""

    def __init__(
        self,
        published: Mapping[str, PublishedSystem],
        tools: RentalDependencies,
        *,
        reload_seconds: float = 2.0,
    ) -> None:
        """Start from the tables, so that rows that vanished while no poll ran are deleted.

        `published`: what they contain of each system, by feed id (`restore_systems`).
        `reload_seconds`: between two reloads of feeds.toml.
        """
        self._published = dict(published)
        self._tools = tools
        self._reload_seconds = reload_seconds
        self._running: dict[str, tuple[Feed, asyncio.Task[None]]] = {}

    async def run(self, declared: DeclaredFeeds) -> None:
        """Poll until cancelled. While the broker is unavailable it tries again."""
        await declared.watch(
            self._apply_declared, every=self._reload_seconds, clock=self._tools.clock
        )

    async def _apply_declared(self, feeds: Iterable[Feed], group: asyncio.TaskGroup) -> None:
        """Start and stop systems according to the declared feeds; can be repeated after a
        failure."""
        wanted: dict[str, Feed] = {feed.id: feed for feed in feeds if feed.gbfs is not None}
        for feed_id, (feed, task) in [*self._running.items()]:
            if wanted.get(feed_id) != feed:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._running[feed_id]
        for feed_id in [feed_id for feed_id in self._published if feed_id not in wanted]:
            await self._published[feed_id].delete_rows(self._tools.announce)
            del self._published[feed_id]
        for feed_id, feed in wanted.items():
            if feed_id not in self._running:
                published = self._published.setdefault(feed_id, PublishedSystem())
                system = RentalSystem(feed, published, self._tools)
                self._running[feed_id] = (feed, group.create_task(system.run()))


def restore_systems(
    stations: Mapping[str, RentalStationV1],
    vehicles: Mapping[str, RentalVehicleV1],
    systems: Iterable[RentalSystemV1],
) -> dict[str, PublishedSystem]:
    """What the tables contain of each system, by feed id. `stations`, `vehicles`: by record
    key."""
    rows_by_feed: dict[str, tuple[dict[str, RentalStationV1], dict[str, RentalVehicleV1]]] = {}
    for key, station in stations.items():
        rows_by_feed.setdefault(station.feed_id, ({}, {}))[0][key] = station
    for key, vehicle in vehicles.items():
        rows_by_feed.setdefault(vehicle.feed_id, ({}, {}))[1][key] = vehicle
    published = {
        feed_id: PublishedSystem(
            PublishedTable(RentalStationV1, station_rows, same_station),
            PublishedTable(RentalVehicleV1, vehicle_rows, same_vehicle),
        )
        for feed_id, (station_rows, vehicle_rows) in rows_by_feed.items()
    }
    for system in systems:
        published.setdefault(system.feed_id, PublishedSystem()).system = system
    return published
