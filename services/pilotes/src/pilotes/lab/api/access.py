"""Who opens the lab's pages: coordinators, and the members of teams their own."""

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
        return _to_login()
    return await build(caller(request))


async def for_account(request: Request, build: Callable[[Caller], Awaitable[Response]]) -> Response:
    """The page that `build` makes for a person who is logged in. Others are redirected to the
    login."""
    if not page_request().visitor.logged_in:
        return _to_login()
    return await build(caller(request))


def _to_login() -> Response:
    login = f"/auth/login?next={quote(page_request().address, safe='')}"
    return RedirectResponse(login, 302, {"cache-control": NOT_CACHED, "vary": "cookie"})


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


def require_account(request: Request) -> Caller:
    """The person who sends a form. Raises Refusal without an account."""
    if not page_request().visitor.logged_in:
        raise Refusal(
            "unauthenticated",
            "Votre connexion a pris fin : connectez-vous, puis recommencez.",
            rule="session_ended",
        )
    return caller(request)


def pilot_page(pilot_id: str) -> str:
    """The address of the page of a pilot."""
    return f"{LAB}/pilotes/{pilot_id}"
