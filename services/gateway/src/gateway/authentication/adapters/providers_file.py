"""providers.toml: the OpenID providers that the platform trusts (GATEWAY_PROVIDERS).

    [[provider]]
    id = "psc"
    label = "Pro Santé Connect"              # on the login button
    description = "Professionnels de santé"  # who it is for
    issuer = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"
    discovery = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"
    client_id = "region-lab"
    client_secret_file = "psc.secret"        # or: client_keys_file, a private JWKS
    role = "professional"                    # or: role_claim and role_values
    acr = ["eidas1"]                         # accepted classes; all if absent
    algorithms = ["RS256"]                   # of its signatures; default ES256 and RS256
    scopes = ["openid", "scope_all"]         # requested at login
    userinfo = "jwt"                         # json, jwt or jwe
    organisation_claim = "SubjectOrganization"
    practitioner_claim = "SubjectNameID"     # the id of their Practitioner on the FHIR server here
    # patient_claim: the id of their Patient on it
    profession_claim = "SubjectRefPro.exercices.codeProfession"  # of each member of a list

    [[provider]]
    id = "region"
    …
    role_claim = "realm_access.roles"        # a path into the claims
    role_values = { coordination = "coordinator", editeur = "integrator" }  # the first match
    bearer_audience = "region-lab-api"       # its access tokens are accepted as API bearers

`discovery` is needed only if the document is not at the default path under the issuer. Relative
paths start at the file's folder. In `client_keys_file`, the key with `"use": "sig"` authenticates
the gateway (`private_key_jwt`), the one with `"use": "enc"` decrypts userinfo.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.authentication.domain.provider import (
    DEFAULT_DISCOVERY_PATH,
    Algorithm,
    AssignableRole,
    Provider,
    RoleRule,
    UserInfo,
)
from socle.errors import Refusal
from socle.wording import mistakes_of

_Text = Annotated[str, Field(min_length=1, max_length=500)]
# Plain http is for a provider on the same machine: in the demo and in tests.
_Address = Annotated[
    str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s?#|]+$")
]


class _ProviderTable(BaseModel):
    """One `[[provider]]`. Unknown keys are errors: a misspelt `acr` would accept any class."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    label: _Text
    description: Annotated[str, Field(max_length=500)] = ""
    issuer: _Address
    discovery: _Address | None = None
    client_id: _Text
    client_secret_file: Path | None = None
    client_keys_file: Path | None = None
    role: AssignableRole | None = None
    role_claim: _Text | None = None
    role_values: dict[_Text, AssignableRole] = {}
    acr: tuple[_Text, ...] = ()
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("ES256", "RS256")
    scopes: tuple[_Text, ...] = ("openid",)
    userinfo: UserInfo = "json"
    bearer_audience: _Text | None = None
    organisation_claim: _Text | None = None
    patient_claim: _Text | None = None
    practitioner_claim: _Text | None = None
    profession_claim: _Text | None = None

    @model_validator(mode="after")
    def _check_role(self) -> Self:
        if (self.role is None) == (self.role_claim is None):
            raise ValueError("role ou role_claim, l'un des deux")
        if (self.role_claim is None) != (not self.role_values):
            raise ValueError("role_claim et role_values vont ensemble")
        return self

    @model_validator(mode="after")
    def _check_bearer_audience(self) -> Self:
        # The audience of an ID token is the client: it must never be an API token (RFC 8725 §3.12).
        if self.bearer_audience == self.client_id:
            raise ValueError("bearer_audience doit différer de client_id")
        return self


class _ProvidersFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: tuple[_ProviderTable, ...] = ()


def read_providers(path: Path) -> tuple[Provider, ...]:
    """The providers declared in `path`, in the order of the file, with their secrets.

    Raises Refusal("invalid") that lists the mistakes without any value.
    """
    try:
        declared = _ProvidersFile.model_validate(tomllib.loads(path.read_text("utf-8"))).provider
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"GATEWAY_PROVIDERS : {path} est illisible ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from None
    for member in ("id", "issuer"):
        counts = Counter(getattr(each, member) for each in declared)
        if repeated := [value for value, n in counts.items() if n > 1]:
            raise Refusal("invalid", f"{path} : {member} en double : {', '.join(repeated)}.")
    return tuple(_provider(table, path.resolve().parent) for table in declared)


def _provider(table: _ProviderTable, folder: Path) -> Provider:
    return Provider(
        id=table.id,
        label=table.label,
        issuer=table.issuer,
        discovery=table.discovery or table.issuer.rstrip("/") + DEFAULT_DISCOVERY_PATH,
        client_id=table.client_id,
        client_secret=_read_secret(table.client_secret_file, folder),
        roles=RoleRule(table.role, table.role_claim or "", table.role_values),
        acr=table.acr,
        algorithms=table.algorithms,
        scopes=table.scopes,
        userinfo=table.userinfo,
        bearer_audience=table.bearer_audience,
        organisation_claim=table.organisation_claim,
        patient_claim=table.patient_claim,
        practitioner_claim=table.practitioner_claim,
        profession_claim=table.profession_claim,
        description=table.description,
        client_keys=_read_jwks(table.client_keys_file, folder),
    )


def _read_secret(file: Path | None, folder: Path) -> str | None:
    if file is None:
        return None
    try:
        secret = (folder / file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"{folder / file} est illisible ({error}).") from error
    if not secret:
        raise Refusal("invalid", f"{folder / file} est vide.")
    return secret


def _read_jwks(file: Path | None, folder: Path) -> Mapping[str, Any] | None:
    """The JWKS in that file. Only the `use` of its keys is checked here."""
    text = _read_secret(file, folder)
    if text is None:
        return None
    try:
        jwks = json.loads(text)
        if not all(each["use"] in ("sig", "enc") for each in jwks["keys"]):
            raise ValueError("use")
    except (ValueError, KeyError, TypeError):
        raise Refusal("invalid", f"{file} doit être un JWKS de clés sig et enc.") from None
    return dict(jwks)
