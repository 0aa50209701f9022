"""A cache of sessions in memory, invalidated on every replica when a session ends.

Each replica listens for the ends of sessions. While it is disconnected, it trusts its cache for
two seconds only. It notices within ten seconds that its connection stalls.
"""

import asyncio
import logging
from typing import Any, Final

import asyncpg

from gateway.callers.domain.identity import Identity
from gateway.sessions.adapters.session_store import CHANNEL, PostgresSessions
from gateway.sessions.domain.session import digest_of, has_valid_mac
from socle.clock import SystemClock
from socle.errors import Retry

log = logging.getLogger("gateway.sessions")

_CACHE_SECONDS: Final = 60.0
_CACHE_SECONDS_DISCONNECTED: Final = 2.0
_MAX_CACHED: Final = 50_000
_MAX_COOKIE_LENGTH: Final = 128
_CHECK_INTERVAL: Final = 5.0
_CLEAN_INTERVAL: Final = 60.0
_RETRY_SECONDS: Final = 1.0


class SessionCache:
    """Implements `Sessions` over a store.

    `url`: of the database, which notifies the ends of sessions.
    `key`: of the MAC of cookies, which is checked so that forged ones are not looked up.
    """

    def __init__(self, store: PostgresSessions, url: str, key: bytes) -> None:
        self._store, self._url, self._key, self._clock = store, url, key, SystemClock()
        self._cached: dict[bytes, tuple[float, Identity]] = {}
        self._lookups: dict[bytes, asyncio.Task[Identity | None]] = {}
        self._ends_seen = 0
        """How many sessions were reported as ended."""
        self._listening = False
        store.on_ended = self._forget

    async def find(self, cookie: str) -> Identity | None:
        if not 0 < len(cookie) <= _MAX_COOKIE_LENGTH:
            return None
        digest = digest_of(cookie)
        cached = self._cached.get(digest)
        if cached is not None and self._clock.monotonic() < cached[0]:
            return cached[1] if self._clock.now().timestamp() < cached[1].until else None
        if not has_valid_mac(cookie, self._key):
            return None
        lookup = self._lookups.get(digest)
        if lookup is None:
            lookup = self._lookups[digest] = asyncio.create_task(self._load(digest))
            lookup.add_done_callback(lambda _: self._lookups.pop(digest, None))
        # A caller that disconnects must not cancel the lookup for the others.
        return await asyncio.shield(lookup)

    def _forget(self, digest: bytes) -> None:
        """Drop a session that ended. Called at once on this replica, and by the notification."""
        self._ends_seen += 1
        self._cached.pop(digest, None)

    async def _load(self, digest: bytes) -> Identity | None:
        ends_seen = self._ends_seen
        found = await self._store.touch(digest)
        if found is None:
            self._cached.pop(digest, None)
            return None
        session, until, _ = found
        identity = session.identity(until.timestamp())
        # A session that ended during the lookup is not cached.
        if ends_seen == self._ends_seen:
            if len(self._cached) >= _MAX_CACHED:
                self._cached.clear()
            seconds = _CACHE_SECONDS if self._listening else _CACHE_SECONDS_DISCONNECTED
            self._cached[digest] = (self._clock.monotonic() + seconds, identity)
        return identity

    async def listen(self) -> None:
        """Listen for ends of sessions, and delete expired rows. Runs until cancelled."""
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("Ends of sessions are not received: %r", error)
            finally:
                self._listening = False
                self._cached.clear()
            await self._clock.sleep(_RETRY_SECONDS)

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=10.0)
        try:
            await connection.add_listener(CHANNEL, self._on_notify)
            # Notifications may have been missed until now, during lookups in progress too.
            self._ends_seen += 1
            self._cached.clear()
            self._listening = True
            cleaned = self._clock.monotonic()
            while True:
                await self._clock.sleep(_CHECK_INTERVAL)
                await connection.execute("SELECT 1", timeout=_CHECK_INTERVAL)
                if self._clock.monotonic() - cleaned >= _CLEAN_INTERVAL:
                    cleaned = self._clock.monotonic()
                    await self._clean()
        finally:
            connection.terminate()

    async def _clean(self) -> None:
        try:
            await self._store.clean()
        except Retry as error:
            log.warning("Expired sessions not deleted: %s", error.message)

    def _on_notify(self, _connection: Any, _pid: int, _channel: str, digest: Any) -> None:
        self._forget(bytes.fromhex(str(digest)))
