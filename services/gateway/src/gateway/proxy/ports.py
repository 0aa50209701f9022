"""What forwarding needs of the outside: services, callers, tokens and meters."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import NamedTuple, Protocol

from gateway.callers.domain.identity import Identity
from gateway.http.domain.headers import Header
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Service


class UpstreamRequest(NamedTuple):
    """One request to a service."""

    service: Service
    method: str
    target: str
    """Raw path and query, ASCII."""
    headers: Sequence[Header]
    body: AsyncIterator[bytes] | None
    deadline: float | None = None
    """Monotonic second by which the response must have started."""
    streaming: bool = False
    """The response may never end."""


class UpstreamResponse(Protocol):
    """The response of a service; its body is not read yet."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Sequence[Header]:
        """Names in lower case."""
        ...

    async def read(self) -> bytes:
        """The next bytes, empty at the end. Raises ProtocolError."""
        ...

    def at_end(self) -> bool:
        """Whether the body is complete and has been read to its end."""
        ...

    def close(self) -> None:
        """Release the connection: it is closed if bytes are unread, else it is reused."""
        ...


class Services(Protocol):
    """The services behind the gateway."""

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Send a request, and wait for the status and headers of the response. Raises Unreachable,
        Overloaded, UpstreamTimeout("connect"), ProtocolError, and what the body raises."""
        ...


class UpstreamClient(Protocol):
    """An HTTP client for the addresses of services."""

    async def send(
        self,
        address: str,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: AsyncIterator[bytes] | None,
    ) -> UpstreamResponse:
        """Send a request to one address, and wait for the status and headers of the response.
        Raises Unreachable, UpstreamTimeout("connect"), ProtocolError, and what the body raises."""
        ...


class ReadinessProbe(Protocol):
    """Checks the readiness of an address."""

    async def why_not_ready(self, address: str) -> str | None:
        """None if the address is ready, else a French sentence. Never raises."""
        ...


class Caller(Protocol):
    """The caller of an exchange. Every call may wait until the caller has taken what was sent."""

    def start(self, status: int, headers: list[Header]) -> Awaitable[None]:
        """Send the status and the headers."""
        ...

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Send a part of the body."""
        ...

    def end(self, chunk: bytes) -> Awaitable[None]:
        """Send the last part of the body."""
        ...


class UpstreamTokens(Protocol):
    """Signed tokens that identify a caller to a service."""

    def issue(self, context: RequestContext) -> bytes:
        """A token for the route's service (`socle.auth`). Never raises."""
        ...

    def issue_own(self, service: Service) -> bytes:
        """A token for a request of the gateway itself to that service. Never raises."""
        ...

    def issue_for(self, service: Service, identity: Identity) -> bytes:
        """A token for a request that the gateway sends for somebody. Never raises."""
        ...


class Meter(Protocol):
    """Counts exchanges without delaying them."""

    def count(self, context: RequestContext, *, seconds: float) -> None:
        """Count an exchange that ended; status 0: there was no response. Never raises."""
        ...
