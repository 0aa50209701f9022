"""Errors as pages: a status, a sentence, and a way to go on."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

from socle.errors import Refusal, Retry
from socle.http import Problem, of_refusal, of_retry, of_status, validation_refusal
from socle.pages.page_request import page_request
from socle.pages.rendering import Pages, french
from socle.pages.rendering import sentence as capitalised
from socle.telemetry import current_request_id

_TEMPORARY: Final = frozenset({429, 502, 503, 504})

Link = tuple[str, str]
"""An address and its text."""
Field = tuple[str, str]
"""The name and the value of a field of a form."""


def error_answer(
    pages: Pages,
    problem: Problem,
    *,
    title: str | None = None,
    sentence: str | None = None,
    advice: str | None = None,
    links: Iterable[Link] = (),
    typed: Iterable[Field] = (),
    reload_after: int | None = None,
) -> Response:
    """An error as a page.

    `title`, `sentence`, `advice`: replace those of the problem. `links`: ways to go on. `typed`:
    the fields of a form that could not be accepted now; the page can send them again.
    `reload_after`: seconds after which the page reloads by itself, for a screen without a keyboard.
    """
    status, texts, request = problem.type.status, pages.texts(), page_request()
    temporary, fields = status in _TEMPORARY, tuple(typed)
    # A form cannot be sent again by a link.
    is_form = request.method != "GET"
    if advice is None and temporary and is_form and not fields:
        advice = texts["error_advice_form"]
    return pages.answer(
        "error.html",
        status=status,
        headers={name.decode(): value.decode() for name, value in problem.headers},
        title=title or texts.get(f"error_title_{status}", texts["error_title"]),
        detail=sentence or problem_sentence(pages, problem),
        advice=advice or texts.get(f"error_advice_{status}", texts["error_advice"]),
        links=tuple(links),
        typed=fields,
        retry=request.address if temporary and not is_form else None,
        reload_after=reload_after,
        reference=current_request_id() if status >= 500 else None,
    )


def error_pages(app: FastAPI, pages: Pages) -> None:
    """Make an application answer its errors with pages instead of problem+json."""

    async def answer(request: Request, error: Exception) -> Response:
        return error_answer(pages, problem_of(error))

    for error_type in (Refusal, Retry, RequestValidationError, HTTPException):
        app.add_exception_handler(error_type, answer)


def problem_sentence(pages: Pages, problem: Problem) -> str:
    """Why a request was refused, in the language of the request.

    If the problem has a detail `rule`, it is the text `refusal_<rule>`, whose placeholders are
    details of the problem; otherwise the problem's own sentence, which is in French.
    """
    text = pages.texts().get(f"refusal_{problem.details.get('rule')}")
    if text is None:
        return french(capitalised(problem.detail))
    details = {name: _content(value) for name, value in problem.details.items()}
    return escape(text).format(**details)


def _content(detail: Any) -> Any:
    """A detail in a sentence. Texts are the content of French records; a list is quoted."""
    if isinstance(detail, str):
        return french(detail)
    if isinstance(detail, list | tuple):
        return Markup(", ").join(french(f"« {each} »") for each in detail)
    return detail


def problem_of(error: Exception) -> Problem:
    """The problem of an exception that an endpoint raised."""
    if isinstance(error, RequestValidationError):
        return of_refusal(validation_refusal(error.errors()))
    if isinstance(error, HTTPException):
        return of_status(error.status_code, error.headers)
    if isinstance(error, Retry):
        return of_retry(error)
    assert isinstance(error, Refusal)
    return of_refusal(error)
