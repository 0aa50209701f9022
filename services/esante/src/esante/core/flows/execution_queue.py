"""The bytes of the request bodies that this process executes at once: bounded, the others in turn.

What a body is parsed into takes many times its bytes until its request ends. A complete body
therefore waits until there is room. Waiting holds neither a connection nor a lock of the database,
so that those who wait never delay those who execute.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from socle.errors import Refusal

_TOO_MANY: Final = "Trop de contenus volumineux sont en cours ; réessayez dans un instant."


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    size: int
    """Bytes of the body."""
    admitted: "asyncio.Future[None]"


class ExecutionQueue:
    """Executes bodies of `limit` bytes at once; a larger one alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running = 0  # bytes
        # The accounts in turn; of each, its bodies in order.
        self._waiting: dict[str, deque[_Waiting]] = {}

    def try_enter(self, size: int) -> bool:
        """Execute a body of that many bytes now; False if it must wait."""
        if self._waiting or not self._has_room(size):
            return False
        self._running += size
        return True

    async def enter(self, account: str, size: int, *, seconds: float) -> None:
        """Wait for the turn of a body of that account. `leave` follows.

        Raises Refusal("unavailable") if that takes longer than `seconds`.
        """
        own = _Waiting(size, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(account, deque()).append(own)
        self._admit()
        try:
            async with asyncio.timeout(seconds):
                await own.admitted
        except BaseException as error:
            if own.admitted.cancelled():
                self._remove(account, own)
            else:
                self.leave(size)
            if isinstance(error, TimeoutError):
                raise Refusal("unavailable", _TOO_MANY) from None
            raise

    def leave(self, size: int) -> None:
        """A body of that many bytes is no longer executed."""
        self._running -= size
        self._admit()

    def _has_room(self, size: int) -> bool:
        return not self._running or self._running + size <= self._limit

    def _admit(self) -> None:
        # Nobody overtakes the next one: a large body would wait as long as small ones arrive.
        while self._waiting:
            account, bodies = next(iter(self._waiting.items()))
            if not self._has_room(bodies[0].size):
                return
            next_one = bodies.popleft()
            del self._waiting[account]
            if bodies:
                self._waiting[account] = bodies  # at the end of the turn
            if not next_one.admitted.cancelled():
                self._running += next_one.size
                next_one.admitted.set_result(None)

    def _remove(self, account: str, own: _Waiting) -> None:
        bodies = self._waiting.get(account, deque())
        if own in bodies:
            bodies.remove(own)
            if not bodies:
                del self._waiting[account]
        self._admit()
