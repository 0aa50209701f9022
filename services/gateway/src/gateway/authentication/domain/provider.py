"""An OpenID provider the platform trusts: who it speaks for, and what must be true of its tokens.

https://openid.net/specs/openid-connect-core-1_0.html · https://www.rfc-editor.org/rfc/rfc8725
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gateway.callers.domain.identity import Role

UserInfo = Literal["json", "jwt", "jwe"]
GivenRole = Literal["traveller", "patient", "professional", "coordinator", "integrator"]
"""The roles a provider may give: `anonymous` is nobody, `house` is ours alone."""

Algorithm = Literal[
    "ES256",
    "ES384",
    "ES512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
    "Ed25519",
]
"""Signatures by a key pair alone (RFC 8725 §3.2): no `none`, and no `HS…`, whose key we would
share with the signer."""

USUAL_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Which role a provider's people have: `fixed`, or what `values` makes of the claim `claim`."""

    fixed: GivenRole | None = None
    claim: str = ""
    values: Mapping[str, GivenRole] = field(default_factory=dict)

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The first role of `values`, in their order, that the claims have; None without one."""
        if self.fixed is not None:
            return self.fixed
        said = claim_at(claims, self.claim)
        held = said if isinstance(said, list) else [said]
        return next((role for value, role in self.values.items() if value in held), None)


@dataclass(frozen=True, slots=True)
class Provider:
    """One `[[provider]]` of the providers file (`providers_file` says what each means).

    We prove who we are to it by `client_secret`, or by `client_keys`, a private JWKS (the key to
    sign with has `use` sig, the one its answers are encrypted to `use` enc); a provider without
    either is one whose tokens are accepted but which nobody logs in with. `acr`: the levels of
    authentication accepted, all where empty.
    """

    id: str
    label: str
    issuer: str
    discovery: str
    client_id: str
    client_secret: str | None = field(repr=False)
    roles: RoleRule
    acr: tuple[str, ...]
    algorithms: tuple[Algorithm, ...]
    scopes: tuple[str, ...]
    userinfo: UserInfo
    bearer_audience: str | None
    organisation_claim: str | None
    patient_claim: str | None
    practitioner_claim: str | None = None
    description: str = ""
    client_keys: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def logs_in(self) -> bool:
        """Whether people may log in with it."""
        return self.client_secret is not None or self.client_keys is not None

    def accepts_level(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims tell a sufficient level of authentication (`acr`)."""
        return not self.acr or claims.get("acr") in self.acr

    def organisation(self, claims: Mapping[str, Any]) -> str | None:
        """The organisation the claims name, if they do."""
        return _text_at(claims, self.organisation_claim)

    def patient(self, claims: Mapping[str, Any]) -> str | None:
        """The patient the claims name, if they do."""
        return _text_at(claims, self.patient_claim)

    def practitioner(self, claims: Mapping[str, Any]) -> str | None:
        """The practitioner the claims name, if they do."""
        return _text_at(claims, self.practitioner_claim)


def claim_at(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name, or at that path (`realm_access.roles`); None where there is none."""
    if name in claims:
        return claims[name]
    at: Any = claims
    for part in name.split("."):
        at = at.get(part) if isinstance(at, Mapping) else None
    return at


def _text_at(claims: Mapping[str, Any], name: str | None) -> str | None:
    said = claim_at(claims, name) if name else None
    return said if isinstance(said, str) and said else None
