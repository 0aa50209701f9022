"""Removes what no request needs any more: records of Idempotency-Keys after 24 hours, and chunks of
Binary contents whose requests could not remove them, since the process was killed or the database
away."""

import asyncio
from contextlib import suppress
from typing import Final

from esante.store.ports import BinaryContents, ResourceStore
from socle.errors import Retry

_INTERVAL: Final = 600.0
"""Seconds between two rounds."""


async def discard_expired(store: ResourceStore, contents: BinaryContents) -> None:
    """Remove expired records and abandoned contents at intervals, until cancelled."""
    while True:
        with suppress(Retry):
            await contents.discard_abandoned()
            await store.discard_expired_records()
        await asyncio.sleep(_INTERVAL)
