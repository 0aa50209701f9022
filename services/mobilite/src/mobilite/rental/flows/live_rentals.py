"""The replica's state of rentals: three followed tables, one writer, replaced atomically.

It is separate from `live.flows`: a change of a bicycle must not wake the subscribers of boards.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1, VehicleType
from mobilite.events.part import parts_of
from mobilite.gtfs.domain.ids import FeedId
from mobilite.rental.flows.rental_index import RentalIndex
from socle.events import EventT, Received


class RentalFeed:
    """One rental system as published. Immutable; its search index is built at first use."""

    def __init__(
        self,
        system: RentalSystemV1 | None = None,
        stations: Mapping[str, RentalStationV1] | None = None,
        vehicles: Mapping[str, RentalVehicleV1] | None = None,
    ) -> None:
        self.system = system
        self.stations: Mapping[str, RentalStationV1] = stations or {}
        self.vehicles: Mapping[str, RentalVehicleV1] = vehicles or {}

    @cached_property
    def index(self) -> RentalIndex:
        """The search index of its stations and vehicles."""
        return RentalIndex(_types(self.system), self.stations.values(), self.vehicles.values())

    @property
    def indexed(self) -> bool:
        """Whether its index is built."""
        return "index" in self.__dict__

    def with_system(self, system: RentalSystemV1 | None) -> "RentalFeed":
        """The feed with another system record; the index is retained unless the vehicle types
        changed."""
        after = RentalFeed(system, self.stations, self.vehicles)
        if self.indexed and _types(system) == _types(self.system):
            after.__dict__["index"] = self.index
        return after

    @property
    def empty(self) -> bool:
        """Whether nothing is published for it."""
        return self.system is None and not self.stations and not self.vehicles


@dataclass(frozen=True, slots=True)
class RentalState:
    """The rentals known to this replica."""

    feeds: Mapping[FeedId, RentalFeed] = field(default_factory=dict)
    """By feed id; without feeds for which nothing is published."""


class LiveRentals:
    """The single writer of the rental state, on the event loop."""

    def __init__(self) -> None:
        self.state = RentalState()

    async def prepared(self) -> RentalState:
        """The state, once all its indexes are built; in a thread, because a large system takes
        tens of milliseconds."""
        state = self.state
        waiting = [feed for feed in state.feeds.values() if not feed.indexed]
        if waiting:
            await asyncio.to_thread(lambda: [feed.index for feed in waiting])
        return state

    def follow_stations(self, batch: Sequence[Received[RentalStationV1]]) -> None:
        """Apply a batch of `mobilite.rental-station.v1`."""

        def applied(feed: RentalFeed, some: Sequence[Received[RentalStationV1]]) -> RentalFeed:
            return RentalFeed(feed.system, _with_records(feed.stations, some), feed.vehicles)

        self._apply(batch, applied)

    def follow_vehicles(self, batch: Sequence[Received[RentalVehicleV1]]) -> None:
        """Apply a batch of `mobilite.rental-vehicle.v1`."""

        def applied(feed: RentalFeed, some: Sequence[Received[RentalVehicleV1]]) -> RentalFeed:
            return RentalFeed(feed.system, feed.stations, _with_records(feed.vehicles, some))

        self._apply(batch, applied)

    def follow_systems(self, batch: Sequence[Received[RentalSystemV1]]) -> None:
        """Apply a batch of `mobilite.rental-system.v1`."""
        self._apply(batch, lambda feed, some: feed.with_system(some[-1].data))

    def _apply(
        self,
        batch: Sequence[Received[EventT]],
        applied: Callable[[RentalFeed, Sequence[Received[EventT]]], RentalFeed],
    ) -> None:
        """Apply a batch to the state. `applied`: a feed after its records of the batch."""
        by_feed: dict[FeedId, list[Received[EventT]]] = {}
        for received in batch:
            by_feed.setdefault(FeedId(parts_of(received.key)[0]), []).append(received)
        feeds = dict(self.state.feeds)
        for feed_id, some in by_feed.items():
            feeds[feed_id] = applied(feeds.get(feed_id, RentalFeed()), some)
        self.state = RentalState({key: feed for key, feed in feeds.items() if not feed.empty})


def _types(system: RentalSystemV1 | None) -> tuple[VehicleType, ...]:
    return () if system is None else system.vehicle_types


RowT = TypeVar("RowT", RentalStationV1, RentalVehicleV1)


def _with_records(rows: Mapping[str, RowT], batch: Sequence[Received[RowT]]) -> Mapping[str, RowT]:
    """The rows by key after the records of a batch; a tombstone removes its row."""
    after = dict(rows)
    for received in batch:
        if received.data is None:
            after.pop(received.key, None)
        else:
            after[received.key] = received.data
    return after
