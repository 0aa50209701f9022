"""The background work of uploaded search parameters: each process reads them, one indexes."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from esante.search.domain.uploaded_parameters import (
    UploadedParameters,
    install_uploaded,
    uploaded_parameters,
)
from socle.clock import Clock
from socle.errors import Retry

_BETWEEN: Final = 1.0
"""Seconds until the uploaded parameters are read again."""
_IDLE: Final = 2.0
"""Seconds until the next look for something to index."""
_UNREACHABLE: Final = 5.0
"""Seconds until the next attempt after the database was out of reach."""

log = logging.getLogger("esante.search")


class ParameterFollower:
    """Updates `uploaded_parameters` of this process. `list_uploaded`: reads the stored ones."""

    def __init__(
        self, list_uploaded: Callable[[], Awaitable[UploadedParameters]], clock: Clock
    ) -> None:
        self._list_uploaded, self._clock = list_uploaded, clock

    async def load(self) -> None:
        """Read the stored parameters once. Raises Retry."""
        found = await self._list_uploaded()
        if found != uploaded_parameters():
            install_uploaded(found)

    async def run(self) -> None:
        """Read the stored parameters each second, until cancelled."""
        while True:
            await self._clock.sleep(_BETWEEN)
            try:
                await self.load()
            except Retry as retry:
                log.warning("Uploaded search parameters are not read: %s", retry.message)


async def index_stored(advance: Callable[[], Awaitable[bool]], clock: Clock) -> None:
    """Index stored resources by uploaded parameters, until cancelled. `advance`: one step."""
    while True:
        try:
            if not await advance():
                await clock.sleep(_IDLE)
        except Retry as retry:
            log.warning("Indexing waits for the database: %s", retry.message)
            await clock.sleep(_UNREACHABLE)
