"""What the door writes in an ASGI scope for those behind it."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request

from gateway.domain.visit import Visit

ROUTE: Final = "gateway.route"
METHOD: Final = "gateway.method"  # the caller's own: a HEAD is answered as a GET
VISIT: Final = "gateway.visit"


def visit_in(scope: Mapping[str, Any]) -> Visit:
    """The visit of a request that was judged. Raises KeyError where none was."""
    visit: Visit = scope[VISIT]
    return visit


def visit_of(request: Request) -> Visit:
    """The same, as a dependency of FastAPI's."""
    return visit_in(request.scope)
