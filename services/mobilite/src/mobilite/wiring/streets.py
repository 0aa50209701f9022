"""The streets of the configured extract.

Imported only by the roles that search journeys: it imports Numba, which reads the folder of its
cache then (`journeys/adapters/kernel_cache.py`).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import cache

from mobilite.journeys.adapters.straight_ways import StraightWays
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.follow_networks import FindWalking
from mobilite.journeys.ports import WalkingWays
from mobilite.streets.adapters.street_store import street_store
from mobilite.streets.domain.build import accessible
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.warm_up import warm_up
from mobilite.streets.flows.follow_streets import follow_streets
from mobilite.streets.flows.network_streets import network_streets
from mobilite.wiring.shared import Start
from socle.errors import Refusal
from socle.service import RunningRole

log = logging.getLogger(__name__)


def wire_streets(given: Start, walk_by: Callable[[FindWalking], None]) -> RunningRole:
    """Walk along the streets of the extract, if one is configured. The role is ready without it."""
    extract = given.settings.streets
    if extract is None:
        return RunningRole()
    store = street_store(given.settings.data / "streets")
    given.stack.push_async_callback(store.close)

    async def run() -> None:
        await asyncio.to_thread(warm_up)
        await follow_streets(extract, store=store, serve=lambda graph: walk_by(_ways_along(graph)))

    return RunningRole(tasks={"streets": run})


def _ways_along(graph: StreetGraph) -> FindWalking:
    """Finds the ways along the streets of a graph, and those without steps."""

    @cache
    def without_steps() -> StreetGraph | None:
        try:
            return accessible(graph)
        except Refusal as refusal:
            log.error("ways by wheelchair are straight: %s", refusal.message)
            return None

    def find_walking(network: JourneyNetwork) -> tuple[WalkingWays, WalkingWays]:
        on_foot, open_streets = network_streets(graph, network), without_steps()
        if open_streets is None:
            return on_foot, StraightWays(network)
        return on_foot, network_streets(open_streets, network)

    return find_walking
