"""Commits that a cancellation does not interrupt.

The edge cancels a request whose caller stops waiting. A statement that commits can be done all the
same when its cancellation arrives, and the caller would be answered 504 for what was written.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from socle.postgres import Connection, Pool

ResultT = TypeVar("ResultT")


async def uninterrupted(commit: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Await a statement that commits, to its end.

    A cancellation meanwhile is dropped if the statement succeeds, so that the caller is answered
    what was done, and raised if it fails. A task that was cancelled before starts no statement.
    """
    try:
        refuse_if_cancelled()
    except asyncio.CancelledError:
        commit.close()
        raise
    running = asyncio.ensure_future(commit)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError as cancelled:
        return await result_despite(cancelled, running)


def refuse_if_cancelled() -> None:
    """Raises CancelledError if the current task was cancelled before: it starts no statement."""
    current = asyncio.current_task()
    if current is not None and current.cancelling():
        raise asyncio.CancelledError


async def result_despite(
    cancelled: asyncio.CancelledError, running: asyncio.Future[ResultT]
) -> ResultT:
    """The result of a commit that is under way; the cancellation if it fails."""
    await asyncio.wait([running])
    if running.cancelled() or running.exception() is not None:
        raise cancelled from None
    return running.result()


@asynccontextmanager
async def commit_at_end(pool: Pool) -> AsyncIterator[Connection]:
    """One connection in one transaction: an exception or a cancellation rolls it back, but no
    cancellation interrupts its commit."""
    async with pool.acquire() as connection:
        opened = connection.transaction()
        await opened.start()
        try:
            yield connection
        except BaseException:
            if not connection.is_closed():
                await opened.rollback()
            raise
        try:
            await uninterrupted(opened.commit())
        except asyncio.CancelledError:
            if connection.is_in_transaction():
                await opened.rollback()
            raise
