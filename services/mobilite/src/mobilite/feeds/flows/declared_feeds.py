"""feeds.toml as it was last read well, looked at again and again by the roles that work from it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mobilite.feeds.domain.feed import Feed
from socle.clock import Clock
from socle.errors import Refusal, Retry

log = logging.getLogger(__name__)


class FeedsDeclared:
    """`feeds` are those of feeds.toml as last read well; `why_not` says what is wrong with it."""

    def __init__(self, read: Callable[[], tuple[Feed, ...]]) -> None:
        """Raises Refusal when the file cannot be used at the start."""
        self._read = read
        self.feeds = read()
        self._problem: str | None = None

    def look(self) -> tuple[Feed, ...]:
        """Read again; a file that cannot be used leaves the former feeds."""
        try:
            self.feeds = self._read()
            self._problem = None
        except Refusal as refusal:
            if refusal.message != self._problem:
                log.error("feeds file refused, the former one stays: %s", refusal.message)
            self._problem = refusal.message
        return self.feeds

    def why_not(self) -> str | None:
        """What is wrong with the file, in French; None when nothing is."""
        return self._problem

    async def keep_up(
        self,
        take_up: Callable[[tuple[Feed, ...], asyncio.TaskGroup], Awaitable[None]],
        *,
        every: float,
        clock: Clock,
    ) -> None:
        """Bring what runs, in tasks of the group, in line with the file at each look, `every`
        seconds. An absent broker is waited for; mistakes of ours are raised."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await take_up(self.look(), group)
                except Retry as away:
                    log.warning("feeds not taken up, the broker is away: %s", away.message)
                await clock.sleep(every)
