"""Exchanges without an end of their own: server-sent events.

They end properly when the process stops, and when what they were judged by no longer holds: the arm
a pilot gave, the session, the token or the key that said who calls. Their readers come again, and
are judged anew. A pause, a withdrawal or a logout would otherwise not reach them.
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

EVERY_SECONDS = 5.0
_AT_ONCE: Final = 500

StillHolds = Callable[[RequestContext], Awaitable[bool]]
"""Whether what an exchange was judged by still holds. Never raises."""


class OpenStreams:
    """Those of one replica."""

    def __init__(self) -> None:
        self._open: dict[object, tuple[RequestContext, Callable[[], None]]] = {}
        self._stopping = False

    @contextmanager
    def hold(self, context: RequestContext, end: Callable[[], None]) -> Iterator[None]:
        """One is open. `end` ends it properly; called at most a few times, from the loop."""
        key = object()
        self._open[key] = context, end
        if self._stopping:
            end()
        try:
            yield
        finally:
            del self._open[key]

    def end_all(self) -> None:
        """The process stops: open streams end now, and new ones at once."""
        self._stopping = True
        for _, end in list(self._open.values()):
            end()

    async def watch(self, judgements: Sequence[StillHolds], clock: Clock) -> None:
        """End those that no longer stand, every few seconds. Runs until cancelled."""
        while True:
            await clock.sleep(EVERY_SECONDS)
            await self.look(judgements)

    async def look(self, judgements: Sequence[StillHolds]) -> None:
        """End those that no longer stand."""
        for number, (context, end) in enumerate(list(self._open.values()), start=1):
            for still_holds in judgements:
                if not await still_holds(context):
                    end()
                    break
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)


def is_still_known(stages: Sequence[Stage]) -> StillHolds:
    """Whether the stages that found out who calls would find the same now. Nobody is turned away
    because it cannot be found out."""

    async def still_holds(context: RequestContext) -> bool:
        if context.identity.means == "none":
            return True
        now = replace(context, identity=ANONYMOUS, identity_unknown=False)
        try:
            for stage in stages:
                await stage(now)
        except Refusal as refusal:
            return refusal.category == "unavailable"
        # A session's end moves with each use of it.
        return now.identity_unknown or now.identity == replace(
            context.identity, until=now.identity.until
        )

    return still_holds
