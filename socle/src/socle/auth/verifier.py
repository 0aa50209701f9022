"""Holding an inward token to what the gateway signs (RFC 8725: one algorithm, one issuer, one
audience, known parameters alone)."""

from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from socle.auth.caller import ALGORITHM, ISSUER, Caller
from socle.auth.keys import Keys
from socle.clock import SystemClock
from socle.errors import Refusal

LARGEST: Final = 8 * 1024  # bytes; looked at before anything is parsed
SKEW: Final = 30.0  # seconds
_KNOWN: Final = frozenset({"alg", "kid", "typ"})
_MOST_KEPT: Final = 4096


class Verifier:
    """`audience`: the service's own name. Tokens are bound by the machine's clock, whatever the
    platform's: they live five minutes between two processes of the house."""

    def __init__(self, keys: Keys, *, audience: str) -> None:
        self._keys, self._audience = keys, audience
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
            if claims["iss"] != ISSUER or claims["aud"] != self._audience:
                raise _refused("not for this service")
            caller = Caller.of_claims(claims)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _refused("claims missing") from None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[token] = (expires, caller)
        return caller

    async def _claims(self, token: bytes) -> dict[str, Any]:
        if len(token) > LARGEST:
            raise _refused("too large")
        try:
            header = extract_compact(token).headers()
            if header.get("alg") != ALGORITHM or not _KNOWN.issuperset(header):
                raise _refused("header")
            key = await self._keys.find(str(header.get("kid")))
            if key is None:
                raise _refused("unknown key")
            return dict(jwt.decode(token.decode("ascii"), key, algorithms=[ALGORITHM]).claims)
        except (JoseError, ValueError):
            raise _refused("unreadable") from None


def _refused(why: str) -> Refusal:
    return Refusal("unauthenticated", "Cette demande n'est pas passée par la passerelle.", why=why)
