"""Registered applications (clients).

https://www.rfc-editor.org/rfc/rfc6749#section-2
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.oauth.domain.redirect_uris import loopback
from gateway.oauth.domain.scopes import Scopes
from gateway.routes.domain.plan_names import PlanName

ClientType = Literal["public", "confidential", "backend"]


@dataclass(frozen=True, slots=True)
class Client:
    """One registered application."""

    id: str
    name: str
    client_type: ClientType
    scopes: Scopes
    redirect_uris: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    """SHA-256 of its password, in hexadecimal."""
    keys: Mapping[str, Any] | None = None
    """Its public keys (JWKS)."""
    keys_address: str | None = None
    """The address of its public keys."""
    launch_uri: str | None = None
    plan: PlanName | None = None
    origins: frozenset[str] = frozenset()
    contact: str | None = None
    terms: str | None = None
    introspects: bool = False
    """It may introspect any token, as a resource server."""
    token_seconds: int = 900
    """Life of its access tokens."""

    def redirects_to(self, uri: str) -> bool:
        """Whether a redirect URI is registered: an exact match, except the port of a loopback
        address (RFC 8252 §7.3)."""
        if uri in self.redirect_uris:
            return True
        requested = loopback(uri)
        return requested is not None and requested in map(loopback, self.redirect_uris)

    def has_verified_redirect(self, uri: str) -> bool:
        """Whether only this application can receive the response, so that a stored consent is
        enough. Any program can listen on a loopback port. RFC 8252 §8.6"""
        return self.client_type == "confidential" or uri.startswith("https://")
