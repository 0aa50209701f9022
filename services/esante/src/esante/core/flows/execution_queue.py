"""The bytes of the request bodies that this process executes at once: bounded, the others in turn.

What a body is parsed into takes many times its bytes until its request ends. A complete body
therefore waits until there is room. Waiting holds neither a connection nor a lock of the database,
so that those who wait never delay those who execute. One account has half of the room: others are
executed beside it, however long its requests take.
"""

import asyncio
from collections import Counter, deque
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
    """Executes bodies of `limit` bytes at once, half of it of one account; a larger one alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: Counter[str] = Counter()  # bytes by account
        # The accounts in turn; of each, its bodies in order.
        self._waiting: dict[str, deque[_Waiting]] = {}

    def try_enter(self, account: str, size: int) -> bool:
        """Execute a body of that account now; False if it must wait. `size`: its bytes."""
        if self._waiting or not self._is_within_half(account, size) or not self._has_room(size):
            return False
        self._running[account] += size
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
                self.leave(account, size)
            if isinstance(error, TimeoutError):
                raise Refusal("unavailable", _TOO_MANY) from None
            raise

    def leave(self, account: str, size: int) -> None:
        """A body of that account is no longer executed. `size`: its bytes."""
        self._running[account] -= size
        if not self._running[account]:
            del self._running[account]
        self._admit()

    def _has_room(self, size: int) -> bool:
        return not self._running or self._running.total() + size <= self._limit

    def _is_within_half(self, account: str, size: int) -> bool:
        """Whether a body is within the half of its account, or the only one of it."""
        own = self._running[account]
        return not own or own + size <= self._limit // 2

    def _next_account(self) -> str | None:
        """Whose turn it is: the first one whose next body is within its half."""
        waiting = self._waiting.items()
        return next((name for name, of in waiting if self._is_within_half(name, of[0].size)), None)

    def _admit(self) -> None:
        # Nobody overtakes the next one: a large body would wait as long as small ones arrive.
        while (account := self._next_account()) is not None:
            bodies = self._waiting[account]
            if not self._has_room(bodies[0].size):
                return
            next_one = bodies.popleft()
            del self._waiting[account]
            if bodies:
                self._waiting[account] = bodies  # at the end of the turn
            if not next_one.admitted.cancelled():
                self._running[account] += next_one.size
                next_one.admitted.set_result(None)

    def _remove(self, account: str, own: _Waiting) -> None:
        bodies = self._waiting.get(account, deque())
        if own in bodies:
            bodies.remove(own)
            if not bodies:
                del self._waiting[account]
        self._admit()
