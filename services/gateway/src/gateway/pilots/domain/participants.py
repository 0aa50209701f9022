"""The participant behind a request: the platform's subject, or the participant cookie."""

import re
from typing import Final

from gateway.http.domain.cookies import read_cookie
from gateway.routes.domain.request_context import RequestContext

COOKIE: Final = "__Host-participant"
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")


def find_participant(context: RequestContext) -> str | None:
    """The participant of a request; None if it has none.

    An identified caller is never another participant, even with a cookie of one. The prefix
    distinguishes cookie values from subjects, so that no cookie can name an account.
    """
    if context.identity.subject:
        return context.identity.subject
    value = _value(context)
    return None if value is None else f"participant:{value}"


def participant_cookie(context: RequestContext) -> bytes | None:
    """The participant cookie to forward (`name=value`), if the route's service enrols participants
    and the cookie is well formed; also of identified callers, who may have taken part before."""
    value = _value(context) if context.route.participant else None
    return None if value is None else f"{COOKIE}={value}".encode()


def _value(context: RequestContext) -> str | None:
    value = read_cookie(context.headers.get(b"cookie"), COOKIE)
    return value if value is not None and _VALUE.fullmatch(value) else None
