"""The steps of judgement that a request passes."""

from collections.abc import Awaitable, Callable

from gateway.routes.domain.request_context import Visit

Stage = Callable[[Visit], Awaitable[None]]
"""One step of judgement: writes in the visit what it finds. Raises Refusal."""
