"""The caller of a service: the claims of the token that the gateway signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TOKEN_HEADER = b"x-regionlab-token"
"""The request header with the token."""
ISSUER = "regionlab-gateway"
"""The `iss` of the token."""
ALGORITHM = "ES256"
LIFE_SECONDS = 300
"""Lifetime of a token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller that a token of the gateway identifies."""

    role: str
    """The platform's role; `anonymous` without credentials."""
    subject: str
    """A pseudonym; empty for an anonymous caller."""
    scopes: frozenset[str]
    """OAuth scopes."""
    client: str | None
    """The id of the application, if any."""
    organisation: str | None
    """The organisation of the person, as their identity provider names it, if it does."""
    patient: str | None
    """The id of a patient: the caller, or the one whose record the application was granted."""
    plan: str
    """The plan whose quotas apply."""
    arms: Mapping[str, str]
    """Trial → arm, for the trials that the caller consents to."""
    name: str | None = None
    """The name of a person who is logged in, to display on the page; only on requests of pages that
    display it."""
    directory_entry: str | None = None
    """The entry of the person in the directory of a service, as their identity provider names it,
    if it does."""
    professions: str | None = None
    """The codes of the person's professions, separated by spaces, as their identity provider names
    them, if it does."""

    @classmethod
    def of_claims(cls, claims: Mapping[str, Any]) -> "Caller":
        """The caller with those claims, which must be verified: not every type is checked.

        Raises KeyError, TypeError, ValueError or AttributeError if a required claim is missing or
        a claim cannot be converted.
        """
        return cls(
            role=str(claims["role"]),
            subject=str(claims["sub"]),
            scopes=frozenset(claims["scope"].split()),
            client=claims.get("client_id"),
            organisation=claims.get("organisation"),
            patient=claims.get("patient"),
            plan=str(claims["plan"]),
            arms=dict(claims.get("arms", {})),
            name=claims.get("name"),
            directory_entry=claims.get("directory_entry"),
            professions=claims.get("professions"),
        )

    def claims(self) -> dict[str, Any]:
        """The claims to sign; those without a value are left out."""
        claims: dict[str, Any] = {
            "role": self.role,
            "sub": self.subject,
            "scope": " ".join(sorted(self.scopes)),
            "client_id": self.client,
            "organisation": self.organisation,
            "patient": self.patient,
            "plan": self.plan,
            "arms": dict(self.arms) or None,
            "name": self.name,
            "directory_entry": self.directory_entry,
            "professions": self.professions,
        }
        return {name: value for name, value in claims.items() if value is not None}


ANONYMOUS: Final = Caller("anonymous", "", frozenset(), None, None, None, "public", {})
"""A caller without credentials."""
