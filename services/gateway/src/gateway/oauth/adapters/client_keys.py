"""Client assertions, verified with the application's registered public keys.

RS384 and ES384, as SMART requires. Keys at an address are cached for the `max-age` of the response,
at most an hour; an unknown `kid` triggers a fetch earlier. There is at most one fetch a minute, and
a failed one leaves the last valid keys.
https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import extract_compact

from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from socle.clock import Clock
from socle.http import read_bounded, trusting_origin

log = logging.getLogger("gateway.clients")

ALGORITHMS: Final = ("RS384", "ES384")
_COOL_DOWN_SECONDS: Final = 60.0  # between two fetches
_MAX_AGE_SECONDS: Final = 3600.0  # of cached keys
_MAX_AGE: Final = re.compile(r"\bmax-age=\"?([0-9]{1,9})", re.IGNORECASE)
_MAX_ASSERTION_LENGTH: Final = 8 * 1024
_MAX_JWKS_BYTES: Final = 256 * 1024
_ACCEPTED_PARAMETERS: Final = frozenset({"alg", "kid", "typ", "jku"})

_Keys = Mapping[str, ECKey | RSAKey]


class RegisteredClientKeys:
    """Implements `ClientKeys`. `session`: an HTTP client for external addresses."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self._cached: dict[str, _Keys] = {}
        self._fresh_until: dict[str, float] = {}
        self._read_at: dict[str, float] = {}
        self._reading = asyncio.Lock()

    async def verify(self, assertion: str, client: Client) -> Mapping[str, Any]:
        kid, algorithm = _read_header(assertion, client)
        key = (await self._keys(client, kid)).get(kid)
        if key is None:
            raise _invalid_assertion("la clé « kid » n'est pas une des clés déclarées")
        try:
            return jwt.decode(assertion, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise _invalid_assertion("la signature n'est pas celle de la clé déclarée") from None

    async def _keys(self, client: Client, kid: str) -> _Keys:
        if client.keys is not None:
            return _parse(client.keys)
        address = client.keys_address
        if address is None:
            return {}
        async with self._reading:
            # A key that its owner withdrew must not stay accepted: its kid is a known one.
            stale = self._clock.monotonic() >= self._fresh_until.get(address, 0.0)
            if stale or kid not in self._cached[address]:
                await self._read(address)
        return self._cached.get(address, {})

    async def _read(self, address: str) -> None:
        now = self._clock.monotonic()
        if now - self._read_at.get(address, -_COOL_DOWN_SECONDS) < _COOL_DOWN_SECONDS:
            return
        self._read_at[address] = now
        try:
            with trusting_origin(address):
                async with self._session.get(address, allow_redirects=False) as answer:
                    answer.raise_for_status()
                    body = await read_bounded(answer, _MAX_JWKS_BYTES)
            self._cached[address] = _parse(orjson.loads(body))
            self._fresh_until[address] = now + _lifetime(answer.headers.get("cache-control", ""))
        except (OSError, TimeoutError, aiohttp.ClientError, ValueError) as error:
            log.warning("The keys of an application cannot be read: %r", error)


def _read_header(assertion: str, client: Client) -> tuple[str, str]:
    """The key id (or "") and the algorithm of an acceptable header (RFC 8725). Raises Denied."""
    if len(assertion) > _MAX_ASSERTION_LENGTH:
        raise _invalid_assertion("elle est trop longue")
    try:
        header = extract_compact(assertion.encode("ascii")).headers()
    except (JoseError, ValueError, RecursionError):
        raise _invalid_assertion("ce n'est pas un JWT") from None
    if header.get("alg") not in ALGORITHMS:
        raise _invalid_assertion("algorithmes acceptés : " + ", ".join(ALGORITHMS))
    unknown = set(header) - _ACCEPTED_PARAMETERS
    if unknown or header.get("jku", client.keys_address) != client.keys_address:
        raise _invalid_assertion("un paramètre de son en-tête n'est pas accepté")
    return str(header.get("kid", "")), str(header["alg"])


def _lifetime(cache_control: str) -> float:
    """The seconds for which fetched keys may be used. `cache_control`: "" without the header."""
    if "no-store" in cache_control.lower() or "no-cache" in cache_control.lower():
        return 0.0
    found = _MAX_AGE.search(cache_control)
    return min(float(found[1]), _MAX_AGE_SECONDS) if found else _MAX_AGE_SECONDS


def _parse(jwks: Any) -> _Keys:
    """The EC and RSA keys by `kid`; others, and keys without `kid`, are ignored.

    Raises ValueError for an invalid JWKS.
    """
    try:
        usable = [each for each in jwks["keys"] if each.get("kty") in ("EC", "RSA")]
        found = KeySet.import_key_set({"keys": [each for each in usable if each.get("kid")]})
        return {
            str(key.kid): key for key in found.keys if isinstance(key, ECKey | RSAKey) and key.kid
        }
    except (KeyError, TypeError, AttributeError, JoseError) as error:
        raise ValueError(f"not a JWKS: {error!r}") from error


def _invalid_assertion(why: str) -> Denied:
    return Denied("invalid_client", f"L'assertion du client est refusée : {why}.")
