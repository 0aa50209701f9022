"""Removes what no request needs any more, at intervals."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from socle.errors import Retry

_INTERVAL: Final = 600.0
"""Seconds between two rounds."""


async def discard_expired(discards: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Call each of them at intervals, until cancelled. One that raises Retry is called again at the
    next interval."""
    while True:
        for discard in discards:
            with suppress(Retry):
                await discard()
        await asyncio.sleep(_INTERVAL)
