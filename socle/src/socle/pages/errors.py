"""Errors as pages: a status, a sentence, and a way to go on."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

from socle.errors import Refusal, Retry
from socle.http import Problem, of_refusal, of_retry, of_status, validation_refusal
from socle.pages.page_request import page_request
from socle.pages.rendering import Pages, french, upper_first
from socle.pages.texts import Texts
from socle.telemetry import current_request_id

ERROR_TYPES: Final = (Refusal, Retry, RequestValidationError, HTTPException)
"""The exceptions of endpoints that `problem_of` takes."""
_TEMPORARY: Final = frozenset({429, 502, 503, 504})
"""Statuses of errors that pass: the same request can succeed later."""

Link = tuple[str, str]
"""An address and its text."""
Field = tuple[str, str]
"""Name and value of a form field."""


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

    `title`, `sentence`, `advice`: replace those of the problem's rule and status; None: they stay.
    `links`: ways to go on. `typed`: the fields of a form that was not accepted; the page can send
    them again. Empty: none. `reload_after`: seconds after which the page reloads itself, for a
    screen without a keyboard; None: never.
    """
    status, texts, request = problem.type.status, pages.texts(), page_request()
    fields, ways = tuple(typed), tuple(links)
    # A form cannot be sent again by a link.
    is_form = request.method != "GET"
    return pages.answer(
        "error.html",
        status=status,
        headers=problem.text_headers,
        title=title
        or texts.get(f"refusal_title_{problem.details.get('rule')}")
        or texts.get(f"error_title_{status}", texts["error_title"]),
        detail=sentence or problem_sentence(pages, problem),
        advice=advice or _advice(texts, status, lost=is_form and not fields, links=bool(ways)),
        links=ways,
        typed=fields,
        retry=request.address if status in _TEMPORARY and not is_form else None,
        reload_after=reload_after,
        reference=current_request_id() if status >= 500 else None,
    )


def _advice(texts: Texts, status: int, *, lost: bool, links: bool) -> str:
    """What to do after an error. `lost`: the page does not repeat the form that was sent.
    `links`: it has links."""
    if status not in _TEMPORARY:
        usual = texts["error_advice"]
        return texts["error_advice_links"] if links else texts.get(f"error_advice_{status}", usual)
    if lost:
        return texts["error_advice_form"]
    return texts.get(f"error_advice_{status}", texts["error_advice_temporary"])


def problem_sentence(pages: Pages, problem: Problem) -> str:
    """Why a request was refused, in the language of the request.

    If the problem has a detail `rule`, it is the text `refusal_<rule>`, whose placeholders are
    details of the problem; otherwise the problem's own sentence, which is in French.
    """
    text = pages.texts().get(f"refusal_{problem.details.get('rule')}")
    if text is None:
        return french(upper_first(problem.detail))
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
