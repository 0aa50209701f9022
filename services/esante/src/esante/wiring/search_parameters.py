"""The background work of uploaded search parameters, assembled."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Final

from esante.search.adapters.reindexing import Reindexing
from esante.search.adapters.uploaded_rows import list_uploaded
from esante.search.flows.follow_parameters import ParameterFollower, index_stored
from esante.settings import EsanteSettings
from socle.clock import Clock
from socle.postgres import Pool, open_pool

Task = Callable[[], Awaitable[None]]
_SETTLING: Final = timedelta(seconds=5)
"""Every process reads the uploaded parameters each second, and a write that began before is
executed within two more (`Reindexing`)."""
_STATEMENT_SECONDS: Final = 60.0


async def follow_parameters(pool: Pool, clock: Clock) -> ParameterFollower:
    """Read the uploaded parameters; returns what reads them again. Raises Retry."""
    follower = ParameterFollower(partial(list_uploaded, pool), clock)
    await follower.load()
    return follower


async def open_indexing(
    settings: EsanteSettings,
    clock: Clock,
    stack: AsyncExitStack,
    *,
    name: str,
) -> Task:
    """The task that indexes stored resources. `name`: the application name of the sessions that
    write resources."""
    pool = await stack.enter_async_context(
        open_pool(
            settings.postgres.get_secret_value(),
            application_name=f"{name}-indexing",
            max_size=1,
            statement_timeout=_STATEMENT_SECONDS,
        )
    )
    reindexing = Reindexing(pool, writers=name, base=settings.base, settling=_SETTLING)
    return partial(index_stored, reindexing.advance, clock)
