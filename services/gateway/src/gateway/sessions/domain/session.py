"""A browser session: who logged in, through which provider, until when."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.authentication.domain.provider import Provider
from gateway.callers.domain.identity import Identity, Role

COOKIE: Final = "__Host-session"
# ProConnect has `usual_name` instead of the standard's `family_name`.
_NAME_CLAIMS: Final = (("given_name", "family_name"), ("given_name", "usual_name"))


@dataclass(frozen=True, slots=True)
class Session:
    """One session."""

    digest: bytes
    """SHA-256 of the cookie, which is never stored."""
    provider: str
    """The id of the provider."""
    subject: str
    """This and the fields without a comment: as in `Identity`."""
    sid: str | None
    """The provider's id of its own session."""
    role: Role
    label: str
    """The person's name, which only they see."""
    organisation: str | None
    patient: str | None
    until: datetime
    """Its latest end; an idle session ends earlier."""
    practitioner: str | None = None
    acr: str | None = None
    auth_time: int | None = None
    professions: str | None = None

    def identity(self, until: float) -> Identity:
        """The identity of its caller. `until`: its end if it stays idle, in POSIX seconds."""
        return Identity(
            role=self.role,
            subject=self.subject,
            organisation=self.organisation,
            patient=self.patient,
            means="session",
            until=until,
            practitioner=self.practitioner,
            acr=self.acr,
            auth_time=self.auth_time,
            name=self.label,
            professions=self.professions,
        )


def digest_of(cookie: str) -> bytes:
    """The stored digest of a cookie; with 256 random bits a fast hash is enough."""
    return hashlib.sha256(cookie.encode()).digest()


def new_cookie(entropy: str, key: bytes) -> str:
    """The value of a session cookie: random text and a MAC of it.

    `entropy`: 256 random bits in base64url. `key`: of the MAC.
    """
    return f"{entropy}.{_mac(entropy, key)}"


def has_valid_mac(cookie: str, key: bytes) -> bool:
    """Whether the MAC of a cookie is valid."""
    entropy, _, mac = cookie.partition(".")
    return hmac.compare_digest(_mac(entropy, key).encode(), mac.encode())


def _mac(entropy: str, key: bytes) -> str:
    # The key also makes pseudonyms; the prefix separates the two uses.
    digest = hmac.digest(key, f"cookie\0{entropy}".encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def pseudonym(key: bytes, issuer: str, subject: str) -> str:
    """The platform's pseudonym of a person: stable as long as the key, known to no other party.

    `issuer`, `subject`: `iss` and `sub` of the provider's token.
    """
    digest = hmac.digest(key, f"{issuer}\n{subject}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def label_of(claims: Mapping[str, Any], provider: Provider) -> str:
    """The name of a person for their own page; that of the provider if the claims have none."""
    for names in _NAME_CLAIMS:
        parts = [claims.get(name) for name in names]
        if all(isinstance(each, str) and each for each in parts):
            return " ".join(str(each) for each in parts)
    full_name = claims.get("name") or claims.get("preferred_username")
    return full_name if isinstance(full_name, str) and full_name else provider.label
