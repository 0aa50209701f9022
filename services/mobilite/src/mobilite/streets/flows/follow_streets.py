"""Serves the street graph of the configured extract, and a new one when the file changes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from mobilite.machine.flows.follow_file import INTERVAL, follow_file
from mobilite.machine.ports import PackedStorePort
from mobilite.streets.domain.build import bounds_of, size_of
from mobilite.streets.domain.graph import StreetGraph

log = logging.getLogger(__name__)


async def follow_streets(
    extract: Path,
    *,
    store: PackedStorePort[StreetGraph],
    serve: Callable[[StreetGraph], None],
    interval: float = INTERVAL,
) -> None:
    """Serve the graph of the extract until cancelled. Without one that can be used, the graph
    before stays; without any, distances are straight."""

    async def serve_graph(graph: StreetGraph) -> None:
        # Reads every point from the disk.
        bounds = await asyncio.to_thread(bounds_of, graph)
        log.info("streets of %s: %s, within %s", extract, size_of(graph), bounds)
        serve(graph)

    await follow_file((extract,), store=store, serve=serve_graph, interval=interval)
