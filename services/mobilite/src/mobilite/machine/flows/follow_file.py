"""Serves what an operator's file contains, and again when the file changes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from mobilite.machine.ports import PackedStorePort
from socle.errors import Refusal

log = logging.getLogger(__name__)

INTERVAL: Final = 60.0
"""Seconds between two looks at the file."""
_NEVER: Final = ""
"""The stamp of no file."""

PackedT = TypeVar("PackedT")


async def follow_file(
    sources: Sequence[Path],
    *,
    store: PackedStorePort[PackedT],
    serve: Callable[[PackedT], Awaitable[None]],
    interval: float = INTERVAL,
) -> None:
    """Serve the content of the sources until cancelled. `sources`: the file, and those it is packed
    with.

    While they cannot be used, what was served before stays, or what was packed before the start.
    What failed is tried again when a source changes, or at the next look if the sources were not
    the reason."""
    tried: str | None = _NEVER
    served = False
    while True:
        stamp = store.stamp(sources)
        if stamp != tried:
            tried = stamp
            try:
                content = await store.obtain(sources)
            except Refusal as refusal:
                log.error("%s: %s", sources[0], refusal.message)
                if refusal.category == "unavailable":
                    tried = _NEVER
                former = None if served else await store.find_former()
                if former is not None:
                    log.warning("%s: what it contained before is used", sources[0])
                    await serve(former)
                    served = True
            else:
                await serve(content)
                served = True
        await asyncio.sleep(interval)
