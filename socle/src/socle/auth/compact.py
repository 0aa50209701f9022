"""A signed token as it came (JWS compact serialisation, RFC 7515 §7.1), read with the care of
RFC 8725: bounded before it is parsed, no key or extension of its own naming, one algorithm at a
time. What it claims is proven only by `is_signed_by`.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = ECKey | OKPKey | RSAKey

MAX_TOKEN_BYTES: Final = 8 * 1024  # bytes
# Keys the token would bring along or have us fetch, and extensions we would have to understand.
_REFUSED: Final = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})


class MalformedToken(Exception):
    """This is no token we would look at. `str(error)` says why, in a few English words."""


class CompactToken:
    """One token. `header` and `claims` are what it says of itself."""

    def __init__(self, token: bytes) -> None:
        """Raises Malformed."""
        if len(token) > MAX_TOKEN_BYTES:
            raise MalformedToken("too large")
        try:
            self._jws = jws.extract_compact(token)
            header, claims = self._jws.headers(), orjson.loads(self._jws.payload)
        # A header of brackets alone outruns the stack of the library's own parser.
        except (JoseError, ValueError, RecursionError):
            raise MalformedToken("unreadable") from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise MalformedToken("unreadable")
        if not _REFUSED.isdisjoint(header):
            raise MalformedToken("unacceptable header")
        self.header: Mapping[str, Any] = header
        self.claims: Mapping[str, Any] = claims

    @property
    def algorithm(self) -> str:
        """The `alg` of the header, whatever was written there."""
        return str(self.header.get("alg"))

    @property
    def kid(self) -> str | None:
        """The `kid` of the header, where it is a text."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def is_signed_by(self, key: PublicKey, algorithm: str) -> bool:
        """Whether that key made it, with that algorithm and no other."""
        if self.algorithm != algorithm:
            return False
        try:
            return jws.validate_compact(self._jws, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            return False
