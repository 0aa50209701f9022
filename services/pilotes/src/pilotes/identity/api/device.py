"""Who is in front of a page or calls the interface: their account, and what their device holds."""

from typing import Final

from fastapi import Request, Response

from pilotes.identity.api.caller import caller
from pilotes.identity.domain.person import COOKIE, Person, read_personal
from socle.http.cookies import drop_cookie, set_cookie

_KEPT: Final = 395 * 86_400
"""Seconds a device remembers its person, from the last visit: browsers keep none for longer."""


def person_of(request: Request) -> Person:
    """The person, by all they may be known by here."""
    return Person(
        account=caller(request).subject or None, personal=read_personal(request.cookies.get(COOKIE))
    )


def remember(answer: Response, personal: str | None) -> None:
    """Have the device hold that code, or hold it for longer; None changes nothing."""
    if personal is not None:
        set_cookie(answer, COOKIE, personal, seconds=_KEPT)


def forget(answer: Response) -> None:
    """Have the device hold none."""
    drop_cookie(answer, COOKIE)
