"""Follows the announced timetables: fetches, maps and swaps each version.

The current version serves until its successor is mapped; a version that cannot be fetched is
retried, and a replica is ready once every announced feed is mapped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from mobilite.events import TimetableV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.sources.ports import SourceFault
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.ports import TimetableCachePort
from socle.clock import Clock
from socle.events import Received

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS = 0.5, 30.0
"""The pause after a failure doubles from the first to the longest."""


class TimetableFollower:
    """Serves the announced timetable of each feed (`mobilite.timetable.v1`).

    `follow` receives the announcements, `run` fetches and maps the files.
    """

    def __init__(
        self,
        folder: TimetableCachePort,
        *,
        serve: Callable[[Timetable], Awaitable[None]],
        withdraw: Callable[[FeedId], None],
        clock: Clock,
    ) -> None:
        """`folder`: fetches and maps a version. `serve`: called with each mapped version.
        `withdraw`: called for a feed that has no announced version any more."""
        self._folder = folder
        self._serve = serve
        self._withdraw = withdraw
        self._clock = clock
        self._announced: dict[str, TimetableV1] = {}
        self._serving: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._news = asyncio.Event()

    def follow(self, received: Sequence[Received[TimetableV1]]) -> None:
        """Apply a batch of records of the topic; a tombstone withdraws its feed."""
        for record in received:
            if record.data is None:
                self._announced.pop(record.key, None)
            else:
                self._announced[record.key] = record.data
        self._news.set()

    def serving(self) -> Mapping[FeedId, str]:
        """The version (SHA-256 of the packed file) of each feed in service."""
        return {FeedId(key): sha256 for key, sha256 in self._serving.items()}

    def why_not(self) -> str | None:
        """The announced feeds without a mapped version and why, in French; None if all have one."""
        waiting = [
            f"{event.feed_id} ({self._problems.get(key, 'en cours')})"
            for key, event in self._announced.items()
            if event.sha256 is not None and key not in self._serving
        ]
        return f"horaires pas encore chargés : {', '.join(waiting)}" if waiting else None

    async def run(self) -> None:
        """Fetch and map what is announced, until cancelled."""
        failures = 0
        while True:
            self._news.clear()
            failed = await self._catch_up()
            if not self._news.is_set() and not failed:
                await self._folder.remove_others(self._in_use())
            failures = failures + 1 if failed else 0
            wait = min(RETRY_LONGEST_SECONDS, RETRY_FIRST_SECONDS * 2.0 ** min(failures - 1, 16))
            await self._news_within(wait if failed else None)

    async def _catch_up(self) -> bool:
        """Withdraw and map what the announcements require, each feed independently. Returns
        whether a feed failed."""
        for key in [*self._serving]:
            event = self._announced.get(key)
            if event is None or event.sha256 is None:
                del self._serving[key]
                self._withdraw(FeedId(event.feed_id if event else key))
        todo = [
            (key, event)
            for key, event in self._announced.items()
            if event.sha256 is not None and self._serving.get(key) != event.sha256
        ]
        results = await asyncio.gather(*(self._map(key, event) for key, event in todo))
        return not all(results)

    async def _map(self, key: str, event: TimetableV1) -> bool:
        """Map one version and serve it, unless another has been announced. False if it failed."""
        assert event.sha256 is not None
        assert event.address is not None
        try:
            timetable = await self._folder.obtain(event.sha256, event.address)
        except SourceFault as fault:
            log.warning("timetable of %s not fetched: %s", event.feed_id, fault.message)
            self._problems[key] = fault.message
            return False
        now = self._announced.get(key)
        if now is None or now.sha256 != event.sha256:
            return True  # replaced meanwhile: the next round handles it
        await self._serve(timetable)
        self._serving[key] = event.sha256
        self._problems.pop(key, None)
        log.info("serving timetable %s of %s", event.sha256[:12], event.feed_id)
        return True

    def _in_use(self) -> frozenset[str]:
        announced = {event.sha256 for event in self._announced.values() if event.sha256}
        return frozenset(announced | set(self._serving.values()))

    async def _news_within(self, seconds: float | None) -> None:
        """Wait for an announcement, at most `seconds`."""
        if seconds is None:
            await self._news.wait()
            return
        waiting = asyncio.ensure_future(self._news.wait())
        pausing = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait([waiting, pausing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            pausing.cancel()
