"""Applications that may ask for access, and the addresses a browser may be sent back to.

https://www.rfc-editor.org/rfc/rfc6749#section-2, https://www.rfc-editor.org/rfc/rfc8252#section-7
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gateway.domain.plans import PlanName
from gateway.domain.scopes import Scopes

Kind = Literal["public", "confidential", "backend"]

_LOOPBACK: Final = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?P<rest>/.*)?"
)
# A scheme of an application's own is a domain name turned around, so that it is somebody's.
_OWN_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/.*")
_WEB: Final = re.compile(r"(?:https://[^/?#@\\]+|http://localhost(?::\d{1,5})?)(?:[/?].*)?")


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
        asked = _loopback(uri)
        return asked is not None and asked in map(_loopback, self.redirect_uris)

    def is_assured(self, uri: str) -> bool:
        """Whether whoever answers at that address is surely this application, so that a consent
        already given may do. Any program can listen on a port. RFC 8252 §8.6"""
        return self.kind == "confidential" or uri.startswith("https://")


def is_redirect_uri(uri: str) -> bool:
    """Whether such an address can be registered: https, the same machine, or an own scheme."""
    if "#" in uri or not uri.isascii() or not uri.isprintable() or " " in uri:
        return False
    return any(shape.fullmatch(uri) for shape in (_WEB, _LOOPBACK, _OWN_SCHEME))


def form_target(uri: str) -> str:
    """What a page's policy must allow its form to lead to, for a browser to end at `uri`."""
    scheme, _, rest = uri.partition(":")
    if scheme not in ("http", "https"):
        return scheme + ":"
    return scheme + "://" + re.split(r"[/?]", rest.removeprefix("//"), maxsplit=1)[0]


def _loopback(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    return (found["host"], found["rest"] or "/") if found else None
