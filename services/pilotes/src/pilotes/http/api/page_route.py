"""Errors of pages, rendered as a page: a sentence and links to go on."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from socle.errors import Refusal, Retry
from socle.http import Problem, of_refusal, of_retry
from socle.http.pages import page, text

_LINKS: Final = """<ul>
<li><a href="/participer">Entrer un code reçu</a></li>
<li><a href="/participer/mes-participations">Voir mes participations</a></li>
<li><a href="/participer/retour">Entrer mon code personnel</a></li>
</ul>
"""
_UNREAD: Final = "Cette page n'a pas compris la demande : reprenez depuis un des liens suivants."


def problem_headers(problem: Problem) -> dict[str, str]:
    """The headers of a page that renders a problem."""
    return {name.decode(): value.decode() for name, value in problem.headers}


class PageRoute(APIRoute):
    """A route whose errors are rendered as pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                problem = of_refusal(refusal)
            except Retry as retry:
                problem = of_retry(retry)
            except RequestValidationError:
                problem = of_refusal(Refusal("invalid", _UNREAD))
            body = f'<p role="alert">{text(problem.detail)}</p>\n{self.links(request)}'
            title = "Cela n'a pas pu se faire"
            return page(title, body, status=problem.type.status, headers=problem_headers(problem))

        return handle

    def links(self, request: Request) -> str:
        """Links to go on from here, as HTML."""
        return _LINKS
