"""Sessions that end, begin or change while a person fills in a form."""

from typing import Final

from socle.errors import Refusal
from socle.pages.page_request import page_request

SESSION_FIELD: Final = "session"
"""The field of a form with the account of its reader (`session_field` in `parts/forms.html`)."""


def check_session(field: str, *, announced: bool = False) -> None:
    """Raises Refusal if the account that sends a form is not the one that opened it.

    `field`: the value of the form's `SESSION_FIELD`; empty without one. `announced`: the page said
    for whom the form acts, so that a form opened without an account is refused with one too.
    """
    visitor = page_request().visitor
    if field and not visitor.logged_in:
        raise Refusal(
            "unauthenticated",
            "Votre connexion a pris fin : connectez-vous, puis recommencez.",
            rule="session_ended",
        )
    if field and field != visitor.form_tag:
        raise Refusal(
            "conflict",
            "Ce formulaire a été ouvert avec un autre compte : rien n'a été fait.",
            rule="other_account",
        )
    if announced and not field and visitor.logged_in:
        raise Refusal(
            "conflict", "Vous vous êtes connecté entre-temps.", rule="logged_in_meanwhile"
        )
