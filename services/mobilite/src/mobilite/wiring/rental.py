"""Rentals: in the poll role, GBFS is published as tables; in the api role, these are followed."""

import asyncio
from typing import Any, Final

from mobilite.events import RentalStationV1, RentalSystemV1, RentalVehicleV1
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.polling.adapters.poll_metrics import counting
from mobilite.rental.adapters.gbfs import decode_discovery
from mobilite.rental.adapters.gbfs_stations import (
    decode_station_information,
    decode_station_status,
    decode_vehicle_status,
)
from mobilite.rental.adapters.gbfs_system import (
    decode_pricing_plans,
    decode_system_alerts,
    decode_system_information,
    decode_vehicle_types,
)
from mobilite.rental.adapters.rental_metrics import count_rental
from mobilite.rental.flows.live_rentals import LiveRentals
from mobilite.rental.flows.poll_systems import RentalPolling, restore_systems
from mobilite.rental.ports import GbfsDecoders, RentalDependencies
from mobilite.sources.adapters.source_opener import SourceOpener
from mobilite.sources.flows.read_table import read_table
from mobilite.wiring.shared import Start, run_polling
from socle.bus import Bus, Table
from socle.http import http_client
from socle.service import RunningRole

DECODERS: Final = GbfsDecoders(
    discovery=decode_discovery,
    system_information=decode_system_information,
    vehicle_types=decode_vehicle_types,
    system_pricing_plans=decode_pricing_plans,
    system_alerts=decode_system_alerts,
    station_information=decode_station_information,
    station_status=decode_station_status,
    vehicle_status=decode_vehicle_status,
)


async def wire_rental_polls(given: Start, bus: Bus, declared: DeclaredFeeds) -> RunningRole:
    """Poll the rental systems of `declared`."""
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    tools = RentalDependencies(
        open_source=SourceOpener(session, given.clock).open,
        decoders=DECODERS,
        announce=counting(bus.publish, count_rental, given.clock),
        clock=given.clock,
        poll_seconds=given.settings.poll_seconds,
    )

    async def restore() -> RentalPolling:
        stations, vehicles, systems = await asyncio.gather(
            read_table(bus, RentalStationV1),
            read_table(bus, RentalVehicleV1),
            read_table(bus, RentalSystemV1),
        )
        return RentalPolling(restore_systems(stations, vehicles, systems.values()), tools)

    return run_polling("rental_poll", restore, declared)


def wire_rentals(bus: Bus, rentals: LiveRentals) -> RunningRole:
    """Apply the followed tables to `rentals`."""
    tables: dict[str, Table[Any]] = {
        "rental_stations": bus.follow(RentalStationV1, into=rentals.follow_stations),
        "rental_vehicles": bus.follow(RentalVehicleV1, into=rentals.follow_vehicles),
        "rental_systems": bus.follow(RentalSystemV1, into=rentals.follow_systems),
    }
    return RunningRole(
        tasks={name: table.run for name, table in tables.items()},
        checks={name: table.why_not for name, table in tables.items()},
    )
