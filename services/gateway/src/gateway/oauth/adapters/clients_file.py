"""clients.toml: the registered applications (GATEWAY_CLIENTS).

It is read again when it changes.

    [[client]]
    id = "carnet"
    name = "Carnet de suivi"                 # as people read it on the consent page
    kind = "public"                          # or confidential, backend
    redirect_uris = ["https://carnet.example/retour", "http://127.0.0.1/retour"]
    scopes = "openid fhirUser launch/patient offline_access patient/Observation.rs"
    origins = ["https://carnet.example"]     # of pages that call from a browser
    contact = "https://carnet.example/aide"
    terms = "https://carnet.example/conditions"

    [[client]]
    id = "dossier"
    name = "Dossier du cabinet"
    kind = "confidential"
    redirect_uris = ["https://dossier.example/retour"]
    scopes = "launch launch/patient patient/*.rs"
    launch_uri = "https://dossier.example/lancement"
    description = "Ouvre ce patient dans le dossier du cabinet."   # so that /pro proposes it
    sha256 = "…"                             # of its random password; or, better, its public keys:
    jwks_uri = "https://dossier.example/jwks.json"   # or jwks = "dossier.jwks.json"

`introspect = true` is for a resource server that receives the platform's tokens. `token_seconds`,
the lifetime of access tokens: 300 to 3600, by default 900, and 300 for a backend. `plan`: the plan
that its requests count in; by default that of each person, and `partner` for a backend.
"""

import logging
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.oauth.domain.clients import Client, ClientType
from gateway.oauth.domain.redirect_uris import is_redirect_uri
from gateway.oauth.domain.scopes import SYSTEM, read_scopes
from gateway.routes.domain.plan_names import PlanName
from socle.clock import SystemClock
from socle.errors import Refusal
from socle.wording import mistakes_of

log = logging.getLogger("gateway.clients")

_Text = Annotated[str, Field(min_length=1, max_length=200)]
# Plain http is for applications on the same machine.
_Address = Annotated[
    str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s#]+$", max_length=500)
]
_Origin = Annotated[str, Field(pattern=r"^https?://[^/\s?#]+$", max_length=200)]


class _ClientTable(BaseModel):
    """One `[[client]]`. Unknown keys are errors: they would have no effect."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    name: _Text
    kind: ClientType
    scopes: str
    redirect_uris: tuple[str, ...] = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    jwks: Path | None = None
    jwks_uri: _Address | None = None
    launch_uri: _Address | None = None
    description: _Text | None = None
    plan: PlanName | None = None
    origins: frozenset[_Origin] = frozenset()
    contact: _Address | None = None
    terms: _Address | None = None
    introspect: bool = False
    token_seconds: Annotated[int, Field(ge=300, le=3600)] | None = None

    @model_validator(mode="after")
    def _check_redirect_uris(self) -> Self:
        if self.kind == "backend" and self.redirect_uris:
            raise ValueError("un client backend n'a pas de redirect_uris")
        if self.kind != "backend" and not self.redirect_uris:
            raise ValueError("redirect_uris est obligatoire")
        for uri in self.redirect_uris:
            if not is_redirect_uri(uri):
                raise ValueError("redirect_uris : https, http://127.0.0.1, ou un schéma à soi")
        return self

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        proofs = sum(each is not None for each in (self.sha256, self.jwks, self.jwks_uri))
        if self.kind == "public" and proofs:
            raise ValueError("un client public n'a ni sha256 ni clés")
        if self.kind == "confidential" and proofs != 1:
            raise ValueError("sha256, jwks ou jwks_uri : un des trois")
        if self.kind == "backend" and (proofs != 1 or self.sha256):
            raise ValueError("jwks ou jwks_uri : l'un des deux")
        return self

    @model_validator(mode="after")
    def _check_scopes(self) -> Self:
        try:
            scopes = read_scopes(self.scopes)
        except ValueError as error:
            raise ValueError(f"scopes : {error} est mal écrit") from None
        if self.kind == "backend" and not scopes <= SYSTEM:
            raise ValueError("un client backend n'a que des scopes system/")
        if self.kind != "backend" and scopes.at_levels("system"):
            raise ValueError("les scopes system/ sont pour les clients backend")
        return self


class _ClientsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client: tuple[_ClientTable, ...] = ()


class ClientsFile:
    """Implements `Clients`. A file that becomes invalid is logged and has no effect.

    `path`: None if there are no applications. `every`: seconds between two checks for changes.
    """

    def __init__(self, path: Path | None, *, every: float = 1.0) -> None:
        """Raises Refusal("invalid") if the file is invalid at the start."""
        self._path, self._every, self._clock = path, every, SystemClock()
        self._check_at = self._clock.monotonic() + every
        self._version = _version(path)
        self._clients = read_clients(path) if path else {}

    def find(self, client_id: str) -> Client | None:
        return self._current().get(client_id)

    def list_clients(self) -> Sequence[Client]:
        return list(self._current().values())

    def origins(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.origins for each in self._current().values()))

    def _current(self) -> dict[str, Client]:
        now = self._clock.monotonic()
        if now < self._check_at:
            return self._clients
        self._check_at = now + self._every
        version = _version(self._path)
        if self._path and version != self._version:
            self._version = version
            try:
                self._clients = read_clients(self._path)
                log.info("clients read again: %d", len(self._clients))
            except Refusal as refusal:
                log.error("clients.toml is invalid, the previous clients stay: %s", refusal.message)
        return self._clients


def read_clients(path: Path) -> dict[str, Client]:
    """The clients declared in `path`, by id.

    Raises Refusal("invalid") that lists the mistakes without any value.
    """
    try:
        declared = _ClientsFile.model_validate(tomllib.loads(path.read_text("utf-8"))).client
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"GATEWAY_CLIENTS : {path} est illisible ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from None
    if repeated := [name for name, n in Counter(each.id for each in declared).items() if n > 1]:
        raise Refusal("invalid", f"{path} : id en double : {', '.join(repeated)}.")
    folder = path.resolve().parent
    return {table.id: _client(table, folder) for table in declared}


def _client(table: _ClientTable, folder: Path) -> Client:
    is_backend = table.kind == "backend"
    # A program synchronises complete collections: the plan of a person would stop it half-way.
    default_plan: PlanName | None = "partner" if is_backend else None
    return Client(
        id=table.id,
        name=table.name,
        client_type=table.kind,
        scopes=read_scopes(table.scopes),
        redirect_uris=table.redirect_uris,
        secret=table.sha256,
        keys=_read_jwks(folder / table.jwks) if table.jwks else None,
        keys_address=table.jwks_uri,
        launch_uri=table.launch_uri,
        description=table.description,
        plan=table.plan or default_plan,
        origins=table.origins,
        contact=table.contact,
        terms=table.terms,
        introspects=table.introspect,
        token_seconds=table.token_seconds or (300 if is_backend else 900),
    )


def _read_jwks(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
        keys = found["keys"]
        secret = any("d" in each or each["kty"] == "oct" for each in keys)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("invalid", f"{path} n'est pas un JWKS lisible ({error!r}).") from None
    if secret:
        raise Refusal(
            "invalid", f"{path} contient une clé privée : seules les publiques suffisent."
        )
    return dict(found)


def _version(path: Path | None) -> tuple[int, int, int] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
