"""The language of the pages: `/langue` stores a person's choice, and pages receive it.

Services know nothing of the cookie: they read `Accept-Language` alone, which the gateway replaces.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.domain.cookies import read_cookie
from gateway.http.domain.headers import Header
from gateway.http.domain.local_paths import safe_next
from socle.http import Router
from socle.http.cookies import set_cookie
from socle.pages import LANGUAGES

_COOKIE: Final = "__Host-langue"
_COOKIE_SECONDS: Final = 365 * 86_400
_HEADER: Final = b"accept-language"


def languages_router() -> Router:
    """The router of `/langue?vers=en&page=/perturbations`."""
    router = Router(include_in_schema=False)

    @router.get("/langue")
    async def choose_language(request: Request) -> Response:
        chosen = request.query_params.get("vers")
        target = safe_next(request.query_params.get("page"))
        answer = RedirectResponse(target, 303, {"cache-control": "no-store"})
        if chosen in LANGUAGES:
            set_cookie(answer, _COOKIE, chosen, seconds=_COOKIE_SECONDS)
        return answer

    return router


def with_chosen_language(headers: Sequence[Header]) -> Sequence[Header]:
    """The headers of a request with one `Accept-Language` at most: the language that the person
    chose, else the values that the caller sent."""
    chosen = read_cookie(dict(headers).get(b"cookie"), _COOKIE)
    if chosen in LANGUAGES:
        accepted = [chosen.encode()]
    else:
        accepted = [value for name, value in headers if name == _HEADER]
        if len(accepted) <= 1:
            return headers
    others = [header for header in headers if header[0] != _HEADER]
    return [*others, (_HEADER, b", ".join(accepted))]
