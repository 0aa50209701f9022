"""The open event streams of one process. One task reads for all of them what is new.

A stream stores the number of its subscription's last event, and no event: a slow reader costs no
memory.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Final

from esante.subscriptions.ports import StreamState, SubscriptionQueue
from socle.errors import Refusal, Retry

log = logging.getLogger(__name__)

MAX_STREAMS: Final = 1_000
"""Open streams of one process."""
MAX_OF_ACCOUNT: Final = 20
"""Open streams of one account, in one process."""
_INTERVAL: Final = 0.5
"""Seconds between two readings; without a stream there is none."""


class EventStreams:
    """The open streams. `report`: receives their number when it changes."""

    def __init__(self, queue: SubscriptionQueue, report: Callable[[int], None]) -> None:
        self._queue, self._report = queue, report
        self._open: set[EventStream] = set()
        self._of_account: Counter[str] = Counter()
        self._reader: asyncio.Task[None] | None = None

    def require_place(self, account: str) -> None:
        """Raises Refusal, "too_many", if that account or the process has too many streams."""
        if self._of_account[account] >= MAX_OF_ACCOUNT:
            sentence = f"Vous avez déjà {MAX_OF_ACCOUNT} flux d'événements ouverts : fermez-en un."
            raise Refusal("too_many", sentence, retry_after=30)
        if len(self._open) >= MAX_STREAMS:
            sentence = "Trop de flux d'événements sont ouverts : réessayez plus tard."
            raise Refusal("too_many", sentence, retry_after=30)

    def enter(self, stream: "EventStream") -> None:
        """Add a stream. The first one starts the task."""
        self._open.add(stream)
        self._of_account[stream.state.account] += 1
        self._report(len(self._open))
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_on(), name="event streams")

    def leave(self, stream: "EventStream") -> None:
        """Remove a stream. The last one stops the task."""
        account = stream.state.account
        self._open.discard(stream)
        self._of_account[account] -= 1
        if not self._of_account[account]:
            del self._of_account[account]
        self._report(len(self._open))
        if not self._open and self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _read_on(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                found = await self._queue.list_streams(sorted({each.id for each in self._open}))
            except Retry as retry:
                log.warning("Event streams cannot be read: %s", retry.message)
                continue
            for each in tuple(self._open):
                each.update(found.get(each.id))


class EventStream:
    """One open stream; it counts among the open ones while it is entered."""

    def __init__(self, subscription_id: str, state: StreamState, streams: EventStreams) -> None:
        self.id, self.state, self._streams = subscription_id, state, streams
        self.reason: str | None = None
        """Why its subscription has no more events, as a French sentence; None: it can have."""
        self.ended = False
        """Whether nothing more is sent: the client is gone, or the process stops."""
        self._changed = asyncio.Event()

    def __enter__(self) -> "EventStream":
        self._streams.enter(self)
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._streams.leave(self)

    def update(self, state: StreamState | None) -> None:
        """Take what was read. None: it was deleted, or is no stream any more."""
        if state is None or state.account != self.state.account:
            self.close("Cet abonnement a été supprimé, ou confié à un autre canal.")
        elif state.started != self.state.started:
            self.close("Cet abonnement a été arrêté, puis remis en marche.")
        elif state != self.state:
            self.state = state
            self._changed.set()
            if state.status == "off":
                # Its last events come before.
                self.close("Cet abonnement a été arrêté (off), ou sa fin est passée.")

    def close(self, reason: str) -> None:
        """Let it end with that reason."""
        self.reason = self.reason or reason
        self._changed.set()

    def end(self) -> None:
        """Send nothing more."""
        self.ended = True
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until something changes, at most that long; whether it did."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
