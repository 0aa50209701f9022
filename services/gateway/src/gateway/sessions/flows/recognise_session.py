"""Who a browser's cookie says is calling."""

from gateway.http.domain.cookies import read_cookie
from gateway.routes.domain.request_context import Visit
from gateway.routes.ports import Stage
from gateway.sessions.domain.session import COOKIE
from gateway.sessions.ports import Sessions
from socle.errors import Refusal


def recognise_session(sessions: Sessions) -> Stage:
    """The stage. A caller that proves itself by a token is not asked for its cookie."""

    async def recognise(visit: Visit) -> None:
        if b"authorization" in visit.named or visit.identity.means != "none":
            return
        cookie = read_cookie(visit.named.get(b"cookie"), COOKIE)
        if cookie is None:
            return
        try:
            found = await sessions.find(cookie)
        except Refusal:
            visit.unknown = True
            # What anybody may read goes on while nobody can say who calls.
            if not visit.route.access.open:
                raise
            return
        if found is not None:
            visit.identity = found

    return recognise
