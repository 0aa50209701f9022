"""Who is in front of a page or calls the interface: their account, and what their device holds."""

from typing import Final

from fastapi import Request, Response

from pilotes.identity.api.caller import caller
from pilotes.identity.domain.person import PARTICIPANT_COOKIE, Person, read_personal_code
from socle.http.cookies import drop_cookie, set_cookie

_COOKIE_SECONDS: Final = 395 * 86_400
"""Seconds a device remembers its person, from the last visit: browsers keep none for longer."""


def person_of(request: Request) -> Person:
    """The person, by all they may be known by here."""
    return Person(
        account=caller(request).subject or None,
        personal_code=read_personal_code(request.cookies.get(PARTICIPANT_COOKIE)),
    )


def set_participant_cookie(answer: Response, personal_code: str | None) -> None:
    """Have the device hold that code, or hold it for longer; None changes nothing."""
    if personal_code is not None:
        set_cookie(answer, PARTICIPANT_COOKIE, personal_code, seconds=_COOKIE_SECONDS)


def drop_participant_cookie(answer: Response) -> None:
    """Have the device hold none."""
    drop_cookie(answer, PARTICIPANT_COOKIE)
