"""Who a pilot may know a caller as: the platform's subject, or a participant's own cookie."""

import re
from typing import Final

from gateway.domain.cookies import read_cookie
from gateway.domain.visit import Visit

COOKIE: Final = "__Host-participant"
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")


def subject_of(visit: Visit) -> str | None:
    """Whom the caller takes part as; None for whoever cannot.

    Who is identified is nobody else, whatever cookie the machine holds. A cookie's value is told
    apart from a subject by its first word, so that no cookie speaks for an account.
    """
    if visit.identity.subject:
        return visit.identity.subject
    value = read_cookie(visit.named.get(b"cookie"), COOKIE)
    if value is None or not _VALUE.fullmatch(value):
        return None
    return f"participant:{value}"
