"""A cache of API keys by digest, for a minute, invalidated when a key changes.

Changes are polled every second, so that a revoked key is refused within seconds. While the database
is unreachable, cached keys stay valid.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.ports import Keys
from socle.clock import Clock
from socle.errors import Retry

CACHE_SECONDS: Final = 60.0
CACHE_SIZE: Final = 20_000
_RETRY_SECONDS: Final = 2.0
_POLL_INTERVAL: Final = 1.0


class LookupFailed(Exception):
    """The key cannot be looked up now."""


class ApiKeyCache:
    """The cache. Unknown keys are cached too. `clock`: the system's."""

    def __init__(self, keys: Keys, *, clock: Clock, cache_size: int = CACHE_SIZE) -> None:
        self._keys, self._clock, self._cache_size = keys, clock, cache_size
        self._cached: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()

    def find_cached(self, sha256: str) -> tuple[bool, ApiKey | None]:
        """Whether the digest is cached and not too old, and its key (None: no such key, or an
        expired one)."""
        cached = self._cached.get(sha256)
        if cached is None or self._clock.monotonic() >= cached[0]:
            return False, None
        return True, self._valid(cached[1])

    async def find(self, sha256: str) -> ApiKey | None:
        """Look up the key of that digest; None if there is none, or it is expired.

        Raises LookupFailed if the database is unreachable and the cache has no entry of the key,
        not even an old one.
        """
        try:
            key = await self._keys.find(sha256)
        except Retry as retry:
            if sha256 not in self._cached:
                raise LookupFailed from retry
            _, key = self._cached[sha256]
            self._store(sha256, key, _RETRY_SECONDS)
        else:
            self._store(sha256, key, CACHE_SECONDS)
        return self._valid(key)

    async def watch(self) -> None:
        """Drop keys that change. Runs until cancelled."""
        while True:
            await self._clock.sleep(_POLL_INTERVAL)
            try:
                for sha256 in await self._keys.changed():
                    self._cached.pop(sha256, None)
            except Retry:
                continue

    def _store(self, sha256: str, key: ApiKey | None, seconds: float) -> None:
        self._cached[sha256] = self._clock.monotonic() + seconds, key
        self._cached.move_to_end(sha256)
        while len(self._cached) > self._cache_size:
            self._cached.popitem(last=False)

    def _valid(self, key: ApiKey | None) -> ApiKey | None:
        return key if key is not None and not _expired(key, self._clock.now()) else None


def _expired(key: ApiKey, now: datetime) -> bool:
    return key.expires_at is not None and now >= key.expires_at
