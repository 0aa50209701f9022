"""Imports every feed of feeds.toml, each at its own pace.

A feed that hangs or fails affects no other. A change of feeds.toml, or of a local feed, applies
within seconds; a feed no longer declared is deleted from the table.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.imports.domain.import_record import ImportRecord
from mobilite.imports.flows.import_feed import ImportDependencies, import_feed
from socle.errors import Retry

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 15.0
"""Pause after the first failure; it doubles with each further one, up to the interval."""
FIRST_IMPORTS_SECONDS = 45.0
"""How long the role waits for first imports before it is ready. A hanging operator's server must
not prevent replicas from fetching the other timetables."""
VERSIONS_RETAINED = 2
"""Versions of a feed whose files are retained: a replica can still be fetching the previous one."""


@dataclass(slots=True)
class _FeedTimer:
    """When a feed is imported next."""

    feed: Feed
    """As declared at the last import."""
    stamp: str | None
    """The stamp of a local feed at the last import; None for a feed over HTTP."""
    due: float
    """On the monotonic clock."""
    failures: int = 0
    """In a row."""
    task: "asyncio.Task[None] | None" = None


class ScheduleImports:
    """The imports of all feeds."""

    def __init__(
        self,
        tools: ImportDependencies,
        *,
        stamp: Callable[[Feed], str | None],
        interval: float,
        reload_seconds: float = 2.0,
        first_imports: float = FIRST_IMPORTS_SECONDS,
    ) -> None:
        """`stamp`: a value that changes when a local feed does; None for others. `interval`:
        seconds between two imports of a feed. `reload_seconds`: between two reloads of feeds.toml
        and checks of local feeds. `first_imports`: seconds that the role waits for them before it
        is ready.
        """
        self._tools = tools
        self._stamp = stamp
        self._interval = interval
        self._reload_seconds = reload_seconds
        self._ready_at_latest = tools.clock.monotonic() + first_imports
        self._timers: dict[FeedId, _FeedTimer] = {}
        self._records: dict[FeedId, ImportRecord] = {}
        self._declared: tuple[Feed, ...] | None = None

    def why_not(self) -> str | None:
        """The feeds without a first import, in French; None if there are none, or the wait for them
        is over."""
        if self._declared is None:
            return "les flux n'ont pas encore été lus"
        if self._tools.clock.monotonic() > self._ready_at_latest:
            return None
        waiting = [feed.id for feed in self._declared if feed.id not in self._records]
        return f"premier import en cours : {', '.join(waiting)}" if waiting else None

    async def run(self, declared: DeclaredFeeds) -> None:
        """Import until cancelled. While the database is unavailable it tries again."""
        while True:
            try:
                self._records = dict(await self._tools.store.load())
                break
            except Retry as error:
                log.warning("imports cannot start: %s", error.message)
                await self._tools.clock.sleep(self._reload_seconds)
        async with asyncio.TaskGroup() as group:
            while True:
                feeds = declared.reload()
                self._declared = feeds
                await self._drop_undeclared({feed.id for feed in feeds})
                for feed in feeds:
                    self._apply_declared(feed, group)
                await self._tools.clock.sleep(self._reload_seconds)

    def _apply_declared(self, feed: Feed, group: asyncio.TaskGroup) -> None:
        """Start an import of the feed if it is due, new or changed, unless one is running."""
        now, stamp = self._tools.clock.monotonic(), self._stamp(feed)
        timer = self._timers.get(feed.id)
        if timer is None:
            timer = self._timers[feed.id] = _FeedTimer(feed, stamp, due=now)
        if timer.task is not None and not timer.task.done():
            return
        if timer.feed != feed or timer.stamp != stamp:
            timer.feed, timer.stamp, timer.due = feed, stamp, now
        if now >= timer.due:
            timer.task = group.create_task(self._import(timer))

    async def _import(self, timer: _FeedTimer) -> None:
        """Import a feed once, and set when it is due again."""
        feed = timer.feed
        try:
            imported = await import_feed(feed, self._records.get(feed.id), tools=self._tools)
        except Retry as error:
            log.warning("import of %s not stored: %s", feed.id, error.message)
            reached = False
        except Exception:
            # A programming error triggered by one feed must not affect the others.
            log.exception("import of %s failed", feed.id)
            reached = False
        else:
            reached = imported.reached
            attempt = imported.record.attempt
            self._records[feed.id] = imported.record
            outcome = " ".join(filter(None, (attempt.outcome, attempt.problem)))
            log.info("schedule of %s: %s", feed.id, outcome)
            await self._remove_old_files()
        timer.failures = 0 if reached else timer.failures + 1
        back_off = FIRST_RETRY_SECONDS * 2.0 ** min(timer.failures - 1, 16)
        wait = self._interval if reached else min(self._interval, back_off)
        timer.due = self._tools.clock.monotonic() + wait

    async def _drop_undeclared(self, declared: set[FeedId]) -> None:
        """Delete the feeds that are not in `declared` any more."""
        for feed_id in [*self._timers.keys() | self._records.keys()]:
            if feed_id in declared:
                continue
            timer = self._timers.get(feed_id)
            if timer is not None and timer.task is not None and not timer.task.done():
                timer.task.cancel()
                await asyncio.wait([timer.task])
            try:
                await self._tools.store.delete(feed_id)
            except Retry as error:
                log.warning("feed %s not deleted yet: %s", feed_id, error.message)
                continue
            self._timers.pop(feed_id, None)
            self._records.pop(feed_id, None)

    async def _remove_old_files(self) -> None:
        """Remove packed files of versions that are not needed any more."""
        try:
            retained = await self._tools.store.recent_files(VERSIONS_RETAINED)
        except Retry as error:
            log.warning("old packed files not removed: %s", error.message)
            return
        await asyncio.to_thread(self._tools.packed_store.remove_others, retained)
