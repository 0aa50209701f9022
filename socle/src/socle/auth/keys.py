"""The gateway's public keys: a cached JWKS (RFC 7517) from an address or a file.

An unknown key id reloads them, at most once every few seconds. If loading fails, the last good
keys stay valid.
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from socle.clock import Clock
from socle.http import read_bounded

log = logging.getLogger("socle.auth")

COOL_DOWN: Final = 5.0  # seconds between two readings
_FIRST_COOL_DOWN: Final = 0.5  # the same while there are no keys: the gateway may be starting
_TIMEOUT: Final = aiohttp.ClientTimeout(total=3.0)
_MAX_BYTES: Final = 256 * 1024


class GatewayKeys:
    """Loads and caches the gateway's public keys, the elliptic-curve ones.

    `location`: an http(s) address, or a file path.
    """

    def __init__(self, location: str, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._location, self._session, self._clock = location, session, clock
        self._keys: Mapping[str, ECKey] = {}
        self._read_at = -math.inf
        self._reading = asyncio.Lock()

    @property
    def known(self) -> bool:
        """Whether any key has been loaded."""
        return bool(self._keys)

    async def find(self, kid: str) -> ECKey | None:
        """The key of that id, after a reload if it is unknown; None if there is no such key."""
        if (key := self._keys.get(kid)) is not None:
            return key
        async with self._reading:
            since = self._clock.monotonic() - self._read_at
            if kid not in self._keys and since >= (COOL_DOWN if self._keys else _FIRST_COOL_DOWN):
                await self._read()
                self._read_at = self._clock.monotonic()
        return self._keys.get(kid)

    async def _read(self) -> None:
        try:
            self._keys = _parse(await self._content())
        except (OSError, TimeoutError, aiohttp.ClientError, ValueError) as error:
            log.warning("The gateway's keys cannot be read: %r", error)

    async def _content(self) -> bytes:
        if not self._location.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._location).read_bytes)
        async with self._session.get(
            self._location, timeout=_TIMEOUT, allow_redirects=False
        ) as answer:
            answer.raise_for_status()
            return await read_bounded(answer, _MAX_BYTES)


def _parse(content: bytes) -> dict[str, ECKey]:
    """The elliptic-curve keys of a JWKS by `kid`. Raises ValueError if there is none, or one is
    unreadable."""
    try:
        listed: list[dict[str, Any]] = orjson.loads(content)["keys"]
        keys = {each["kid"]: ECKey.import_key(each) for each in listed if each.get("kty") == "EC"}
    except (KeyError, TypeError, AttributeError, JoseError) as error:
        raise ValueError(f"not a JWKS: {error!r}") from error
    if not keys:
        raise ValueError("a JWKS without a usable key")
    return keys
