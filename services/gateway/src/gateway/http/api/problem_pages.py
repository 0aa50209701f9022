"""What goes wrong, for a person in front of a browser: a problem told as a page with a way on.

Programs, and whoever asks for data, get the problem as it is.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.http.api.problem_translator import Retold
from socle.http import Scope, Send
from socle.http.pages import document, policy, text

_BODY: Final = """<p>{detail}</p>
<p><a href="/">Prochains départs</a></p>
<p class="discret">Référence de la demande : {reference}</p>
"""


def reads_pages(scope: Scope) -> bool:
    """Whether the caller is a browser that goes to an address: it names HTML, programs do not."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted.lower()


def readable(send: Send) -> Retold:
    """The way to a caller who reads pages."""
    headers = {
        b"content-type": b"text/html; charset=utf-8",
        b"content-security-policy": policy().encode(),
    }
    return Retold(send, _page, headers)


def _page(problem: Mapping[str, Any]) -> bytes:
    reference = problem.get("request_id") or "–"
    body = _BODY.format(detail=text(problem["detail"]), reference=text(reference))
    return document(str(problem["title"]), body)
