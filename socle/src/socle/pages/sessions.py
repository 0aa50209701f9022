"""Sessions that end while a person fills in a form."""

from typing import Final

from socle.errors import Refusal
from socle.pages.page_request import page_request

SESSION_FIELD: Final = "session"
"""The field of a form whose reader was logged in (`session_field` in `parts/forms.html`)."""


def check_session(field: str) -> None:
    """Raises Refusal if the reader of a form was logged in and is not any more.

    `field`: the value of the form's `SESSION_FIELD`; empty without one.
    """
    if field and not page_request().visitor.logged_in:
        raise Refusal(
            "unauthenticated",
            "Votre connexion a pris fin : connectez-vous, puis recommencez.",
            rule="session_ended",
        )
