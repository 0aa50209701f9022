"""A route whose errors are pages for browsers, and problems (RFC 9457) for programs."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.routing import APIRoute

from pilotes.http.api.page_route import PageRoute

_REPORT_LINKS: Final = """<p>Vous êtes de l'équipe de ce pilote ?
<a href="/auth/login?next={back}">Connectez-vous</a>, vous reviendrez ici.</p>
<p><a href="/participer">Participer à un pilote</a></p>
"""


class ReportRoute(PageRoute):
    """A route whose errors are pages if the client accepts HTML, else problems."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        for_people = super().get_route_handler()
        for_programs = APIRoute.get_route_handler(self)

        async def handle(request: Request) -> Response:
            people = "text/html" in request.headers.get("accept", "").lower()
            return await (for_people if people else for_programs)(request)

        return handle

    def links(self, request: Request) -> str:
        return _REPORT_LINKS.format(back=quote(request.url.path, safe="/"))
