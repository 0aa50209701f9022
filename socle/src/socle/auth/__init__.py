"""The caller of a service: a token signed by the gateway, verified by every service.

    RunningRole(app=app, audiences={"mobilite"})   # `socle.service` adds the layer
    caller_of(request.scope).role

Only the gateway signs. A service trusts no other source of the caller's identity, and refuses
requests that did not pass the gateway.
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
