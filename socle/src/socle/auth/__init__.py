"""Who calls a service: told by the gateway in a signed token, verified by every service.

    app = Verified(app, Verifier(Keys(place, session, clock), audience="mobilite"))
    caller_of(request.scope).role

The gateway alone signs (its own `adapters/inward_tokens.py`); a service trusts no other word on
who is calling, and answers nobody who comes around the gateway.
"""

from socle.auth.caller import ALGORITHM, HEADER, ISSUER, LIFE_SECONDS, Caller
from socle.auth.keys import Keys
from socle.auth.layer import Verified, caller_of
from socle.auth.verifier import Verifier

__all__ = [
    "ALGORITHM",
    "HEADER",
    "ISSUER",
    "LIFE_SECONDS",
    "Caller",
    "Keys",
    "Verified",
    "Verifier",
    "caller_of",
]
