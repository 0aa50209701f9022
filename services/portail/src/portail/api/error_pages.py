"""Errors as pages: the portal's own sentences, and reloading large displays."""

from typing import Final

from fastapi import FastAPI, Request, Response

from portail.api.pages.arret.page import BORNE
from portail.api.texts import texts_of
from socle.pages import ERROR_TYPES, Pages, error_answer, problem_of

_RELOAD_SECONDS: Final = 30
_LINKS: Final = {
    "record_none": (
        ("/auth/proches", "record_none_code"),
        ("/mon-dossier/connexion", "record_none_choose"),
    )
}
"""By rule of a refusal, the ways to go on, with the names of their texts."""


def render_errors_as_pages(app: FastAPI, pages: Pages) -> None:
    """Make the application render its errors as pages instead of problem+json."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        again = problem.type.status == 503
        # A large display has no buttons: it reloads by itself.
        borne = request.query_params.get("affichage") == BORNE
        texts = texts_of()
        rule = problem.details.get("rule")
        has_own_text = f"refusal_{rule}" in texts
        return error_answer(
            pages,
            problem,
            # Replaces the detail of the API or of the address check, written for programmers.
            sentence=None if has_own_text else texts.get(f"error_sentence_{problem.type.status}"),
            links=[(address, texts[name]) for address, name in _LINKS.get(str(rule), ())],
            reload_after=_RELOAD_SECONDS if again and borne else None,
        )

    for error_type in ERROR_TYPES:
        app.add_exception_handler(error_type, answer)
