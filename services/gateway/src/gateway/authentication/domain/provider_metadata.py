"""The discovery document of an OpenID provider.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metadata:
    """The discovery document of a provider; optional endpoints are empty when absent."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    userinfo: str = ""
    end_session: str = ""
    returns_issuer: bool = False
    """Its authorization responses have `iss` (RFC 9207)."""
