"""A browser's session: who logged in, through which provider, until when."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.authentication.domain.provider import Provider
from gateway.callers.domain.identity import Identity, Role

COOKIE: Final = "__Host-session"
# A path of ours: one slash, then anything a browser does not read as another site.
_OURS: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_NAME_CLAIMS: Final = (("given_name", "family_name"), ("given_name", "usual_name"))


@dataclass(frozen=True, slots=True)
class Session:
    """`digest`: SHA-256 of the cookie, which is kept nowhere. `label`: the person's name, shown to
    them alone. `sid`: the provider's own name of its session. `until`: the end whatever happens;
    an idle one ends sooner. `acr`, `auth_time`, `practitioner`: as `Identity` has them."""

    digest: bytes
    provider: str
    subject: str
    sid: str | None
    role: Role
    label: str
    organisation: str | None
    patient: str | None
    until: datetime
    practitioner: str | None = None
    acr: str | None = None
    auth_time: int | None = None

    def identity(self, until: float) -> Identity:
        """The caller such a session is. `until`: POSIX seconds."""
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
        )


def digest_of(cookie: str) -> bytes:
    """What is kept of a cookie of 256 bits of chance: a fast digest is no weakness."""
    return hashlib.sha256(cookie.encode()).digest()


def new_cookie(chance: str, key: bytes) -> str:
    """The value of a session's cookie: 256 bits of chance, and our mark on them."""
    return f"{chance}.{_mark(chance, key)}"


def is_ours(cookie: str, key: bytes) -> bool:
    """Whether we made that cookie: one that a stranger made up is not worth asking for."""
    chance, _, mark = cookie.partition(".")
    return hmac.compare_digest(_mark(chance, key).encode(), mark.encode())


def _mark(chance: str, key: bytes) -> str:
    # The key also makes pseudonyms: what is marked never reads as an issuer and its subject.
    told = hmac.digest(key, f"cookie\0{chance}".encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode()


def pseudonym(key: bytes, issuer: str, subject: str) -> str:
    """The platform's name of a person: theirs for as long as the key lasts, known to no other."""
    told = hmac.digest(key, f"{issuer}\n{subject}".encode(), "sha256")
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode()


def label_of(claims: Mapping[str, Any], provider: Provider) -> str:
    """How a person is called on their own page."""
    for names in _NAME_CLAIMS:
        said = [claims.get(name) for name in names]
        if all(isinstance(each, str) and each for each in said):
            return " ".join(str(each) for each in said)
    called = claims.get("name") or claims.get("preferred_username")
    return called if isinstance(called, str) and called else provider.label


def safe_next(asked: str | None) -> str:
    """Where to go after the login: a path of ours, never another site."""
    if asked and len(asked) <= 4096 and _OURS.fullmatch(asked):
        return asked
    return "/"
