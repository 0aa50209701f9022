"""The callers of the portal, as the gateway identifies them."""

import time

from joserfc import jwt
from joserfc.jwk import ECKey

from socle.auth import ALGORITHM, ISSUER, TOKEN_HEADER, Caller

KEY = ECKey.generate_key("P-256", {"kid": "t"})


def headers_of(role: str, name: str | None = None) -> dict[str, str]:
    """The headers that the gateway sends for a caller of that role."""
    now = int(time.time())
    caller = Caller(role, "p1", frozenset(), None, None, None, "public", {}, name)
    claims = caller.claims() | {"iss": ISSUER, "aud": "portail", "nbf": now - 5, "exp": now + 300}
    token = jwt.encode({"alg": ALGORITHM, "kid": "t"}, claims, KEY)
    return {TOKEN_HEADER.decode(): token, "accept-language": "fr"}
