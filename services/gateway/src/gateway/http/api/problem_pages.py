"""Problems as HTML pages, for people in a browser; programs receive problem+json.

The services behind render their own errors as pages: these are the gateway's, whether the request
reached the gateway's own application or not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from gateway.http.api.pages import PAGES
from gateway.http.api.problem_translator import ProblemTranslator, Translation
from socle.http import Problem, Scope, Send
from socle.http.problems import ProblemType
from socle.pages import Visitor, answering, error_answer, page_request, page_request_of

_OF_A_SERVICE: Final = frozenset({"unavailable", "bad_gateway", "timeout"})
"""Types of problems that a service behind causes; they name it in `service`."""


def prefers_html(scope: Scope) -> bool:
    """Whether the caller is a browser that navigates: its `Accept` names HTML."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted.lower()


def as_page(send: Send, scope: Scope, visitor_of: Callable[[Scope], Visitor]) -> ProblemTranslator:
    """An ASGI `send` that renders problems as pages.

    `scope`: of the request. `visitor_of`: who sent it; anonymous if the request failed before its
    session was read.
    """

    def render(members: Mapping[str, Any]) -> Translation:
        with answering(page_request_of(scope, visitor_of(scope))):
            answer = error_answer(
                PAGES,
                _problem(members),
                sentence=_sentence(members),
                links=_links(members),
            )
        return bytes(answer.body), answer.raw_headers

    return ProblemTranslator(send, render)


def _name(members: Mapping[str, Any]) -> str:
    """The name of the problem's type."""
    return str(members["type"]).rpartition(":")[2]


def _problem(members: Mapping[str, Any]) -> Problem:
    problem_type = ProblemType(_name(members), int(members["status"]), str(members["title"]))
    return Problem(problem_type, str(members["detail"]), members)


def _sentence(members: Mapping[str, Any]) -> str | None:
    """The sentence for people by the type of the problem; None if the problem's own is one."""
    name = _name(members)
    if "rule" in members:
        return None
    if name in _OF_A_SERVICE and "service" in members:
        name = "service"
    return PAGES.texts().get(f"problem_{name}")


def _links(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ways to go on, in addition to those of every page."""
    texts, request = PAGES.texts(), page_request()
    match _name(members), request.visitor.logged_in:
        case "unauthenticated", _:
            target = request.address if request.method == "GET" else "/"
            yield f"/auth/login?next={quote(target, safe='')}", texts["log_in"]
        case "forbidden", True:
            yield "/auth/compte", texts["my_account"]
        case "gone", True:
            yield "/auth/applications", texts["granted_applications"]
