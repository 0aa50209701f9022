"""Every rental system of feeds.toml, each in a task of its own, for as long as it runs.

A system that hangs or fails degrades alone. A change of feeds.toml is taken up without a restart:
what is no longer declared is deleted from the tables.
"""

import asyncio
from collections.abc import Iterable, Mapping

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import FeedsDeclared
from mobilite.rental.flows.poll_system import RentalSystem
from mobilite.rental.flows.published_system import ToldSystem
from mobilite.rental.flows.rental_rows import same_station, same_vehicle
from mobilite.rental.ports import RentalTools
from mobilite.sources.flows.published_table import ToldRows


class RentalPolling:
    """All systems under way. Starts from what the tables hold, so that nothing stays in them that
    vanished while no poll ran."""

    def __init__(
        self, told: Mapping[str, ToldSystem], tools: RentalTools, *, look_every: float = 2.0
    ) -> None:
        """`told` by feed id; `look_every` between two looks at feeds.toml, in seconds."""
        self._told = dict(told)
        self._tools = tools
        self._look_every = look_every
        self._running: dict[str, tuple[Feed, asyncio.Task[None]]] = {}

    async def run(self, declared: FeedsDeclared) -> None:
        """Poll until cancelled. An absent broker is waited for; mistakes of ours are raised."""
        await declared.keep_up(self._take_up, every=self._look_every, clock=self._tools.clock)

    async def _take_up(self, feeds: Iterable[Feed], group: asyncio.TaskGroup) -> None:
        """Bring what runs in line with what is declared; may be done again when it failed."""
        wanted: dict[str, Feed] = {feed.id: feed for feed in feeds if feed.gbfs is not None}
        for feed_id, (feed, task) in [*self._running.items()]:
            if wanted.get(feed_id) != feed:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._running[feed_id]
        for feed_id in [feed_id for feed_id in self._told if feed_id not in wanted]:
            await self._told[feed_id].forget(self._tools.announce)
            del self._told[feed_id]
        for feed_id, feed in wanted.items():
            if feed_id not in self._running:
                told = self._told.setdefault(feed_id, ToldSystem())
                system = RentalSystem(feed, told, self._tools)
                self._running[feed_id] = (feed, group.create_task(system.run()))


def as_told(
    stations: Mapping[str, RentalStationV1],
    vehicles: Mapping[str, RentalVehicleV1],
    systems: Iterable[RentalSystemV1],
) -> dict[str, ToldSystem]:
    """Each system as the tables have it: the start of a polling that was interrupted."""
    of_feed: dict[str, tuple[dict[str, RentalStationV1], dict[str, RentalVehicleV1]]] = {}
    for key, station in stations.items():
        of_feed.setdefault(station.feed_id, ({}, {}))[0][key] = station
    for key, vehicle in vehicles.items():
        of_feed.setdefault(vehicle.feed_id, ({}, {}))[1][key] = vehicle
    told = {
        feed_id: ToldSystem(
            ToldRows(RentalStationV1, some, same_station),
            ToldRows(RentalVehicleV1, others, same_vehicle),
        )
        for feed_id, (some, others) in of_feed.items()
    }
    for system in systems:
        told.setdefault(system.feed_id, ToldSystem()).system = system
    return told
