"""Who calls a service: told by the gateway in a signed token, verified by every service.

    Running(app=face, audiences={"mobilite"})   # `socle.service` puts the layer before the face
    caller_of(request.scope).role

The gateway alone signs (its own `adapters/upstream_tokens.py`); a service trusts no other word on
who is calling, and answers nobody who comes around the gateway.
"""

from socle.auth.caller import ALGORITHM, ANONYMOUS, ISSUER, LIFE_SECONDS, TOKEN_HEADER, Caller
from socle.auth.compact import CompactToken, MalformedToken, PublicKey
from socle.auth.keys import Keys
from socle.auth.layer import Unverified, Verified, caller_of
from socle.auth.signing import SigningKeys, read_signing_keys
from socle.auth.verifier import Verifier

__all__ = [
    "ALGORITHM",
    "ANONYMOUS",
    "ISSUER",
    "LIFE_SECONDS",
    "TOKEN_HEADER",
    "Caller",
    "CompactToken",
    "Keys",
    "MalformedToken",
    "PublicKey",
    "SigningKeys",
    "Unverified",
    "Verified",
    "Verifier",
    "caller_of",
    "read_signing_keys",
]
