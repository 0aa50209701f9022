"""The feeds declared in feeds.toml, reloaded while the role runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mobilite.feeds.domain.feed import Feed
from socle.clock import Clock
from socle.errors import Refusal, Retry

log = logging.getLogger(__name__)


class DeclaredFeeds:
    """The declared feeds, and the error of the file if its latest version is not valid."""

    def __init__(self, read: Callable[[], tuple[Feed, ...]]) -> None:
        """`read`: reads the file. Raises Refusal if it is not valid at the start."""
        self._read = read
        self.feeds = read()
        """The feeds of the last valid version of the file."""
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
        """Reload the file every `every` seconds and call `apply` with the feeds.

        `apply` may start tasks in the task group; an error of one of them ends the watch. If
        `apply` raises Retry (the broker is unavailable), it is called again after the pause.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await apply(self.reload(), group)
                except Retry as error:
                    log.warning("feeds not applied, the broker is unavailable: %s", error.message)
                await clock.sleep(every)
