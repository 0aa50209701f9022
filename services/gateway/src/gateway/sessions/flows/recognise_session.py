"""Authentication by a session cookie."""

from gateway.http.domain.cookies import read_cookie
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.ports import Stage
from gateway.sessions.domain.session import COOKIE
from gateway.sessions.ports import Sessions
from socle.errors import Refusal


def recognise_session(sessions: Sessions) -> Stage:
    """The stage that identifies the caller of a session cookie, unless the request has an
    `Authorization` header.

    It raises Refusal("unavailable") if sessions cannot be looked up and the route is not open.
    """

    async def recognise(context: RequestContext) -> None:
        if b"authorization" in context.headers or context.identity.means != "none":
            return
        cookie = read_cookie(context.headers.get(b"cookie"), COOKIE)
        if cookie is None:
            return
        try:
            found = await sessions.find(cookie)
        except Refusal:
            context.identity_unknown = True
            # Open routes answer while sessions cannot be looked up.
            if not context.route.access.open:
                raise
            return
        if found is not None:
            context.identity = found

    return recognise
