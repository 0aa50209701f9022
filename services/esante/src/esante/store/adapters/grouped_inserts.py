"""New resources of several requests, inserted by one statement: PostgreSQL executes and commits it
once for all of them, and the driver sends it once.

While statements are under way, further writes wait for the next: the more requests at once, the
more one statement inserts. A write that no other accompanies is executed at once, alone. A write
waits until there is a connection for it: whoever gives up before has written nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from esante.store.adapters.commits import refuse_if_cancelled, result_despite
from esante.store.ports import Change
from socle.errors import Retry

_STATEMENTS: Final = 2
"""Statements under way at once."""
_MOST_CHANGES: Final = 64
"""Changes of one statement. A write of more has its own, so that it delays no other."""
_MOST_BYTES: Final = 128 * 1024
"""Bytes of the texts of one statement."""

OutboxRow = tuple[str, str, str, bytes | None]
Insert = Callable[[Sequence[Change], Sequence[OutboxRow]], Awaitable[None]]
"""Inserts new resources by one statement, all or none. Takes the outbox row of each too."""
Connect = Callable[[], AbstractAsyncContextManager[Insert]]
"""Waits for a connection, on which to insert."""


@dataclass(slots=True, eq=False)
class _Write:
    changes: Sequence[Change]
    announced: Sequence[OutboxRow]
    done: asyncio.Future[None]
    is_alone: bool = False
    """Whether it has a statement of its own: PostgreSQL has refused the one that it was part of."""
    is_given_up: bool = False
    """Whether its caller was cancelled during a statement."""


class GroupedInserts:
    """Groups the writes of one process."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._waiting: list[_Write] = []
        self._running: set[asyncio.Task[None]] = set()

    async def write(self, changes: Sequence[Change], announced: Sequence[OutboxRow]) -> None:
        """Insert new resources, all or none. `changes`: `is_groupable`. `announced`: the outbox row
        of each. Raises as `connect` and what it returns.

        A cancellation prevents a write that still waits. It does not interrupt one that is under
        way: it is dropped if the write succeeds, and raised if it fails.
        """
        refuse_if_cancelled()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        write = _Write(changes, announced, done)
        self._waiting.append(write)
        if len(self._running) < _STATEMENTS:
            self._running.add(asyncio.create_task(self._run(), name="grouped inserts"))
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError as cancelled:
            if write in self._waiting:
                self._waiting.remove(write)
                raise
            write.is_given_up = True
            await result_despite(cancelled, done)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._insert_next()
        finally:
            task = asyncio.current_task()
            assert task is not None
            self._running.discard(task)

    def _next_group(self) -> Sequence[_Write]:
        """The first writes that wait, as many as one statement writes."""
        count = size = end = 0
        for write in self._waiting:
            count, size = count + len(write.changes), size + _size(write.changes)
            is_full = count > _MOST_CHANGES or size > _MOST_BYTES
            if end and (is_full or write.is_alone or self._waiting[0].is_alone):
                break
            end += 1
        group, self._waiting = self._waiting[:end], self._waiting[end:]
        return group

    async def _insert_next(self) -> None:
        group: Sequence[_Write] = ()
        try:
            async with self._connect() as insert:
                group = self._next_group()
                if group:  # else all were given up meanwhile
                    await insert(
                        [change for write in group for change in write.changes],
                        [row for write in group for row in write.announced],
                    )
        except Exception as error:  # noqa: BLE001 - each caller raises it
            self._refuse(group or self._next_group(), error)
        except BaseException:
            for each in group:
                each.done.cancel()
            raise
        else:
            for each in group:
                each.done.set_result(None)

    def _refuse(self, group: Sequence[_Write], error: Exception) -> None:
        if len(group) == 1 or isinstance(error, Retry):
            for each in group:
                each.done.set_exception(error)
            return
        # PostgreSQL has refused one of them, and written none: each is executed alone.
        for each in group:
            each.is_alone = True
            if each.is_given_up:
                each.done.cancel()
        self._waiting = [each for each in group if not each.is_given_up] + self._waiting


def is_groupable(changes: Sequence[Change]) -> bool:
    """Whether a write is small enough to be grouped. `changes`: new resources under ids that the
    server has assigned: under another id one could wait for a transaction, and others with it."""
    return len(changes) <= _MOST_CHANGES and _size(changes) <= _MOST_BYTES


def _size(changes: Sequence[Change]) -> int:
    return sum(len(each.text or b"") for each in changes)
