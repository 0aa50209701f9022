"""Registered applications (clients).

https://www.rfc-editor.org/rfc/rfc6749#section-2
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.oauth.domain.redirect_uris import form_target, parse_loopback
from gateway.oauth.domain.scopes import LAUNCH, Scopes
from gateway.routes.domain.plan_names import PlanName

ClientType = Literal["public", "confidential", "backend"]
"""`backend`: a confidential client that acts without a person (SMART Backend Services)."""


@dataclass(frozen=True, slots=True)
class Client:
    """One registered application."""

    id: str
    name: str
    """As people read it on the consent page."""
    client_type: ClientType
    scopes: Scopes
    """The most it can be granted."""
    redirect_uris: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    """SHA-256 of its password, in hexadecimal."""
    keys: Mapping[str, Any] | None = None
    """Its public keys (JWKS)."""
    keys_address: str | None = None
    """The address of its public keys."""
    launch_uri: str | None = None
    """Where an EHR launch sends the browser."""
    description: str | None = None
    """What it is for, in one sentence for professionals."""
    plan: PlanName | None = None
    """The plan of its requests; None: that of each person."""
    origins: frozenset[str] = frozenset()
    """The origins of its pages that call from a browser."""
    contact: str | None = None
    """The address of its contact page, linked from the consent page."""
    terms: str | None = None
    """The address of its terms of use, linked from the consent page."""
    introspects: bool = False
    """It may introspect any token, as a resource server."""
    token_seconds: int = 900
    """Lifetime of its access tokens."""

    def redirects_to(self, uri: str) -> bool:
        """Whether a redirect URI is registered: an exact match, except the port of a loopback
        address (RFC 8252 §7.3)."""
        if uri in self.redirect_uris:
            return True
        requested = parse_loopback(uri)
        return requested is not None and requested in map(parse_loopback, self.redirect_uris)

    @property
    def is_proposed(self) -> bool:
        """Whether `/pro` proposes to launch it: it can be, and says what it is for."""
        return None not in (self.launch_uri, self.description) and LAUNCH in self.scopes.plain

    def form_actions(self) -> list[str]:
        """The `form-action` sources of a page with a form that launches it: a browser applies them
        to the redirects that follow, to its launch URI and, once a consent is stored, its redirect
        URIs."""
        return list(
            dict.fromkeys(map(form_target, filter(None, (self.launch_uri, *self.redirect_uris))))
        )

    def has_verified_redirect(self, uri: str) -> bool:
        """Whether only this application can receive the response, so that a stored consent is
        enough. Any program can listen on a loopback port. RFC 8252 §8.6"""
        return self.client_type == "confidential" or uri.startswith("https://")
