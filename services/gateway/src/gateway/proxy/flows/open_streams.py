"""Open streams (server-sent events), ended when they must be.

They end when the process stops, and when a condition of their admission no longer holds: a pilot's
arm, the session, the token or the API key. Clients reconnect and are checked again; otherwise a
paused pilot, a withdrawn consent or a logout would have no effect on them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from gateway.callers.domain.identity import ANONYMOUS
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.ports import Stage
from socle.clock import Clock
from socle.errors import Refusal

CHECK_INTERVAL = 5.0
"""Seconds between two checks of all streams."""
_BATCH: Final = 500  # streams checked before other tasks run

StillHolds = Callable[[RequestContext], Awaitable[bool]]
"""Whether the conditions of an open stream still hold. Never raises."""


class OpenStreams:
    """The open streams of one replica."""

    def __init__(self) -> None:
        self._open: dict[object, tuple[RequestContext, Callable[[], None]]] = {}
        self._stopping = False

    @contextmanager
    def register(self, context: RequestContext, end: Callable[[], None]) -> Iterator[None]:
        """Register an open stream while entered. `end` ends it; it may be called several times."""
        key = object()
        self._open[key] = context, end
        if self._stopping:
            end()
        try:
            yield
        finally:
            del self._open[key]

    def end_all(self) -> None:
        """End all streams, and new ones at once, since the process stops."""
        self._stopping = True
        for _, end in list(self._open.values()):
            end()

    async def watch(self, conditions: Sequence[StillHolds], clock: Clock) -> None:
        """End streams whose conditions no longer hold, every few seconds. Runs until cancelled."""
        while True:
            await clock.sleep(CHECK_INTERVAL)
            await self.check(conditions)

    async def check(self, conditions: Sequence[StillHolds]) -> None:
        """End streams whose conditions no longer hold."""
        for number, (context, end) in enumerate(list(self._open.values()), start=1):
            for still_holds in conditions:
                if not await still_holds(context):
                    end()
                    break
            if number % _BATCH == 0:
                await asyncio.sleep(0)


def is_still_identified(stages: Sequence[Stage]) -> StillHolds:
    """The condition that the authentication stages still give the same identity. It holds for
    anonymous callers, and while the stages cannot decide."""

    async def still_holds(context: RequestContext) -> bool:
        if context.identity.means == "none":
            return True
        now = replace(context, identity=ANONYMOUS, identity_unknown=False)
        try:
            for stage in stages:
                await stage(now)
        except Refusal as refusal:
            return refusal.category == "unavailable"
        # Each use of a session postpones its end.
        return now.identity_unknown or now.identity == replace(
            context.identity, until=now.identity.until
        )

    return still_holds
