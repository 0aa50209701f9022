"""The discovery document of an OpenID provider.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider's discovery document tells us. `tells_issuer`: its answers name it
    (RFC 9207). Endpoints a provider need not have are empty."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    userinfo: str = ""
    end_session: str = ""
    tells_issuer: bool = False
