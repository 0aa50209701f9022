"""Applications that may ask for access, and the addresses a browser may be sent back to.

https://www.rfc-editor.org/rfc/rfc6749#section-2, https://www.rfc-editor.org/rfc/rfc8252#section-7
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.oauth.domain.redirect_uris import loopback
from gateway.oauth.domain.scopes import Scopes
from gateway.routes.domain.plan_names import PlanName

Kind = Literal["public", "confidential", "backend"]


@dataclass(frozen=True, slots=True)
class Client:
    """One registered application. `secret`: SHA-256 of its password, in hexadecimal. `keys`,
    `keys_address`: its public keys (JWKS), here or at an address of its own. `introspects`: it may
    ask about any token, as a service that is called with them. `token_seconds`: how long an access
    token lives."""

    id: str
    name: str
    kind: Kind
    scopes: Scopes
    redirect_uris: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    keys: Mapping[str, Any] | None = None
    keys_address: str | None = None
    launch_uri: str | None = None
    plan: PlanName | None = None
    origins: frozenset[str] = frozenset()
    contact: str | None = None
    terms: str | None = None
    introspects: bool = False
    token_seconds: int = 900

    def redirects_to(self, uri: str) -> bool:
        """Whether a browser may be sent there with an answer for this application: an exact match,
        but for the port of a program on the person's own machine (RFC 8252 §7.3)."""
        if uri in self.redirect_uris:
            return True
        asked = loopback(uri)
        return asked is not None and asked in map(loopback, self.redirect_uris)

    def has_verified_redirect(self, uri: str) -> bool:
        """Whether whoever answers at that address is surely this application, so that a consent
        already given may do. Any program can listen on a port. RFC 8252 §8.6"""
        return self.kind == "confidential" or uri.startswith("https://")
