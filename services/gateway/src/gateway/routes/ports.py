"""The type of the stages that a request passes before it is forwarded."""

from collections.abc import Awaitable, Callable

from gateway.routes.domain.request_context import RequestContext

Stage = Callable[[RequestContext], Awaitable[None]]
"""One step of a request's processing: writes its result to the context. Raises Refusal."""
