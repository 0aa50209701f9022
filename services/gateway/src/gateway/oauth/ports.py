"""What the authorization server needs of the outside: clients, consents, grants and tokens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.cared_records import CaredRecord
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.grants import (
    Application,
    AuthorizationRequest,
    Code,
    Consent,
    Grant,
    Launch,
)


class Clients(Protocol):
    """The registered applications, as in the operator's current file."""

    def find(self, client_id: str) -> Client | None:
        """The application of that id; None if there is none."""
        ...

    def list_clients(self) -> Sequence[Client]:
        """All applications, in the order of the file."""
        ...

    def origins(self) -> frozenset[str]:
        """The origins of all applications that call from a browser."""
        ...


class ClientKeys(Protocol):
    """Verifies client assertions (RFC 7523 §2.2)."""

    async def verify(self, assertion: str, client: Client) -> Mapping[str, Any]:
        """The claims of an assertion signed by a key of that application; the claims themselves
        are not checked. Raises Denied("invalid_client")."""
        ...


class AccessTokens(Protocol):
    """The gateway's own tokens for applications."""

    def issue(self, client: Client, grant: Grant, *, now: datetime) -> str:
        """An access token of that grant (RFC 9068)."""
        ...

    def issue_id(self, client: Client, grant: Grant, *, now: datetime) -> str:
        """An ID token for that application (OpenID Connect Core §2)."""
        ...

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of an access token of the platform; None if it is invalid or expired.
        Revocations are not checked."""
        ...


class ConsentStore(Protocol):
    """Authorization requests that wait for a person, launches, consents.

    Tickets and handles are given as SHA-256. Each method may raise Retry.
    """

    async def store_request(
        self, ticket: bytes, request: AuthorizationRequest, subject: str, until: datetime
    ) -> None:
        """Store a request until that person decides, or it expires."""
        ...

    async def find_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        """That person's request, without its `prompt`, which has had its effect; None if it is
        unknown or expired."""
        ...

    async def take_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        """As `find_request`; the request is removed."""
        ...

    async def store_launch(self, handle: bytes, launch: Launch, until: datetime) -> None:
        """Store a launch context."""
        ...

    async def find_launch(
        self, handle: bytes, subject: str, client: str, now: datetime
    ) -> Launch | None:
        """That person's launch; None if it is unknown, expired, or for another application."""
        ...

    async def take_launch(
        self, handle: bytes, subject: str, client: str, now: datetime
    ) -> Launch | None:
        """As `find_launch`; the launch is removed."""
        ...

    async def find_consent(self, subject: str, client: str) -> Consent | None:
        """The stored consent of that person to that application, if any."""
        ...

    async def store_consent(
        self, subject: str, client: str, consent: Consent, now: datetime
    ) -> None:
        """Store a consent in place of the previous one."""
        ...


class CaredRecords(Protocol):
    """The records of others that the FHIR server opens to people who log in. Each method raises
    Refusal("unavailable") if it is away."""

    async def list_records(
        self, identity: Identity, related_person: str | None = None
    ) -> Sequence[CaredRecord]:
        """Those that are open to that person now, 500 at most. `related_person`: the id of a
        RelatedPerson; only the record that the link to it opens."""
        ...

    async def accept(self, identity: Identity, code: str) -> CaredRecord:
        """The record that the code of an invitation opens to that person from now on. Raises
        Refusal: "not_found" for a code that opens nothing, "conflict" for their own record."""
        ...


class Grants(Protocol):
    """Grants with their codes and refresh tokens, by SHA-256. Each method may raise Retry."""

    async def open(self, grant: Grant, code: bytes, binding: Code) -> None:
        """Store a grant and its code."""
        ...

    async def use_code(self, code: bytes) -> tuple[Grant, Code, bool] | None:
        """Use a code: its grant, what it is bound to, and whether this was its first use and the
        grant is not revoked. It may have expired. None for an unknown code."""
        ...

    async def store_refresh_token(self, token: bytes, grant: Grant, until: datetime) -> None:
        """Store a refresh token of that grant."""
        ...

    async def use_refresh_token(self, token: bytes) -> tuple[Grant, datetime, bool] | None:
        """Use a refresh token: its grant, its end (which may be past), and whether this was its
        first use and the grant is not revoked. None for an unknown token."""
        ...

    async def find_refresh_token(self, token: bytes) -> tuple[Grant, datetime] | None:
        """The grant and the end (which may be past) of a refresh token; None if it is unknown, used
        or revoked."""
        ...

    async def find_refresh_client(self, token: bytes) -> str | None:
        """The id of the application of a refresh token, used or not; None for an unknown token."""
        ...

    async def revoke(self, grant_id: str, now: datetime) -> None:
        """Revoke a grant and all its tokens."""
        ...

    async def revoke_token(self, jti: str, until: datetime) -> None:
        """Revoke one access token, which expires at `until`."""
        ...

    async def revoke_application(self, subject: str, client: str, now: datetime) -> None:
        """Revoke all grants of that person to that application, and delete the consent."""
        ...

    async def list_applications(self, subject: str, now: datetime) -> Sequence[Application]:
        """The applications with a consent of the person."""
        ...

    async def is_first_use(self, client: str, jti: str, until: datetime) -> bool:
        """Record a use of that assertion, which expires at `until`; whether it is the first, on any
        replica (RFC 7523 §3)."""
        ...

    async def tidy(self, now: datetime) -> None:
        """Delete expired rows."""
        ...
