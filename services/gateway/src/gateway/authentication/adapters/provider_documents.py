"""The documents that OpenID providers publish, cached: discovery document and keys.

The last valid ones stay in use while a provider is unavailable. An unknown key id triggers a new
fetch of the keys, at most once every few seconds. A failed fetch never removes a key.
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

_FRESH_SECONDS: Final = 3600.0  # seconds that a document is used without a new fetch
_COOL_DOWN_SECONDS: Final = 5.0  # between two attempts to fetch the same document
_FIRST_COOL_DOWN_SECONDS: Final = 1.0  # the same before the first success
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5.0)
_MAX_BYTES: Final = 256 * 1024
_KEY_CLASSES: Final[Mapping[str, Any]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


@dataclass(slots=True)
class _CachedDocuments:
    """The cached documents of one provider. Times are monotonic."""

    metadata: Metadata | None = None
    keys: Mapping[str, PublicKey] = field(default_factory=dict)
    metadata_read_at: float = -math.inf
    metadata_attempted_at: float = -math.inf
    keys_attempted_at: float = -math.inf
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    keys_refresh: "asyncio.Task[None] | None" = None
    """The fetch of the keys in the background, while it runs."""


class ProviderDocuments:
    """Fetches and caches the discovery document and the keys of each provider.

    `session`: an HTTP client for external addresses.
    `clock`: by default the system's, even if the platform's time is simulated.
    """

    def __init__(self, session: aiohttp.ClientSession, clock: Clock | None = None) -> None:
        self._session, self._clock = session, clock or SystemClock()
        self._cached: dict[str, _CachedDocuments] = {}

    async def metadata(self, provider: Provider) -> Metadata:
        """The discovery document, at most an hour old while the provider is available.

        Raises Refusal("unavailable") if it could never be fetched.
        """
        cached = self._entry_of(provider)
        if (
            cached.metadata is None
            or self._seconds_since(cached.metadata_read_at) >= _FRESH_SECONDS
        ):
            async with cached.lock:
                if self._seconds_since(cached.metadata_attempted_at) >= (
                    _COOL_DOWN_SECONDS if cached.metadata else _FIRST_COOL_DOWN_SECONDS
                ):
                    await self._read_metadata(provider, cached)
        if cached.metadata is None:
            raise _unavailable(provider)
        return cached.metadata

    async def key(self, provider: Provider, kid: str | None) -> PublicKey | None:
        """The key of that id, or without an id the only key; None if there is no such key, or it
        is new and the keys were fetched a moment ago.

        Raises Refusal("unavailable") if the keys could never be fetched.
        """
        cached = self._entry_of(provider)
        if (found := _find_key(cached.keys, kid)) is not None:
            if (
                self._seconds_since(cached.keys_attempted_at) >= _FRESH_SECONDS
                and cached.keys_refresh is None
            ):
                # In the background, so that keys which are no longer published disappear. After a
                # failed attempt too this waits an hour: an unknown key triggers a fetch anyway.
                cached.keys_refresh = asyncio.create_task(self._refresh_keys(provider, cached))
            return found
        metadata = await self.metadata(provider)
        async with cached.lock:
            since = self._seconds_since(cached.keys_attempted_at)
            wait = _COOL_DOWN_SECONDS if cached.keys else _FIRST_COOL_DOWN_SECONDS
            if _find_key(cached.keys, kid) is None and since >= wait:
                await self._read_keys(provider, cached, metadata)
        if not cached.keys:
            raise _unavailable(provider)
        return _find_key(cached.keys, kid)

    def _entry_of(self, provider: Provider) -> _CachedDocuments:
        return self._cached.setdefault(provider.id, _CachedDocuments())

    def _seconds_since(self, then: float) -> float:
        return self._clock.monotonic() - then

    async def _refresh_keys(self, provider: Provider, cached: _CachedDocuments) -> None:
        try:
            metadata = await self.metadata(provider)
            async with cached.lock:
                await self._read_keys(provider, cached, metadata)
        finally:
            cached.keys_refresh = None

    async def _read_metadata(self, provider: Provider, cached: _CachedDocuments) -> None:
        try:
            cached.metadata = _parse_metadata(await self._get(provider.discovery), provider)
            cached.metadata_read_at = self._clock.monotonic()
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("No discovery document of %s: %r", provider.id, error)
        cached.metadata_attempted_at = self._clock.monotonic()

    async def _read_keys(
        self, provider: Provider, cached: _CachedDocuments, metadata: Metadata
    ) -> None:
        try:
            cached.keys = _parse_keys(await self._get(metadata.jwks))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("No keys of %s: %r", provider.id, error)
        cached.keys_attempted_at = self._clock.monotonic()

    async def _get(self, url: str) -> Any:
        async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            return orjson.loads(await read_bounded(answer, _MAX_BYTES))


def _parse_metadata(document: Any, provider: Provider) -> Metadata:
    try:
        metadata = Metadata(
            issuer=document["issuer"],
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            jwks=document["jwks_uri"],
            userinfo=document.get("userinfo_endpoint") or "",
            end_session=document.get("end_session_endpoint") or "",
            returns_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            languages=languages_of(document.get("ui_locales_supported")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a discovery document: {error!r}") from error
    # Discovery §4.3: with another issuer's document we would accept its tokens.
    if metadata.issuer != provider.issuer:
        raise ValueError("the document names another issuer")
    return metadata


def languages_of(supported: Any) -> frozenset[str]:
    """The languages of `ui_locales_supported` without their regions; none if it is not a list."""
    tags = supported if isinstance(supported, list) else []
    return frozenset(each.partition("-")[0].lower() for each in tags if isinstance(each, str))


def _parse_keys(document: Any) -> dict[str, PublicKey]:
    """The signature keys by `kid` ("" without one); unknown key types are ignored (RFC 7517 §5).

    Raises ValueError if there is none, or if one cannot be read.
    """
    keys: dict[str, PublicKey] = {}
    try:
        for each in document["keys"]:
            if each.get("use", "sig") == "sig" and (key_class := _KEY_CLASSES.get(each.get("kty"))):
                keys[str(each.get("kid", ""))] = key_class.import_key(each)
    except (KeyError, TypeError, AttributeError, JoseError) as error:
        raise ValueError(f"not a JWKS: {error!r}") from error
    if not keys:
        raise ValueError("a JWKS without a usable key")
    return keys


def _find_key(keys: Mapping[str, PublicKey], kid: str | None) -> PublicKey | None:
    if kid is not None:
        return keys.get(kid)
    return next(iter(keys.values())) if len(keys) == 1 else None


def _unavailable(provider: Provider) -> Refusal:
    return Refusal(
        "unavailable",
        f"« {provider.label} » ne répond pas pour le moment. Réessayez dans quelques minutes, "
        "ou choisissez une autre façon de vous connecter.",
        provider=provider.id,
        retry_after=30,
    )
