"""Writes of several requests, executed by one statement: PostgreSQL executes and commits it once
for all of them, and the driver sends it once.

Writes that begin in the same round of the event loop are one statement. One or two statements are
under way, and what arrives meanwhile waits for the next: the more requests at once, the more one
statement writes. Nothing waits for a clock. A write waits until there is a connection for it:
whoever gives up before has written nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from esante.store.adapters.commits import refuse_if_cancelled, result_despite
from esante.store.ports import Change
from socle.errors import Retry

_MOST_CHANGES: Final = 64
"""Changes of one statement. A write of more has its own, so that it delays no other."""
_MOST_BYTES: Final = 128 * 1024
"""Bytes of the texts of one statement."""

OutboxRow = tuple[str, str, str, bytes | None]
Execute = Callable[[Sequence[Change], Sequence[OutboxRow]], Awaitable[Collection[tuple[str, str]]]]
"""Executes one statement, which writes changes with the outbox row of each; returns the type and
the id of each resource that it has left out."""
Connect = Callable[[], AbstractAsyncContextManager[Execute]]
"""Waits for a connection, on which to execute a statement."""


@dataclass(slots=True, eq=False)
class _Write:
    changes: Sequence[Change]
    announced: Sequence[OutboxRow]
    done: asyncio.Future[bool]


class GroupedWrites:
    """Groups the writes of one process that one statement can do.

    `statements`: how many are under way at once. `takes_lone`: whether a write that no other
    accompanies has such a statement too. One that can wait for other transactions must not, since
    further writes would wait with it: it is left to its request.
    """

    def __init__(self, connect: Connect, *, statements: int, takes_lone: bool) -> None:
        self._connect, self._statements = connect, statements
        self._takes_lone = takes_lone
        self._waiting: list[_Write] = []
        self._running: set[asyncio.Task[None]] = set()
        self._is_due = False
        """Whether `_begin` is called in the next round."""

    async def write(self, changes: Sequence[Change], announced: Sequence[OutboxRow]) -> bool:
        """Write changes together with those of others; whether they are written. If not, none is,
        and the caller writes them alone.

        `changes`: `is_groupable`; of one resource, unless all or none are written by a statement.
        `announced`: the outbox row of each. Raises Retry if there is no connection, or it is lost.

        A cancellation prevents a write that still waits. It does not interrupt one that is under
        way: it is dropped if the write succeeds, and raised otherwise.
        """
        refuse_if_cancelled()
        loop = asyncio.get_running_loop()
        write = _Write(changes, announced, loop.create_future())
        self._waiting.append(write)
        if len(self._running) < self._statements and not self._is_due:
            self._is_due = True
            loop.call_soon(self._begin)
        try:
            return await asyncio.shield(write.done)
        except asyncio.CancelledError as cancelled:
            if write in self._waiting:
                self._waiting.remove(write)
                raise
            if not await result_despite(cancelled, write.done):
                raise
            return True

    def _begin(self) -> None:
        self._is_due = False
        if len(self._waiting) == 1 and not self._takes_lone:
            self._waiting.pop().done.set_result(False)
        elif self._waiting:
            self._running.add(asyncio.create_task(self._run(), name="grouped writes"))

    async def _run(self) -> None:
        try:
            await self._write_next()
        finally:
            task = asyncio.current_task()
            assert task is not None
            self._running.discard(task)
            if not self._is_due:
                self._begin()

    async def _write_next(self) -> None:
        group: Sequence[_Write] = ()
        left_out: Collection[tuple[str, str]] = ()
        try:
            async with self._connect() as execute:
                group = self._next_group()
                if group:  # else all were given up meanwhile
                    left_out = await execute(
                        [change for write in group for change in write.changes],
                        [row for write in group for row in write.announced],
                    )
        except Retry as retry:
            for each in group or self._next_group():
                each.done.set_exception(retry)
        except Exception:  # noqa: BLE001 - each caller meets its own when it writes alone
            # PostgreSQL has refused one of them, and written none.
            for each in group or self._next_group():
                each.done.set_result(False)
        except BaseException:
            for each in group:
                each.done.cancel()
            raise
        else:
            for each in group:
                each.done.set_result(_names(each).isdisjoint(left_out))

    def _next_group(self) -> Sequence[_Write]:
        """The first write that waits, and those after it that one statement can write too: not
        another one of a resource."""
        group: list[_Write] = []
        others: list[_Write] = []
        names: set[tuple[str, str]] = set()
        size = 0
        for write in self._waiting:
            own = _names(write)
            grown = size + _size(write.changes)
            is_full = len(names) + len(own) > _MOST_CHANGES or grown > _MOST_BYTES
            if group and (is_full or not own.isdisjoint(names)):
                others.append(write)
                continue
            group.append(write)
            names, size = names | own, grown
        self._waiting = others
        return group


def is_groupable(changes: Sequence[Change]) -> bool:
    """Whether a write is small enough to be grouped."""
    return len(changes) <= _MOST_CHANGES and _size(changes) <= _MOST_BYTES


def _size(changes: Sequence[Change]) -> int:
    return sum(len(each.text or b"") for each in changes)


def _names(write: _Write) -> set[tuple[str, str]]:
    """The type and the id of each resource that it writes."""
    return {(each.type, each.id) for each in write.changes}
