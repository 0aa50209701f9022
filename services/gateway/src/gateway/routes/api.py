"""What the door writes in an ASGI scope for those behind it."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request

from gateway.routes.domain.request_context import Visit
from socle.http import Spent

ROUTE: Final = "gateway.route"
METHOD: Final = "gateway.method"  # the caller's own: a HEAD is answered as a GET
VISIT: Final = "gateway.visit"
EXCHANGE: Final = "gateway.exchange"


class Exchanged:
    """One exchange as the outermost layer saw it: 0 where nobody was answered; `visit` where it
    was judged; `spent`: the door's own processor time. The edge hands a HEAD on in a copy of its
    scope, which holds this very object."""

    __slots__ = ("sent", "spent", "status", "visit")

    def __init__(self) -> None:
        self.status = self.sent = 0
        self.spent = Spent()
        self.visit: Visit | None = None


def visit_in(scope: Mapping[str, Any]) -> Visit:
    """The visit of a request that was judged. Raises KeyError where none was."""
    visit: Visit = scope[VISIT]
    return visit


def visit_of(request: Request) -> Visit:
    """The same, as a dependency of FastAPI's."""
    return visit_in(request.scope)
