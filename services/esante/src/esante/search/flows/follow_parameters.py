"""The background work of uploaded search parameters: each process reads them, one indexes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from esante.search.domain.query.parameter_lookup import UnknownParameter
from esante.search.domain.uploaded_parameters import (
    UploadedParameters,
    install_uploaded,
    uploaded_parameters,
)
from socle.clock import Clock
from socle.errors import Retry

_BETWEEN: Final = 1.0
"""Seconds until the uploaded parameters are read again."""
_BETWEEN_REQUESTED: Final = 0.2
"""Seconds between two readings for searches that name unknown parameters."""
_IDLE: Final = 2.0
"""Seconds until the next look for something to index."""
_UNREACHABLE: Final = 5.0
"""Seconds until the next attempt after the database was out of reach."""

ResultT = TypeVar("ResultT")

log = logging.getLogger("esante.search")


class ParameterFollower:
    """Updates `uploaded_parameters` of this process. `list_uploaded`: reads the stored ones."""

    def __init__(
        self, list_uploaded: Callable[[], Awaitable[UploadedParameters]], clock: Clock
    ) -> None:
        self._list_uploaded, self._clock = list_uploaded, clock
        self._loading = asyncio.Lock()
        self._requested: asyncio.Task[None] | None = None
        self._not_before = clock.monotonic()

    async def load(self) -> None:
        """Read the stored parameters once. Raises Retry."""
        async with self._loading:  # an older reading does not replace a newer one
            found = await self._list_uploaded()
            if found != uploaded_parameters():
                install_uploaded(found)

    async def retry_unknown(
        self,
        attempt: Callable[[], Awaitable[ResultT]],
        has_ignored: Callable[[ResultT], bool],
    ) -> ResultT:
        """The result of a search; of a second attempt if it named an unknown parameter, and the
        stored ones have changed. `has_ignored`: whether the search ignored a parameter.

        Raises what `attempt` raises, and Retry.
        """
        known = uploaded_parameters()
        try:
            result = await attempt()
        except UnknownParameter:
            await self._read_again()
            if uploaded_parameters() is known:
                raise
        else:
            if not has_ignored(result):
                return result
            await self._read_again()
            if uploaded_parameters() is known:
                return result
        return await attempt()

    async def _read_again(self) -> None:
        """Wait for a reading that begins after this call. Those who wait share one."""
        if self._requested is None:
            self._requested = asyncio.create_task(self._read_when_due())
        # One who leaves does not stop the reading of the others.
        await asyncio.shield(self._requested)

    async def _read_when_due(self) -> None:
        if (wait := self._not_before - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        self._requested = None  # who comes from here on waits for the next one
        self._not_before = self._clock.monotonic() + _BETWEEN_REQUESTED
        await self.load()

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
