"""A route for people and programs: errors are pages for the first, problems for the second."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.routing import APIRoute

from pilotes.http.api.page_route import PageRoute

_REPORT_WAYS: Final = """<p>Vous êtes de l'équipe de ce pilote ?
<a href="/auth/login?next={back}">Connectez-vous</a>, vous reviendrez ici.</p>
<p><a href="/participer">Participer à un pilote</a></p>
"""


class ReportRoute(PageRoute):
    """A route for browsers and programs: a program gets the problem itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        for_people = super().get_route_handler()
        for_programs = APIRoute.get_route_handler(self)

        async def handle(request: Request) -> Response:
            people = "text/html" in request.headers.get("accept", "").lower()
            return await (for_people if people else for_programs)(request)

        return handle

    def ways(self, request: Request) -> str:
        return _REPORT_WAYS.format(back=quote(request.url.path, safe="/"))
