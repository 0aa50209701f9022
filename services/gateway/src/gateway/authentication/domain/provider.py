"""An OpenID provider that the platform trusts, and what its tokens must satisfy.

https://openid.net/specs/openid-connect-core-1_0.html · https://www.rfc-editor.org/rfc/rfc8725
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gateway.callers.domain.identity import Role

UserInfo = Literal["json", "jwt", "jwe"]
"""The format of userinfo responses: plain, signed, or signed and encrypted."""
AssignableRole = Literal["traveller", "patient", "professional", "coordinator", "integrator"]
"""The roles that a provider may assign; `anonymous` and `house` are excluded."""

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
"""Asymmetric signatures only (RFC 8725 §3.2): no `none`, and no `HS…`, whose key is shared."""

DEFAULT_DISCOVERY_PATH: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """How the role of a provider's people is determined."""

    fixed: AssignableRole | None = None
    """The role of all of them. If it is None, `claim` and `values` determine the role."""
    claim: str = ""
    """The name of a claim, or the path to it (`realm_access.roles`)."""
    values: Mapping[str, AssignableRole] = field(default_factory=dict)
    """Value of the claim → role."""

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The fixed role; else the first role of `values`, in order, whose value is the claim or in
        its list; None without one."""
        if self.fixed is not None:
            return self.fixed
        value = find_claim(claims, self.claim)
        found = value if isinstance(value, list) else [value]
        return next((role for value, role in self.values.items() if value in found), None)


@dataclass(frozen=True, slots=True)
class Provider:
    """One `[[provider]]` of the providers file. `…_claim`: the name of a claim, or the path to it.

    The gateway authenticates with `client_secret`, or with `client_keys`, a private JWKS: `use`
    sig signs its assertions, `use` enc decrypts userinfo. A provider with neither has its access
    tokens accepted, but is not offered for login.
    """

    id: str
    label: str
    """Its name on the login button."""
    issuer: str
    discovery: str
    """The address of its discovery document."""
    client_id: str
    client_secret: str | None = field(repr=False)
    roles: RoleRule
    acr: tuple[str, ...]
    """Authentication context classes accepted; all if empty."""
    algorithms: tuple[Algorithm, ...]
    """Those accepted for its signatures."""
    scopes: tuple[str, ...]
    """Those that a login requests."""
    userinfo: UserInfo
    bearer_audience: str | None
    """The `aud` of its access tokens that are accepted as API bearers; None: none is."""
    organisation_claim: str | None
    patient_claim: str | None
    practitioner_claim: str | None = None
    profession_claim: str | None = None
    """Its path goes through each member of a list (`SubjectRefPro.exercices.codeProfession`)."""
    description: str = ""
    """Who it is for, on the login page."""
    client_keys: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def supports_login(self) -> bool:
        """Whether people may log in with it."""
        return self.client_secret is not None or self.client_keys is not None

    def accepts_acr(self, claims: Mapping[str, Any]) -> bool:
        """Whether the `acr` claim is one of the accepted classes."""
        return not self.acr or claims.get("acr") in self.acr

    def organisation(self, claims: Mapping[str, Any]) -> str | None:
        """The person's organisation, as the provider names it, if the claims have it."""
        return _text_at(claims, self.organisation_claim)

    def patient(self, claims: Mapping[str, Any]) -> str | None:
        """The id of the person's FHIR Patient, if the claims have it."""
        return _text_at(claims, self.patient_claim)

    def practitioner(self, claims: Mapping[str, Any]) -> str | None:
        """The id of the person's FHIR Practitioner, if the claims have it."""
        return _text_at(claims, self.practitioner_claim)

    def professions(self, claims: Mapping[str, Any]) -> str | None:
        """The codes of the person's professions, separated by spaces, if the claims have any."""
        path = self.profession_claim.split(".") if self.profession_claim else []
        found = {each for each in _values_at(claims, path) if _CODE.fullmatch(each)}
        return " ".join(sorted(found)) or None


def find_claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name, or at that path (`realm_access.roles`); None if absent."""
    if name in claims:
        return claims[name]
    node: Any = claims
    for part in name.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


def _values_at(node: Any, path: Sequence[str]) -> Iterator[str]:
    """The texts at that path, through each member of lists on the way."""
    if isinstance(node, list):
        for each in node:
            yield from _values_at(each, path)
    elif path and isinstance(node, Mapping):
        yield from _values_at(node.get(path[0]), path[1:])
    elif not path and isinstance(node, str):
        yield node


def _text_at(claims: Mapping[str, Any], name: str | None) -> str | None:
    value = find_claim(claims, name) if name else None
    return value if isinstance(value, str) and value else None
