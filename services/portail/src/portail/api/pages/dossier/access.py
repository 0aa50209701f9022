"""The access of a reader to records: their cookie, and what happens without one.

The cookie contains the access token, encrypted: browsers cannot use it, and no process stores it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from portail.api.pages.espaces.page import space_page
from portail.api.texts import texts_of
from portail.flows.records.authorize import begin_authorization, finish_authorization
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import (
    NOT_CACHED,
    ROLE_PAGES,
    SESSION_FIELD,
    Pages,
    check_session,
    error_answer,
    page_request,
)

COOKIE: Final = "__Host-dossier"
_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
_LEAST_SECONDS: Final = 900
"""A page is opened with access for at least this long: its forms can be sent for a while."""
_RENEWED_SECONDS: Final = 300
_MAX_FIELDS: Final = 20
# Forms state their origin only under this policy.
PAGE_HEADERS: Final = {"referrer-policy": "same-origin"}
Build = Callable[[RecordAccess], Awaitable[Response]]


def authorization_router(services: RecordServices, role: str) -> Router:
    """The router of the redirects to the authorization server and back. `role`: of its readers."""
    router, base = Router(include_in_schema=False), ROLE_PAGES[role]

    @router.get(f"{base}/connexion", name=f"authorize-{role}")
    async def begin(suite: str = "") -> Response:
        if page_request().visitor.role != role:
            return _log_in(base)
        return _authorize(services, role, _own_path(suite, base))

    @router.get(f"{base}/retour", name=f"authorized-{role}")
    async def finish(code: str = "", state: str = "", error: str = "") -> Response:
        visitor = page_request().visitor
        if visitor.role != role:
            return _log_in(base)
        if error:
            return _redirect(f"{base}?refus=1", cookie=f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
        access, then = await finish_authorization(
            services, role=role, account=visitor.form_tag, state=state, code=code
        )
        return _redirect(_own_path(then, base), cookie=_cookie(services, access))

    return router


def stored_access(request: Request, services: RecordServices) -> RecordAccess | None:
    """The access in the cookie of a request; None without one of this account, or if it ended."""
    content = services.seal.unseal(request.cookies.get(COOKIE, "")) or {}
    try:
        access = RecordAccess(**content)
    except TypeError:
        return None
    ended = access.until <= services.clock.now().timestamp()
    return None if ended or access.account != page_request().visitor.form_tag else access


def landing_page(
    request: Request, services: RecordServices, pages: Pages, role: str
) -> Response | None:
    """The page of the role for a reader without access: it says what comes, and leads there. None
    for a reader with access, of another role, or on the way to a page behind it."""
    current, base = page_request(), ROLE_PAGES[role]
    refused = current.address == f"{base}?refus=1"
    if current.visitor.role != role or not (current.address == base or refused):
        return None
    if stored_access(request, services) is not None:
        return None
    return space_page(pages, role, connect=True, refused=refused)


async def with_access(
    request: Request, services: RecordServices, role: str, build: Build
) -> Response:
    """The page that `build` makes with the reader's access.

    Readers of other roles are redirected to the login, readers without access to the authorization
    server, which returns here.
    """
    current, base = page_request(), ROLE_PAGES[role]
    if current.visitor.role != role:
        return _log_in(current.address)
    access = stored_access(request, services)
    if access is None or _is_short(access, services.clock.now().timestamp()):
        return _authorize(services, role, _own_path(current.address, base))
    try:
        return await build(access)
    except Refusal as refusal:
        # The token was revoked: at `/auth/applications`, or by the end of the session.
        if refusal.category != "unauthenticated":
            raise
        return _authorize(services, role, _own_path(current.address, base))


def _is_short(access: RecordAccess, now: float) -> bool:
    """Whether the access ends soon and another can last longer: that of a session that ends soon
    cannot, and is not requested again at each page."""
    return access.until < now + _LEAST_SECONDS and access.since < now - _RENEWED_SECONDS


async def with_form(
    request: Request,
    services: RecordServices,
    pages: Pages,
    role: str,
    build: Callable[[RecordAccess, Mapping[str, str]], Awaitable[Response]],
) -> Response:
    """The response that `build` makes of a form. If the access has ended, a page that can send the
    same form again. Raises Refusal as `check_session`."""
    fields = await _read_fields(request)
    check_session(fields.get(SESSION_FIELD, ""), announced=True)
    if page_request().visitor.role != role:
        return _log_in(ROLE_PAGES[role])
    access = stored_access(request, services)
    if access is None:
        return _send_again(pages, role, fields)
    try:
        return await build(access, fields)
    except Refusal as refusal:
        if refusal.category != "unauthenticated":
            raise
        return _send_again(pages, role, fields)


def refusal_reason(refusal: Refusal) -> str:
    """Why a form was refused, for its reader. Raises the refusal if the access has ended:
    `with_form` answers it."""
    if refusal.category == "unauthenticated":
        raise refusal
    return refusal.message or texts_of("dossier")["unavailable"]


def see_other(address: str) -> Response:
    """The redirect after a form."""
    return RedirectResponse(address, 303, {"cache-control": NOT_CACHED})


async def _read_fields(request: Request) -> dict[str, str]:
    """The first value of each field. Raises Refusal for a body that is no form."""
    try:
        body = (await request.body()).decode("utf-8")
        fields = parse_qs(body, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise Refusal("invalid", "Ce formulaire n'a pas pu être lu : recommencez.") from None
    return {name: values[0].replace("\0", "") for name, values in fields.items()}


def _send_again(pages: Pages, role: str, fields: Mapping[str, str]) -> Response:
    texts = texts_of("dossier")
    ended = Refusal("unauthenticated", texts["ended"])
    return error_answer(
        pages,
        of_refusal(ended),
        title=texts["ended_title"],
        sentence=texts["ended"],
        advice=texts["ended_advice"],
        links=[(f"{ROLE_PAGES[role]}/connexion", texts["ended_link"])],
        typed=list(fields.items()),
    )


def _authorize(services: RecordServices, role: str, then: str) -> Response:
    account = page_request().visitor.form_tag
    return _redirect(begin_authorization(services, role=role, account=account, then=then))


def _own_path(path: str, base: str) -> str:
    """The path if it is one of these pages, else the first of them."""
    inside = path == base or path.startswith((f"{base}/", f"{base}?"))
    return path if inside and path.isascii() and path.isprintable() else base


def _cookie(services: RecordServices, access: RecordAccess) -> str:
    content = {
        name: getattr(access, name)
        for name in ("token", "until", "since", "account", "patient", "user", "represents")
    }
    left = max(0, int(access.until - services.clock.now().timestamp()))
    return f"{COOKIE}={services.seal.seal(content)}; Max-Age={left}; {_ATTRIBUTES}"


def _log_in(then: str) -> Response:
    return _redirect(f"/auth/login?next={quote(then, safe='')}", status=302)


def _redirect(address: str, *, cookie: str | None = None, status: int = 303) -> Response:
    headers = {"cache-control": NOT_CACHED, "vary": "cookie"}
    if cookie is not None:
        headers["set-cookie"] = cookie
    return RedirectResponse(address, status, headers)
