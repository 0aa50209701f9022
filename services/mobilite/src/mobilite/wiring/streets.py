"""The streets of the configured extract.

Imported only by the roles that search journeys: it imports Numba, which reads the folder of its
cache then (`journeys/adapters/kernel_cache.py`).
"""

import asyncio
from collections.abc import Callable

from mobilite.streets.adapters.street_store import StreetStore
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.warm_up import warm_up
from mobilite.streets.flows.follow_streets import follow_streets
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_streets(given: Start, serve: Callable[[StreetGraph], None]) -> RunningRole:
    """Serve the graph of the extract, if one is configured. The role is ready without it."""
    extract = given.settings.streets
    if extract is None:
        return RunningRole()
    store = StreetStore(given.settings.data / "streets")
    given.stack.push_async_callback(store.close)

    async def run() -> None:
        await asyncio.to_thread(warm_up)
        await follow_streets(extract, store=store, serve=serve)

    return RunningRole(tasks={"streets": run})
