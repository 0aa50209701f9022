"""Holding an inward token to what the gateway signs (RFC 8725: one algorithm, one issuer, one
audience, known parameters alone)."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from socle.auth.caller import ALGORITHM, ISSUER, Caller
from socle.auth.compact import CompactToken, MalformedToken
from socle.auth.keys import Keys
from socle.clock import SystemClock
from socle.errors import Refusal

SKEW: Final = 30.0  # seconds
_KNOWN: Final = frozenset({"alg", "kid", "typ"})
_MOST_KEPT: Final = 4096


class Verifier:
    """`audiences`: what the gateway calls this service; several where it is several in one. Tokens
    are bound by the machine's clock, whatever the platform's: they live five minutes between two
    processes of the house."""

    def __init__(self, keys: Keys, *, audiences: Collection[str]) -> None:
        self._keys, self._audiences = keys, frozenset(audiences)
        self._clock = SystemClock()
        # The gateway gives the same token to the same caller for a while.
        self._kept: dict[bytes, tuple[float, Caller]] = {}

    async def verify(self, token: bytes) -> Caller:
        """Raises Refusal("unauthenticated") for any token but one the gateway made for us."""
        now = self._clock.now().timestamp()
        kept = self._kept.get(token)
        if kept is not None and now < kept[0]:
            return kept[1]
        claims = await self._claims(token)
        try:
            expires, begins = float(claims["exp"]), float(claims["nbf"])
            if not begins - SKEW <= now < expires + SKEW:
                raise _refused("expired")
            if claims["iss"] != ISSUER or claims["aud"] not in self._audiences:
                raise _refused("not for this service")
            caller = Caller.of_claims(claims)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _refused("claims missing") from None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[token] = (expires, caller)
        return caller

    async def _claims(self, token: bytes) -> Mapping[str, Any]:
        if not token:
            raise _refused("no token")
        try:
            compact = CompactToken(token)
        except MalformedToken as malformed:
            raise _refused(str(malformed)) from None
        if compact.algorithm != ALGORITHM or not _KNOWN.issuperset(compact.header):
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
