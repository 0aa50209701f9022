"""The discovery document of an OpenID provider.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metadata:
    """The discovery document of a provider: its issuer, and the addresses of its endpoints."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    """Of its public keys."""
    userinfo: str = ""
    """Empty if the provider has none."""
    end_session: str = ""
    """Where a logout of the provider starts; empty if it has none."""
    returns_issuer: bool = False
    """Whether its authorization responses have `iss` (RFC 9207)."""
    languages: frozenset[str] = frozenset()
    """The languages that it declares for its pages (`ui_locales_supported`)."""
