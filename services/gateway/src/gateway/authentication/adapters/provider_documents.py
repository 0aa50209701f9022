"""What OpenID providers publish, kept: their discovery document and their keys.

The last good ones stay in force while a provider is away. A key id nobody knows has its keys read
again, at most once every few seconds. Nothing here ever forgets a key because a reading failed.
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata
from socle.auth.compact import PublicKey
from socle.clock import Clock, SystemClock
from socle.errors import Refusal
from socle.http import read_bounded

log = logging.getLogger("gateway.providers")

_FRESH: Final = 3600.0  # seconds what was read is believed without asking again
_COOL_DOWN: Final = 5.0
_NONE_YET: Final = 1.0  # the same where there is nothing to go on with
_LIMIT: Final = aiohttp.ClientTimeout(total=5.0)
_LARGEST: Final = 256 * 1024
_KINDS: Final[Mapping[str, Any]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


@dataclass(slots=True)
class _Known:
    """What is known of one provider. Times are monotonic; `asked_at`: the last attempts;
    `renewal`: keys being read again while the old ones serve."""

    metadata: Metadata | None = None
    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    read_at: float = -math.inf
    asked_at: float = -math.inf
    keys_asked_at: float = -math.inf
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    renewal: "asyncio.Task[None] | None" = None


class ProviderDocuments:
    """`session`: a client for addresses that are not ours. `clock`: of the waits, real seconds."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock | None = None) -> None:
        self._session, self._clock = session, clock or SystemClock()
        self._known: dict[str, _Known] = {}

    async def metadata(self, provider: Provider) -> Metadata:
        """The discovery document. Raises Refusal("unavailable") when it was never read."""
        known = self._of(provider)
        if known.metadata is None or self._since(known.read_at) >= _FRESH:
            async with known.lock:
                if self._since(known.asked_at) >= (_COOL_DOWN if known.metadata else _NONE_YET):
                    await self._read_metadata(provider, known)
        if known.metadata is None:
            raise _away(provider)
        return known.metadata

    async def key(self, provider: Provider, kid: str | None) -> PublicKey | None:
        """The key of that id; without an id, the only one there is. Raises as `metadata`."""
        known = self._of(provider)
        if (found := _pick(known.keys, kid)) is not None:
            if self._since(known.keys_asked_at) >= _FRESH and known.renewal is None:
                # A key its provider no longer publishes goes too, and nobody waits for that.
                known.renewal = asyncio.create_task(self._renew(provider, known))
            return found
        metadata = await self.metadata(provider)
        async with known.lock:
            since = self._since(known.keys_asked_at)
            wait = _COOL_DOWN if known.keys else _NONE_YET
            if _pick(known.keys, kid) is None and since >= wait:
                await self._read_keys(provider, known, metadata)
        if not known.keys:
            raise _away(provider)
        return _pick(known.keys, kid)

    def _of(self, provider: Provider) -> _Known:
        return self._known.setdefault(provider.id, _Known())

    def _since(self, then: float) -> float:
        return self._clock.monotonic() - then

    async def _renew(self, provider: Provider, known: _Known) -> None:
        try:
            metadata = await self.metadata(provider)
            async with known.lock:
                await self._read_keys(provider, known, metadata)
        finally:
            known.renewal = None

    async def _read_metadata(self, provider: Provider, known: _Known) -> None:
        try:
            known.metadata = _parse_metadata(await self._get(provider.discovery), provider)
            known.read_at = self._clock.monotonic()
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("No discovery document of %s: %r", provider.id, error)
        known.asked_at = self._clock.monotonic()

    async def _read_keys(self, provider: Provider, known: _Known, metadata: Metadata) -> None:
        try:
            known.keys = _parse_keys(await self._get(metadata.jwks))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("No keys of %s: %r", provider.id, error)
        known.keys_asked_at = self._clock.monotonic()

    async def _get(self, url: str) -> Any:
        async with self._session.get(url, timeout=_LIMIT, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            return orjson.loads(await read_bounded(answer, _LARGEST))


def _parse_metadata(said: Any, provider: Provider) -> Metadata:
    try:
        metadata = Metadata(
            issuer=said["issuer"],
            authorization=said["authorization_endpoint"],
            token=said["token_endpoint"],
            jwks=said["jwks_uri"],
            userinfo=said.get("userinfo_endpoint") or "",
            end_session=said.get("end_session_endpoint") or "",
            tells_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a discovery document: {error!r}") from error
    # Discovery §4.3: another issuer's document would have us believe its tokens.
    if metadata.issuer != provider.issuer:
        raise ValueError("the document is another issuer's")
    return metadata


def _parse_keys(said: Any) -> dict[str, PublicKey]:
    """Every key that can verify; kinds we do not know are passed over (RFC 7517 §5)."""
    keys: dict[str, PublicKey] = {}
    try:
        for each in said["keys"]:
            if each.get("use", "sig") == "sig" and (kind := _KINDS.get(each.get("kty"))):
                keys[str(each.get("kid", ""))] = kind.import_key(each)
    except (KeyError, TypeError, AttributeError, JoseError) as error:
        raise ValueError(f"not a JWKS: {error!r}") from error
    if not keys:
        raise ValueError("a JWKS without a usable key")
    return keys


def _pick(keys: Mapping[str, PublicKey], kid: str | None) -> PublicKey | None:
    if kid is not None:
        return keys.get(kid)
    return next(iter(keys.values())) if len(keys) == 1 else None


def _away(provider: Provider) -> Refusal:
    return Refusal(
        "unavailable",
        f"« {provider.label} » ne répond pas pour le moment. Réessayez dans quelques minutes, "
        "ou choisissez une autre façon de vous connecter.",
        provider=provider.id,
        retry_after=30,
    )
