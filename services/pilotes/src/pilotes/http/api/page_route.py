"""What goes wrong on a page, told as a page: a sentence and a way on."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from socle.errors import Refusal, Retry
from socle.http import Problem, of_refusal, of_retry
from socle.http.pages import page, text

_WAYS: Final = """<ul>
<li><a href="/participer">Entrer un code reçu</a></li>
<li><a href="/participer/mes-participations">Voir mes participations</a></li>
<li><a href="/participer/retour">Entrer mon code personnel</a></li>
</ul>
"""
_UNREAD: Final = "Cette page n'a pas compris la demande : reprenez depuis un des liens suivants."


def headers_of(problem: Problem) -> dict[str, str]:
    """What a page that tells of it says beside."""
    return {name.decode(): value.decode() for name, value in problem.headers}


class PageRoute(APIRoute):
    """A route whose errors are read by people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                problem = of_refusal(refusal)
            except Retry as retry:
                problem = of_retry(retry)
            except RequestValidationError:
                problem = of_refusal(Refusal("invalid", _UNREAD))
            body = f'<p role="alert">{text(problem.detail)}</p>\n{self.ways(request)}'
            title = "Cela n'a pas pu se faire"
            return page(title, body, status=problem.type.status, headers=headers_of(problem))

        return told

    def ways(self, request: Request) -> str:
        """Where to go on from here, as HTML."""
        return _WAYS
