"""What the gateway writes in an ASGI scope for the layers below."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request

from gateway.routes.domain.request_context import RequestContext
from socle.http import CpuTime
from socle.pages import Visitor

ROUTE: Final = "gateway.route"
METHOD: Final = "gateway.method"  # of the caller: a HEAD is handled as a GET
CONTEXT: Final = "gateway.context"
EXCHANGE: Final = "gateway.exchange"


class ExchangeRecord:
    """What the outermost layer records of one exchange.

    Layers below may copy the scope (a HEAD handled as a GET); the copy refers to this same object.
    """

    __slots__ = ("context", "cpu_time", "sent_bytes", "status")

    def __init__(self) -> None:
        self.status = self.sent_bytes = 0
        """Status 0: there was no response."""
        self.cpu_time = CpuTime()
        """CPU time of the gateway for it."""
        self.context: RequestContext | None = None
        """Set once the request matched a route."""


def context_in(scope: Mapping[str, Any]) -> RequestContext:
    """The context of a request. Raises KeyError if it matched no route."""
    context: RequestContext = scope[CONTEXT]
    return context


def current_context(request: Request) -> RequestContext:
    """The context of the current request."""
    return context_in(request.scope)


def visitor_of(scope: Mapping[str, Any]) -> Visitor:
    """Who reads a page, for its header; anonymous if the request matched no route."""
    context: RequestContext | None = scope.get(CONTEXT)
    if context is None:
        return Visitor()
    identity = context.identity
    return Visitor.of_account(identity.role, identity.subject, identity.name)
