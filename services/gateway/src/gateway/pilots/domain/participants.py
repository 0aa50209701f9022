"""Who a pilot may know a caller as: the platform's subject, or a participant's own cookie."""

import re
from typing import Final

from gateway.http.domain.cookies import read_cookie
from gateway.routes.domain.request_context import RequestContext

COOKIE: Final = "__Host-participant"
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")


def subject_of(context: RequestContext) -> str | None:
    """Whom the caller takes part as; None for whoever cannot.

    Who is identified is nobody else, whatever cookie the machine holds. A cookie's value is told
    apart from a subject by its first word, so that no cookie speaks for an account.
    """
    if context.identity.subject:
        return context.identity.subject
    value = _value(context)
    return None if value is None else f"participant:{value}"


def cookie_of(context: RequestContext) -> bytes | None:
    """What a service that enrols people is told of the caller's cookies: that one, where it is as
    it was given, also of who is identified, who may have taken part before."""
    value = _value(context) if context.route.participant else None
    return None if value is None else f"{COOKIE}={value}".encode()


def _value(context: RequestContext) -> str | None:
    value = read_cookie(context.headers.get(b"cookie"), COOKIE)
    return value if value is not None and _VALUE.fullmatch(value) else None
