"""Problems as HTML pages, for people in a browser; programs receive problem+json."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.http.api.problem_translator import ProblemTranslator
from socle.http import Scope, Send
from socle.http.pages import document, policy, text

_BODY: Final = """<p>{detail}</p>
<p><a href="/">Prochains départs</a></p>
<p class="discret">Référence de la demande : {reference}</p>
"""


def prefers_html(scope: Scope) -> bool:
    """Whether the caller is a browser that navigates: its `Accept` names HTML."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted.lower()


def as_page(send: Send) -> ProblemTranslator:
    """An ASGI `send` that renders problems as pages."""
    headers = {
        b"content-type": b"text/html; charset=utf-8",
        b"content-security-policy": policy().encode(),
    }
    return ProblemTranslator(send, _page, headers)


def _page(problem: Mapping[str, Any]) -> bytes:
    reference = problem.get("request_id") or "–"
    body = _BODY.format(detail=text(problem["detail"]), reference=text(reference))
    return document(str(problem["title"]), body)
