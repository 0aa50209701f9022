"""Sessions as every request asks for them: from memory for a minute, dropped everywhere at once.

Each replica listens for sessions that end. While it cannot hear, it believes its memory for two
seconds only.
"""

import asyncio
import logging
from typing import Any, Final

import asyncpg

from gateway.callers.domain.identity import Identity
from gateway.sessions.adapters.session_store import CHANNEL, PostgresSessions
from gateway.sessions.domain.session import digest_of, is_ours
from socle.clock import SystemClock
from socle.errors import Retry

log = logging.getLogger("gateway.sessions")

_KEPT: Final = 60.0
_KEPT_DEAF: Final = 2.0
_MOST_KEPT: Final = 50_000
_LONGEST_COOKIE: Final = 128
_ALIVE_EVERY: Final = 5.0
_CLEAN_EVERY: Final = 60.0
_AGAIN: Final = 1.0


class KeptSessions:
    """Implements `Sessions` over a store. `url`: of the database whose endings are heard; `key`:
    with which our cookies are marked, so that made-up ones never reach the database."""

    def __init__(self, store: PostgresSessions, url: str, key: bytes) -> None:
        self._store, self._url, self._key, self._clock = store, url, key, SystemClock()
        self._kept: dict[bytes, tuple[float, Identity]] = {}
        self._asking: dict[bytes, asyncio.Task[Identity | None]] = {}
        self._ended = 0
        self._hears = False
        store.ended = self._forget

    async def find(self, cookie: str) -> Identity | None:
        if not 0 < len(cookie) <= _LONGEST_COOKIE:
            return None
        digest = digest_of(cookie)
        kept = self._kept.get(digest)
        if kept is not None and self._clock.monotonic() < kept[0]:
            return kept[1] if self._clock.now().timestamp() < kept[1].until else None
        if not is_ours(cookie, self._key):
            return None
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.create_task(self._load(digest))
            asking.add_done_callback(lambda _: self._asking.pop(digest, None))
        # One caller that leaves must not take the answer from the others.
        return await asyncio.shield(asking)

    def _forget(self, digest: bytes) -> None:
        """That session ended: here at once, elsewhere as soon as it is heard."""
        self._ended += 1
        self._kept.pop(digest, None)

    async def _load(self, digest: bytes) -> Identity | None:
        ended = self._ended
        found = await self._store.touch(digest)
        if found is None:
            self._kept.pop(digest, None)
            return None
        session, until, _ = found
        identity = session.identity(until.timestamp())
        # What ended while it was being read is not put back.
        if ended == self._ended:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = _KEPT if self._hears else _KEPT_DEAF
            self._kept[digest] = (self._clock.monotonic() + kept, identity)
        return identity

    async def listen(self) -> None:
        """Hear of sessions that end, and clean up now and then. Runs until cancelled."""
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("Endings of sessions are not heard: %r", error)
            finally:
                self._hears = False
                self._kept.clear()
            await self._clock.sleep(_AGAIN)

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=10.0)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._kept.clear()  # what ended before was not heard
            self._hears = True
            cleaned = self._clock.monotonic()
            while True:
                await self._clock.sleep(_ALIVE_EVERY)
                await connection.execute("SELECT 1", timeout=_ALIVE_EVERY)
                if self._clock.monotonic() - cleaned >= _CLEAN_EVERY:
                    cleaned = self._clock.monotonic()
                    await self._clean()
        finally:
            connection.terminate()

    async def _clean(self) -> None:
        try:
            await self._store.clean()
        except Retry as error:
            log.warning("Old sessions stay: %s", error.message)

    def _heard(self, _connection: Any, _pid: int, _channel: str, digest: Any) -> None:
        self._forget(bytes.fromhex(str(digest)))
