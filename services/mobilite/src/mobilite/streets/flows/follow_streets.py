"""Serves the street graph of the configured extract, and a new one when the file changes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mobilite.streets.domain.build import bounds_of, size_of
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.ports import StreetStorePort
from socle.errors import Refusal

log = logging.getLogger(__name__)

INTERVAL: Final = 60.0
"""Seconds between two looks at the file."""
_NEVER: Final = ""
"""The stamp of no file."""


async def follow_streets(
    extract: Path,
    *,
    store: StreetStorePort,
    serve: Callable[[StreetGraph], None],
    interval: float = INTERVAL,
) -> None:
    """Serve the graph of the extract until cancelled. Without one that can be used, the graph
    served before stays: at the start there is none, and distances are straight. What failed is
    tried again when the file changes, or at the next look if the file was not the reason."""
    tried: str | None = _NEVER
    while True:
        stamp = store.stamp(extract)
        if stamp != tried:
            tried = stamp
            try:
                graph = await store.obtain(extract)
            except Refusal as refusal:
                log.error("streets of %s: %s", extract, refusal.message)
                if refusal.category == "unavailable":
                    tried = _NEVER
            else:
                # Reads every point from the disk.
                bounds = await asyncio.to_thread(bounds_of, graph)
                log.info("streets of %s: %s, within %s", extract, size_of(graph), bounds)
                serve(graph)
        await asyncio.sleep(interval)
