"""What the authorization server asks of the outside: the applications, what they were granted, and
the tokens that say so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

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
    """The applications that are registered, as the operator's file says now."""

    def find(self, client_id: str) -> Client | None:
        """That application."""
        ...

    def origins(self) -> frozenset[str]:
        """The origins of all whose pages call from a browser."""
        ...


class ClientKeys(Protocol):
    """Proof by an application's own key (RFC 7523 §2.2)."""

    async def proven(self, assertion: str, client: Client) -> Mapping[str, Any]:
        """The claims of an assertion that a key of that application signed, not judged further.
        Raises Denied("invalid_client")."""
        ...


class AccessTokens(Protocol):
    """The door's own tokens for applications: signed here, read back here."""

    def issue(self, client: Client, grant: Grant, *, now: datetime) -> str:
        """An access token of that grant (RFC 9068)."""
        ...

    def issue_id(self, client: Client, grant: Grant, *, now: datetime) -> str:
        """Who the person is, for that application (OpenID Connect Core §2)."""
        ...

    def read(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token of ours; None where it is not, or its time is not now."""
        ...


class ConsentStore(Protocol):
    """Requests that wait for a person, launches, and what people answered before. Each method may
    raise Retry."""

    async def store_request(
        self, ticket: bytes, asked: AuthorizationRequest, subject: str, until: datetime
    ) -> None:
        """Keep a request while that person decides."""
        ...

    async def take_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        """That person's request, once."""
        ...

    async def store_launch(self, handle: bytes, launch: Launch, until: datetime) -> None:
        """Keep what was at hand where an application is launched from."""
        ...

    async def find_launch(
        self, handle: bytes, subject: str, now: datetime, *, take: bool
    ) -> Launch | None:
        """That person's launch; `take`: for the only time."""
        ...

    async def find_consent(self, subject: str, client: str) -> Consent | None:
        """What that person answered that application."""
        ...

    async def store_consent(
        self, subject: str, client: str, consent: Consent, now: datetime
    ) -> None:
        """Remember it, in the place of what was answered before."""
        ...


class Grants(Protocol):
    """What people granted, and the codes and tokens of it, by SHA-256. Each method may raise
    Retry."""

    async def open(self, grant: Grant, code: bytes, bound: Code) -> None:
        """A new grant, and the code that leads to it."""
        ...

    async def use_code(self, code: bytes) -> tuple[Grant, Code, bool] | None:
        """The grant of a code, and whether this was its first use."""
        ...

    async def store_refresh_token(self, token: bytes, grant: Grant, until: datetime) -> None:
        """A refresh token of that grant."""
        ...

    async def use_refresh_token(self, token: bytes) -> tuple[Grant, datetime, bool] | None:
        """The grant of a refresh token, its end, and whether this was its first use."""
        ...

    async def find_refresh_token(self, token: bytes) -> tuple[Grant, datetime] | None:
        """The grant of a refresh token that was not used or taken back, and its end."""
        ...

    async def find_refresh_client(self, token: bytes) -> str | None:
        """The application that a refresh token was given to, used or not."""
        ...

    async def revoke(self, grant_id: str, now: datetime) -> None:
        """Take a grant back: nothing of it holds any more."""
        ...

    async def revoke_token(self, jti: str, until: datetime) -> None:
        """Take one access token back."""
        ...

    async def revoke_application(self, subject: str, client: str, now: datetime) -> None:
        """Take back all that person granted that application, and forget the consent."""
        ...

    async def list_applications(self, subject: str, now: datetime) -> Sequence[Application]:
        """Those the person granted something."""
        ...

    async def is_first(self, client: str, jti: str, until: datetime) -> bool:
        """Whether that assertion was never seen before, on any replica (RFC 7523 §3)."""
        ...

    async def tidy(self, now: datetime) -> None:
        """Remove what is over."""
        ...
