"""Errors as pages for people: why, links to go on, and the form to send again."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response

from pilotes.http.api.addresses import API, LAB, MY_PARTICIPATIONS, OWN_ROLES, PILOTS
from pilotes.http.api.forms import parse_form
from socle.errors import Refusal
from socle.http import Problem
from socle.pages import ERROR_TYPES, Pages, Texts, error_answer, page_request, problem_of

_LINKS: Final = {
    "link_code": "/participer",
    "my_participations": MY_PARTICIPATIONS,
    "link_return": "/participer/retour",
    "link_pilots": PILOTS,
    "link_lab": LAB,
    "link_own_roles": OWN_ROLES,
}
"""The addresses of links, by the names of their texts."""
_LOGINS: Final = ("log_in", "link_log_in_team", "link_log_in_lab")
_OF_PARTICIPANTS: Final = ("log_in", "my_participations", "link_return")
_WAYS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    (f"{API}/", ("link_log_in_team", "link_pilots")),
    (OWN_ROLES, ("log_in", "link_own_roles", "link_pilots")),
    (LAB, ("link_log_in_lab", "link_lab", "link_pilots")),
    (PILOTS, ("link_pilots", "link_code")),
    ("/participer/pilotes", ("link_pilots", "my_participations")),
    ("/participer/mes-", _OF_PARTICIPANTS),
    ("/participer/questionnaires", _OF_PARTICIPANTS),
    ("/participer/effacement", _OF_PARTICIPANTS),
    ("", ("link_code", "my_participations", "link_return")),
)
"""The links to go on, by the beginning of the address."""
_REFUSED: Final = frozenset({400, 401, 403, 404, 409, 410})
"""Statuses of refusals whose title is the service's own."""
_SENT_AGAIN: Final = frozenset({401, 408, 429, 502, 503, 504})
"""Statuses after which the same form can be accepted: the person logs in, or waits."""
_RULES_SENT_AGAIN: Final = frozenset({"not_taking_part", "survey_of_participants"})
"""Rules of other refusals after which it can: the person enters their personal code, or logs in."""

Handler = Callable[[Request, Exception], Awaitable[Response]]


def render_errors_as_pages(app: FastAPI, pages: Pages) -> None:
    """Make an application answer the errors of its pages with pages. Those of its API stay
    problem+json."""
    for error_type in ERROR_TYPES:
        for_programs: Any = app.exception_handlers[error_type]
        app.add_exception_handler(error_type, _handler(pages, for_programs))


def _handler(pages: Pages, for_programs: Handler) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        if not _is_for_people(request):
            return await for_programs(request, error)
        problem = problem_of(error)
        status, texts = problem.type.status, pages.texts()
        return error_answer(
            pages,
            problem,
            title=_title(problem, texts) if isinstance(error, Refusal) else None,
            sentence=_sentence(error, status, texts),
            links=_links(request, status, texts),
            typed=await _typed(request, problem),
        )

    return answer


def _is_for_people(request: Request) -> bool:
    """Whether a person in a browser reads the answer. A report is for people and programs."""
    path = request.url.path
    if path.startswith(f"{API}/"):
        is_report = path.endswith(("/report", "/report.pdf"))
        return is_report and "text/html" in request.headers.get("accept", "").lower()
    return path.startswith(("/participer", PILOTS, LAB))


def _title(problem: Problem, texts: Texts) -> str | None:
    """The title of a refusal whose rule has none; None: the kit's."""
    own = f"refusal_title_{problem.details.get('rule')}" in texts
    return None if own or problem.type.status not in _REFUSED else texts["refusal_title"]


def _sentence(error: Exception, status: int, texts: Texts) -> str | None:
    """The sentence for that status; None: the problem's own. A refusal has its own, unless it is
    about the operation of the service (503)."""
    if isinstance(error, Refusal) and status != 503:
        return None
    return texts.get(f"error_sentence_{status}")


def _links(request: Request, status: int, texts: Texts) -> Iterator[tuple[str, str]]:
    names = next(names for start, names in _WAYS if request.url.path.startswith(start))
    if not page_request().visitor.logged_in:
        if status == 401 and not set(names) & set(_LOGINS):
            names = ("log_in", *names)
        # After a login in another tab, the form is sent from this one.
        starts = (OWN_ROLES, LAB)
        path = request.url.path
        posted = next((each for each in starts if path.startswith(each)), MY_PARTICIPATIONS)
        back = posted if request.method == "POST" else page_request().address
        login = f"/auth/login?next={quote(back, safe='/')}"
        yield from ((login, texts[name]) for name in names if name in _LOGINS)
    yield from ((_LINKS[name], texts[name]) for name in names if name in _LINKS)


async def _typed(request: Request, problem: Problem) -> Sequence[tuple[str, str]]:
    """The fields of a form that can be sent again."""
    again = problem.type.status in _SENT_AGAIN or problem.details.get("rule") in _RULES_SENT_AGAIN
    if request.method != "POST" or not again or "endpoint" not in request.scope:
        return ()
    try:
        return (await parse_form(request)).pairs
    except Refusal:
        return ()
