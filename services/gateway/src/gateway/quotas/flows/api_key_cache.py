"""Which key that is: from memory for a minute, and forgotten at once when it changes.

A watch asks every second which keys changed, so that a revoked key stops being one within seconds.
While they cannot be asked for, what is known of a key goes on being believed.
"""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.ports import Keys
from socle.clock import Clock
from socle.errors import Retry

KEPT_SECONDS: Final = 60.0
MOST_KEPT: Final = 20_000
_ASKED_AGAIN: Final = 2.0
_EVERY: Final = 1.0


class Unknown(Exception):
    """Whether that is a key cannot be found out now."""


class KnownKeys:
    """`clock` tells the real time. Keys that are none are remembered too."""

    def __init__(self, keys: Keys, *, clock: Clock, most_kept: int = MOST_KEPT) -> None:
        self._keys, self._clock, self._most_kept = keys, clock, most_kept
        self._known: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()

    def at_hand(self, sha256: str) -> tuple[bool, ApiKey | None]:
        """Whether it is known without asking, and the key (None: it is none)."""
        known = self._known.get(sha256)
        if known is None or self._clock.monotonic() >= known[0]:
            return False, None
        return True, self._valid(known[1])

    async def find(self, sha256: str) -> ApiKey | None:
        """The key of that digest, None where it is none. Raises Unknown."""
        try:
            key = await self._keys.find(sha256)
        except Retry as retry:
            if sha256 not in self._known:
                raise Unknown from retry
            _, key = self._known[sha256]
            self._keep(sha256, key, _ASKED_AGAIN)
        else:
            self._keep(sha256, key, KEPT_SECONDS)
        return self._valid(key)

    async def watch(self) -> None:
        """Forget those that change. Runs until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            try:
                for sha256 in await self._keys.changed():
                    self._known.pop(sha256, None)
            except Retry:
                continue

    def _keep(self, sha256: str, key: ApiKey | None, seconds: float) -> None:
        self._known[sha256] = self._clock.monotonic() + seconds, key
        self._known.move_to_end(sha256)
        while len(self._known) > self._most_kept:
            self._known.popitem(last=False)

    def _valid(self, key: ApiKey | None) -> ApiKey | None:
        return key if key is not None and not _expired(key, self._clock.now()) else None


def _expired(key: ApiKey, now: datetime) -> bool:
    return key.expires_at is not None and now >= key.expires_at
