"""The port of the record pages: the platform's FHIR and OAuth addresses, as any application has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from portail.domain.records.applications import Application
from portail.domain.records.elements import Json
from socle.clock import Clock

SendMethod = Literal["POST", "PUT", "PATCH"]
Relation = Literal["own", "carer", "representative"]


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """The access that a person granted to the pages."""

    token: str = field(repr=False)
    """Access token."""
    until: float
    """Its end, in POSIX seconds."""
    since: float
    """When it was granted."""
    account: str
    """Of the person: `Visitor.form_tag`."""
    patient: str | None = None
    """The id of the patient in context."""
    user: str | None = None
    """The person as a FHIR resource (`Practitioner/x`)."""
    represents: bool = False
    """Whether a person who is not the patient acts for them by law: their token writes Consents."""

    @property
    def relation(self) -> Relation:
        """What the reader of `/mon-dossier` is to the patient."""
        if not (self.user or "").startswith("RelatedPerson/"):
            return "own"
        return "representative" if self.represents else "carer"


class RecordsApi(Protocol):
    """FHIR interactions with the token of a person.

    Every method raises Refusal: `unauthenticated` for a token that has ended, `forbidden`,
    `not_found`, `invalid`, `conflict`, `too_many` with the server's sentence, and `unavailable` if
    there is no usable response.
    """

    async def read(self, access: RecordAccess, path: str, **query: Any) -> Json:
        """The resource or Bundle at a path under the FHIR base. `query`: without the None."""
        ...

    async def follow(self, access: RecordAccess, path: str, query: str) -> Json:
        """The page of a search. `query`: encoded, of the link of the page before it."""
        ...

    async def send(
        self,
        access: RecordAccess,
        method: SendMethod,
        path: str,
        body: Any,
        *,
        headers: Mapping[str, str] = ...,
    ) -> Json:
        """Send JSON; the resource of the response, empty without one."""
        ...

    async def download(self, access: RecordAccess, path: str, content_type: str) -> bytes:
        """The bytes of a Binary, 20 MiB at most."""
        ...


class AuthorizationApi(Protocol):
    """The platform's authorization server."""

    def authorization_address(self, *, role: str, state: str, challenge: str) -> str:
        """Where the browser asks the person for their consent."""
        ...

    async def exchange(self, code: str, verifier: str, *, role: str) -> Mapping[str, Any]:
        """The token response for a code. Raises Refusal."""
        ...

    async def list_applications(self, access: RecordAccess) -> list[Application]:
        """The registered applications. Raises Refusal, `unauthenticated` for a token that has
        ended."""
        ...


class Seal(Protocol):
    """Encrypts what a browser stores for the pages."""

    def seal(self, content: Mapping[str, Any]) -> str:
        """The encrypted content."""
        ...

    def unseal(self, sealed: str) -> dict[str, Any] | None:
        """The content; None if it was not encrypted here."""
        ...


@dataclass(frozen=True, slots=True)
class RecordServices:
    """What the record pages need."""

    api: RecordsApi
    authorization: AuthorizationApi
    seal: Seal
    clock: Clock
