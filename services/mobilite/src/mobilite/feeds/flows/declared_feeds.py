"""The feeds declared in feeds.toml, reloaded while the role runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mobilite.feeds.domain.feed import Feed
from socle.clock import Clock
from socle.errors import Refusal, Retry

log = logging.getLogger(__name__)


class DeclaredFeeds:
    """`feeds` are those of the last valid feeds.toml; `why_not` is its current error."""

    def __init__(self, read: Callable[[], tuple[Feed, ...]]) -> None:
        """Raises Refusal if the file is not valid at the start."""
        self._read = read
        self.feeds = read()
        self._problem: str | None = None

    def reload(self) -> tuple[Feed, ...]:
        """Read the file again. If it is not valid, the previous feeds stay."""
        try:
            self.feeds = self._read()
            self._problem = None
        except Refusal as refusal:
            if refusal.message != self._problem:
                log.error("feeds file refused, the former one stays: %s", refusal.message)
            self._problem = refusal.message
        return self.feeds

    def why_not(self) -> str | None:
        """The current error of the file, in French; None if there is none."""
        return self._problem

    async def watch(
        self,
        apply: Callable[[tuple[Feed, ...], asyncio.TaskGroup], Awaitable[None]],
        *,
        every: float,
        clock: Clock,
    ) -> None:
        """Reload the file every `every` seconds and pass the feeds to `apply`, with a task group.
        Waits for an absent broker; programming errors are raised."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await apply(self.reload(), group)
                except Retry as away:
                    log.warning("feeds not applied, the broker is unavailable: %s", away.message)
                await clock.sleep(every)
