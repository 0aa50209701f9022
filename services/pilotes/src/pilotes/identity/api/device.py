"""The person who sends a request: their account, and the personal code their device stores."""

from typing import Final

from fastapi import Request, Response

from pilotes.identity.api.caller import caller
from pilotes.identity.domain.person import PARTICIPANT_COOKIE, Person, read_personal_code
from socle.http.cookies import drop_cookie, set_cookie

_COOKIE_SECONDS: Final = 395 * 86_400
"""How long a device stores the code since it was set or extended. Browsers store cookies for 400
days at most."""


def person_of_request(request: Request) -> Person:
    """The person of a request, by their account and their device."""
    return Person(
        account=caller(request).subject or None,
        personal_code=read_personal_code(request.cookies.get(PARTICIPANT_COOKIE)),
    )


def set_participant_cookie(answer: Response, personal_code: str | None) -> None:
    """Store the code on the device, or extend it; None changes nothing."""
    if personal_code is not None:
        set_cookie(answer, PARTICIPANT_COOKIE, personal_code, seconds=_COOKIE_SECONDS)


def drop_participant_cookie(answer: Response) -> None:
    """Delete the code from the device."""
    drop_cookie(answer, PARTICIPANT_COOKIE)
