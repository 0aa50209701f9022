"""What forwarding needs of the outside: the services behind, and the caller in front."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import NamedTuple, Protocol

from gateway.http.domain.headers import Header
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Service


class UpstreamRequest(NamedTuple):
    """One request as a service will receive it. `target`: raw path and query, ASCII. `deadline`:
    the clock's monotonic second by which its answer must have begun; `streaming`: that may last."""

    service: Service
    method: str
    target: str
    headers: Sequence[Header]
    body: AsyncIterator[bytes] | None
    deadline: float | None = None
    streaming: bool = False


class UpstreamResponse(Protocol):
    """A service's answer, its body not read yet."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Sequence[Header]:
        """Names in lower case."""
        ...

    async def read(self) -> bytes:
        """The next bytes as soon as there are any; empty at the end. Raises ProtocolError."""
        ...

    def at_end(self) -> bool:
        """Whether the body is known to be complete and wholly read."""
        ...

    def close(self) -> None:
        """Be done with it: a connection with unread bytes is cut, a finished one is kept."""
        ...


class Services(Protocol):
    """The services behind the door."""

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Forward a request. Raises Unreachable, Overloaded, UpstreamTimeout("connect") or ProtocolError."""
        ...


class UpstreamClient(Protocol):
    """The addresses at which services answer."""

    async def send(
        self,
        address: str,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: AsyncIterator[bytes] | None,
    ) -> UpstreamResponse:
        """Ask one of them, once. Raises Unreachable, UpstreamTimeout("connect") or ProtocolError."""
        ...


class ReadinessProbe(Protocol):
    """What the door asks of each service on its own account."""

    async def why_not_ready(self, address: str) -> str | None:
        """None when what answers there says it is ready, else a French sentence. Never raises."""
        ...


class Caller(Protocol):
    """Whoever waits for the answer. Every call may wait for the caller to take what was sent."""

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
    """Proof for a service of what the door found out about a request."""

    def issue(self, context: RequestContext) -> bytes:
        """A signed token for the route's service (`socle.auth`). Never raises."""
        ...

    def issue_own(self, service: Service) -> bytes:
        """The same for what the door asks on its own account."""
        ...


class Meter(Protocol):
    """Who was answered what: counted without slowing anyone."""

    def count(self, context: RequestContext, *, seconds: float) -> None:
        """One exchange that ended; status 0: nobody was there to be answered. Never raises."""
        ...
