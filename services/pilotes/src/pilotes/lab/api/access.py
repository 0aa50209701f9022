"""Who opens the lab's pages: coordinators."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import LAB
from pilotes.identity.api.caller import caller
from socle.auth import Caller
from socle.errors import Refusal
from socle.pages import NOT_CACHED, page_request

_ROLE: Final = "coordinator"


async def for_coordinator(
    request: Request, build: Callable[[Caller], Awaitable[Response]]
) -> Response:
    """The page that `build` makes for a coordinator. Others are redirected to the login, which says
    for whom the page is."""
    if page_request().visitor.role != _ROLE:
        login = f"/auth/login?next={quote(page_request().address, safe='')}"
        return RedirectResponse(login, 302, {"cache-control": NOT_CACHED, "vary": "cookie"})
    return await build(caller(request))


def require_coordinator(request: Request) -> Caller:
    """The coordinator who sends a form. Raises Refusal for others."""
    found = caller(request)
    if found.role != _ROLE:
        raise Refusal(
            "forbidden" if page_request().visitor.logged_in else "unauthenticated",
            "Cette page est celle des coordinateurs : rien n'a été fait.",
            rule="coordinators_only",
        )
    return found


def pilot_page(pilot_id: str) -> str:
    """The address of the page of a pilot."""
    return f"{LAB}/pilotes/{pilot_id}"
