"""The bytes of the request bodies that this process holds, bounded in all and for each account.

A body counts from its declaration until the request ends, since the handler holds it meanwhile.
Whoever has no room is refused at once instead of waiting: a caller who stops sending would
otherwise stop all others. Small bodies do not count, so that they are read even then. A complete
body waits for its execution (`execution_queue`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from esante.core.flows.execution_queue import ExecutionQueue
from socle.errors import Refusal

UNCOUNTED: Final = 64 * 1024
"""Bytes of a body that do not count: the server buffers as many before they are read."""
MAX_READING: Final = 64
"""Bodies of one account that can be incomplete at once, of any size."""
_LARGE: Final = 1024 * 1024
"""Bytes of a body whose memory is returned to the system after its request, and which does not
delay the execution of smaller ones."""
_RELEASE_SECONDS: Final = 0.5
"""From the end of a request to the return of its memory, so that one return serves several."""


class BodyBudget:
    """Counts the bytes of bodies. One per process.

    `total`: bytes of all bodies. `per_account`: bytes of the bodies of one account. `executed`:
    bytes of large bodies that are executed at once, and a quarter of it for smaller ones; half of
    each for one account.
    `release_memory`: returns freed memory to the system; called in a thread.
    """

    def __init__(
        self,
        total: int,
        per_account: int,
        *,
        executed: int,
        release_memory: Callable[[], None],
    ) -> None:
        self._total, self._per_account = total, per_account
        self._large, self._smaller = ExecutionQueue(executed), ExecutionQueue(executed // 4)
        self._release_memory = release_memory
        self._held: Counter[str] = Counter()
        self._reading: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def held(self) -> int:
        """The bytes that are counted now."""
        return self._held.total()

    def lease(self, account: str, limit: int) -> "BodyLease":
        """A lease for one request of that account, without a byte yet. `limit`: of its bytes."""
        return BodyLease(self, account, limit)

    def queue_of(self, size: int) -> ExecutionQueue:
        """The queue in which a body of that many bytes waits for its execution."""
        return self._large if size >= _LARGE else self._smaller

    def start_reading(self, account: str) -> None:
        """Count one more incomplete body. Raises Refusal("too_many") if there are too many."""
        if self._reading[account] >= MAX_READING:
            raise Refusal(
                "too_many",
                f"Vous envoyez déjà {MAX_READING} contenus à la fois ; attendez qu'ils arrivent.",
            )
        self._reading[account] += 1

    def end_reading(self, account: str) -> None:
        """Count one incomplete body less."""
        self._reading[account] -= 1
        if not self._reading[account]:
            del self._reading[account]

    def add(self, account: str, size: int) -> None:
        """Count that many bytes. Raises Refusal("too_many") if the account has no room for them,
        and Refusal("unavailable") if the process has none."""
        if self._held[account] + size > self._per_account:
            raise Refusal(
                "too_many",
                f"Vos contenus en cours dépassent {self._per_account} octets ensemble ;"
                " envoyez celui-ci quand les autres ont leur réponse.",
                limit_bytes=self._per_account,
            )
        if self.held + size > self._total:
            raise Refusal(
                "unavailable",
                "Trop de contenus volumineux arrivent en ce moment ; réessayez dans un instant.",
            )
        self._held[account] += size

    def remove(self, account: str, size: int) -> None:
        """Count that many bytes less; large ones are soon returned to the system."""
        self._held[account] -= size
        if not self._held[account]:
            del self._held[account]
        if size >= _LARGE and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_RELEASE_SECONDS, self._release)

    def _release(self) -> None:
        self._timer = None
        asyncio.get_running_loop().run_in_executor(None, self._release_memory)


class BodyLease:
    """The bytes that one request counts."""

    __slots__ = ("_account", "_budget", "_counted", "_executed", "_limit")

    def __init__(self, budget: BodyBudget, account: str, limit: int) -> None:
        self._budget, self._account, self._limit = budget, account, limit
        self._counted = 0
        self._executed = 0

    def __enter__(self) -> None:
        """Start reading the body. Raises Refusal as `BodyBudget.start_reading`."""
        self._budget.start_reading(self._account)

    def __exit__(self, *raised: object) -> None:
        """The body is complete, or is read no further."""
        self._budget.end_reading(self._account)

    def grow_to(self, size: int) -> None:
        """Count a body of that many bytes. Raises Refusal("too_large") past the limit of the
        request, and as `BodyBudget.add`."""
        if size > self._limit:
            sentence = f"Le contenu envoyé dépasse {self._limit} octets."
            raise Refusal("too_large", sentence, limit_bytes=self._limit)
        if size > UNCOUNTED and size > self._counted:
            self._budget.add(self._account, size - self._counted)
            self._counted = size

    def try_execute(self) -> bool:
        """Execute the complete body now, until `release`; False if it must wait for its turn."""
        size = self._counted
        if self._executed or not size:
            return True
        if self._budget.queue_of(size).try_enter(self._account, size):
            self._executed = size
        return bool(self._executed)

    async def wait_for_execution(self, seconds: float) -> None:
        """Wait for the turn of the body, then execute it, until `release`.

        Raises Refusal("unavailable") if that takes longer than `seconds`.
        """
        size = self._counted
        await self._budget.queue_of(size).enter(self._account, size, seconds=seconds)
        self._executed = size

    def release(self) -> None:
        """The request has ended."""
        if self._executed:
            self._budget.queue_of(self._executed).leave(self._account, self._executed)
            self._executed = 0
        if self._counted:
            self._budget.remove(self._account, self._counted)
            self._counted = 0
