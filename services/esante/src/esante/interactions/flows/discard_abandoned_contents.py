"""Removes the chunks of interrupted uploads of Binary contents, if their requests could not: the
process was killed, or the database was away."""

import asyncio
from contextlib import suppress
from typing import Final

from esante.store.ports import BinaryContents
from socle.errors import Retry

_INTERVAL: Final = 600.0
"""Seconds between two rounds."""


async def discard_abandoned_contents(contents: BinaryContents) -> None:
    """Remove abandoned contents at intervals, until cancelled."""
    while True:
        with suppress(Retry):
            await contents.discard_abandoned()
        await asyncio.sleep(_INTERVAL)
