"""The cookie of a service: the only one of a browser that its route forwards."""

import re
from typing import Final

from gateway.http.domain.cookies import read_cookie
from gateway.routes.domain.request_context import RequestContext

_VALUE: Final = re.compile(r"[A-Za-z0-9._-]{1,4000}")


def own_cookie(context: RequestContext) -> bytes | None:
    """The cookie to forward (`name=value`); None if the route has none, without a session, or if
    the value is not that of a token. Without a session the service could not tell whose it is."""
    name = context.route.cookie
    if name is None or context.identity.means != "session":
        return None
    value = read_cookie(context.headers.get(b"cookie"), name)
    return f"{name}={value}".encode() if value and _VALUE.fullmatch(value) else None
