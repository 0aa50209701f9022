"""How an exchange with a service can fail.

    Unreachable         no connection: nothing was sent                        503
    Overloaded          the service has too many requests: nothing was sent    503
    UpstreamTimeout     a time limit of the route expired                      504
    ProtocolError       invalid HTTP, or an incomplete response                502
    ClientDisconnected  the caller closed its connection                       –
    RequestTimeout      the caller stopped sending its body                    408
    BodyTooLarge        the caller's body exceeds the route's limit            413

Only the API layer turns them into statuses.
"""

from typing import Literal


class Failure(Exception):
    """Base of the failures of an exchange."""


class Unreachable(Failure):
    """The service refuses connections, its name does not resolve, or its circuit breaker is open.
    `retry_after`: seconds, if known."""

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Overloaded(Failure):
    """The service has the maximum number of requests in flight. `retry_after`: seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class UpstreamTimeout(Failure):
    """A time limit expired in that phase."""

    def __init__(self, phase: Literal["connect", "first_byte", "total", "idle"]) -> None:
        super().__init__(phase)
        self.phase = phase


class ProtocolError(Failure):
    """The service closed the connection before the end of its response, or sent invalid HTTP."""


class ClientDisconnected(Failure):
    """The caller closed its connection."""


class RequestTimeout(Failure):
    """The caller declared a body and stopped sending it."""


class BodyTooLarge(Failure):
    """The caller's body exceeds the route's limit, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
