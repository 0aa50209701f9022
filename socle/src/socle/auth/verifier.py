"""Verification of the gateway's tokens (RFC 8725: one algorithm, one issuer, one audience, only
known header parameters)."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from socle.auth.caller import ALGORITHM, ISSUER, Caller
from socle.auth.compact import CompactToken, MalformedToken
from socle.auth.keys import GatewayKeys
from socle.clock import SystemClock
from socle.errors import Refusal

CLOCK_SKEW: Final = 30.0  # seconds
_ACCEPTED_PARAMETERS: Final = frozenset({"alg", "kid", "typ"})
_MAX_CACHED: Final = 4096


class Verifier:
    """Verifies tokens, and caches the callers of valid ones.

    `audiences`: the gateway's names for this service; several for combined roles.

    Expiry uses the machine's clock even if the platform's time is simulated: the gateway does too.
    """

    def __init__(self, keys: GatewayKeys, *, audiences: Collection[str]) -> None:
        self._keys, self._audiences = keys, frozenset(audiences)
        self._clock = SystemClock()
        # The gateway sends the same token for the same caller for a while.
        self._cached: dict[bytes, tuple[float, Caller]] = {}

    async def verify(self, token: bytes) -> Caller:
        """The caller of a token.

        Raises Refusal: `unauthenticated` unless the gateway signed it for this service and it is
        valid now (an empty one never is), `unavailable` while the gateway's keys are unknown.
        """
        now = self._clock.now().timestamp()
        cached = self._cached.get(token)
        if cached is not None and now < cached[0]:
            return cached[1]
        claims = await self._claims(token)
        try:
            expires, starts = float(claims["exp"]), float(claims["nbf"])
            if not starts - CLOCK_SKEW <= now < expires + CLOCK_SKEW:
                raise _refused("expired")
            if claims["iss"] != ISSUER or claims["aud"] not in self._audiences:
                raise _refused("not for this service")
            caller = Caller.of_claims(claims)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _refused("claims missing") from None
        if len(self._cached) >= _MAX_CACHED:
            self._cached.clear()
        self._cached[token] = (expires, caller)
        return caller

    async def _claims(self, token: bytes) -> Mapping[str, Any]:
        if not token:
            raise _refused("no token")
        try:
            compact = CompactToken(token)
        except MalformedToken as malformed:
            raise _refused(str(malformed)) from None
        if compact.algorithm != ALGORITHM or not _ACCEPTED_PARAMETERS.issuperset(compact.header):
            raise _refused("header")
        key = await self._keys.find(compact.kid or "")
        if key is None and not self._keys.known:
            raise Refusal("unavailable", "Les clés de la passerelle ne sont pas encore connues.")
        if key is None:
            raise _refused("unknown key")
        if not compact.is_signed_by(key, ALGORITHM):
            raise _refused("signature")
        return compact.claims


def _refused(why: str) -> Refusal:
    return Refusal("unauthenticated", "Cette demande n'est pas passée par la passerelle.", why=why)
