"""Errors as HTML pages, with their status and a next step."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from portail.api.pages.arret.page import BORNE
from portail.api.rendering import NOT_CACHED, Pages
from portail.api.texts import texts_of
from socle.errors import Refusal
from socle.http import Problem, of_refusal, of_status, validation_refusal
from socle.telemetry import current_request_id


def render_errors_as_pages(app: FastAPI, pages: Pages) -> None:
    """Make the application render its errors as pages instead of problem+json."""

    async def error_page(request: Request, error: Exception) -> Response:
        problem = _problem(error)
        status, texts = problem.type.status, texts_of("erreur")
        again = status == of_refusal(Refusal("unavailable", "")).type.status
        answer = pages.answer(
            "erreur/page.html",
            cache=NOT_CACHED,
            status=status,
            ici="",
            titre=texts.get(f"titre_{status}", texts["titre_autre"]),
            phrase=texts.get(f"phrase_{status}", problem.detail),
            suite=texts.get(f"suite_{status}", texts["suite_autre"]),
            reessayer=again,
            # A large display has no buttons: it reloads by itself.
            relance=again and request.query_params.get("affichage") == BORNE,
            adresse=_address(request),
            reference=current_request_id() if status >= 500 else None,
        )
        for name, value in problem.headers:
            answer.headers[name.decode()] = value.decode()
        return answer

    for error_type in (Refusal, RequestValidationError, HTTPException):
        app.add_exception_handler(error_type, error_page)


def _problem(error: Exception) -> Problem:
    if isinstance(error, RequestValidationError):
        return of_refusal(validation_refusal(error.errors()))
    if isinstance(error, HTTPException):
        return of_status(error.status_code, error.headers)
    assert isinstance(error, Refusal)
    return of_refusal(error)


def _address(request: Request) -> str:
    """The path and query of the request, as an address that cannot leave this site."""
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    return f"/{path.lstrip('/')}" + (f"?{query}" if query else "")
