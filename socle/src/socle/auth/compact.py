"""A received signed token (JWS compact serialisation, RFC 7515 §7.1), parsed as RFC 8725 advises:
bounded before parsing, no key or extension that it names itself, one algorithm at a time. Only
`is_signed_by` proves its claims.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = ECKey | OKPKey | RSAKey

MAX_TOKEN_BYTES: Final = 8 * 1024
# Keys inside the token or at an address it names, and unsupported extensions.
_REFUSED: Final = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})


class MalformedToken(Exception):
    """The token is not acceptable. `str(error)` is the reason, in a few English words."""


class CompactToken:
    """One parsed token. `header` and `claims` are unverified until `is_signed_by` is true."""

    def __init__(self, token: bytes) -> None:
        """Raises MalformedToken if it is too large, unreadable, or its header names a key or an
        extension."""
        if len(token) > MAX_TOKEN_BYTES:
            raise MalformedToken("too large")
        try:
            self._jws = jws.extract_compact(token)
            header, claims = self._jws.headers(), orjson.loads(self._jws.payload)
        # A header of nested brackets exceeds the recursion limit of the library's parser.
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
        """The `alg` of the header, unverified; "None" without one, which is no algorithm's name."""
        return str(self.header.get("alg"))

    @property
    def kid(self) -> str | None:
        """The `kid` of the header, None unless it is a text. Unverified."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def is_signed_by(self, key: PublicKey, algorithm: str) -> bool:
        """Whether that key signed it, with that algorithm and no other."""
        if self.algorithm != algorithm:
            return False
        try:
            return jws.validate_compact(self._jws, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            return False
