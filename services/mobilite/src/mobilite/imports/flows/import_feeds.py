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

FIRST_RETRY = 15.0
FIRST_IMPORTS = 45.0
"""Seconds the role waits for first imports before it is ready. A hanging operator's server must
not keep replicas from fetching the other timetables.
"""
VERSIONS_SHELVED = 2
"""Versions whose files are retained: a replica may still be fetching the previous one."""


@dataclass(slots=True)
class _Pace:
    """When a feed is due again, and its stamp at the last import."""

    feed: Feed
    stamp: str | None
    due: float
    failures: int = 0
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
        first_imports: float = FIRST_IMPORTS,
    ) -> None:
        """`interval` between two imports of a feed, `look_every` between two reloads of
        feeds.toml and checks of local feeds, and `first_imports`, the longest wait for first
        imports, are in seconds; `stamp` changes when a local feed does."""
        self._tools = tools
        self._stamp = stamp
        self._interval = interval
        self._reload_seconds = reload_seconds
        self._ready_anyway = tools.clock.monotonic() + first_imports
        self._paces: dict[FeedId, _Pace] = {}
        self._records: dict[FeedId, ImportRecord] = {}
        self._declared: tuple[Feed, ...] | None = None

    def why_not(self) -> str | None:
        """The feeds without a first import, in French; None if there is none or the wait is
        over."""
        if self._declared is None:
            return "les flux n'ont pas encore été lus"
        if self._tools.clock.monotonic() > self._ready_anyway:
            return None
        waiting = [feed.id for feed in self._declared if feed.id not in self._records]
        return f"premier import en cours : {', '.join(waiting)}" if waiting else None

    async def run(self, declared: DeclaredFeeds) -> None:
        """Import until cancelled. Waits for an absent database; programming errors are raised."""
        while True:
            try:
                self._records = dict(await self._tools.store.load())
                break
            except Retry as away:
                log.warning("imports cannot start: %s", away.message)
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
        """Start an import of each feed that is due, new or changed, unless one is running."""
        now, stamp = self._tools.clock.monotonic(), self._stamp(feed)
        pace = self._paces.get(feed.id)
        if pace is None:
            pace = self._paces[feed.id] = _Pace(feed, stamp, due=now)
        if pace.task is not None and not pace.task.done():
            return
        if pace.feed != feed or pace.stamp != stamp:
            pace.feed, pace.stamp, pace.due = feed, stamp, now
        if now >= pace.due:
            pace.task = group.create_task(self._import(pace))

    async def _import(self, pace: _Pace) -> None:
        feed = pace.feed
        try:
            imported = await import_feed(feed, self._records.get(feed.id), tools=self._tools)
        except Retry as away:
            log.warning("import of %s not stored: %s", feed.id, away.message)
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
            await self._tidy()
        pace.failures = 0 if reached else pace.failures + 1
        back_off = FIRST_RETRY * 2.0 ** min(pace.failures - 1, 16)
        wait = self._interval if reached else min(self._interval, back_off)
        pace.due = self._tools.clock.monotonic() + wait

    async def _drop_undeclared(self, declared: set[FeedId]) -> None:
        for feed_id in [*self._paces.keys() | self._records.keys()]:
            if feed_id in declared:
                continue
            pace = self._paces.get(feed_id)
            if pace is not None and pace.task is not None and not pace.task.done():
                pace.task.cancel()
                await asyncio.wait([pace.task])
            try:
                await self._tools.store.forget(feed_id)
            except Retry as away:
                log.warning("feed %s not deleted yet: %s", feed_id, away.message)
                continue
            self._paces.pop(feed_id, None)
            self._records.pop(feed_id, None)

    async def _tidy(self) -> None:
        try:
            retained = await self._tools.store.recent_files(VERSIONS_SHELVED)
        except Retry as away:
            log.warning("packed files not tidied: %s", away.message)
            return
        await asyncio.to_thread(self._tools.shelf.remove_others, retained)
