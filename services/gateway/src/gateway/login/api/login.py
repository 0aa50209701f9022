"""`/auth/…` of people and their providers: choosing one, coming back from it, leaving.

A login is begun by GET and finished by GET, since the browser comes from another site: the state,
bound to the browser's own cookie, is what holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from gateway.authentication.domain.provider import Provider
from gateway.http.api.forms import read_query
from gateway.http.domain.cookies import read_cookie
from gateway.login.api import login_pages
from gateway.login.flows.begin_login import begin_login
from gateway.login.flows.finish_login import Login, finish_login
from gateway.login.flows.log_out import log_out
from gateway.login.flows.provider_logout import backchannel_logout, frontchannel_logout
from gateway.routes.api import current_context
from gateway.sessions.domain.session import COOKIE, digest_of, safe_next
from socle.errors import Refusal
from socle.http.cookies import drop_cookie, set_cookie
from socle.http.pages import page

_BROWSER: Final = "__Host-login"
_BROWSER_SECONDS: Final = 600
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_STORE: Final = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class LoginConfig:
    """What these addresses need. `public`: our own origin."""

    providers: Mapping[str, Provider]
    login: Login
    unseal: Callable[[str, str], str | None]
    public: str

    def provider(self, name: str) -> Provider:
        """Raises Refusal("not_found")."""
        found = self.providers.get(name)
        if found is None or not found.supports_login:
            raise Refusal("not_found", "Ce moyen de connexion n'existe pas ici.")
        return found

    def callback(self, provider: Provider) -> str:
        """The address that is registered at that provider."""
        return f"{self.public}/auth/callback/{provider.id}"


def login_router(door: LoginConfig) -> APIRouter:
    """The addresses, each judged by its route's rule before it comes here."""
    router = APIRouter(include_in_schema=False)
    _add_login(router, door)
    _add_callback(router, door)
    _add_logout(router, door)
    _add_heard(router, door)
    _add_account(router, door)
    return router


def _add_login(router: APIRouter, door: LoginConfig) -> None:
    @router.get("/auth/login")
    async def choose(request: Request) -> Response:
        if (there := _same_machine(request, door.public)) is not None:
            return RedirectResponse(there, 303, _NO_STORE)
        able = [each for each in door.providers.values() if each.supports_login]
        return login_pages.choice(able, safe_next(request.query_params.get("next")))

    @router.get("/auth/login/{name}")
    async def begin(name: str, request: Request) -> Response:
        if (there := _same_machine(request, door.public)) is not None:
            return RedirectResponse(there, 303, _NO_STORE)
        provider, asked = door.provider(name), request.query_params.get("next")
        browser = _cookie(request, _BROWSER)
        try:
            begun = await begin_login(
                provider,
                next_path=asked,
                browser=browser,
                redirect_uri=door.callback(provider),
                openid=door.login.openid,
                attempts=door.login.attempts,
            )
        except Refusal as refusal:
            return login_pages.failed(refusal, safe_next(asked))
        answer = RedirectResponse(begun.url, 303, _NO_STORE)
        set_cookie(answer, _BROWSER, begun.browser, seconds=_BROWSER_SECONDS)
        return answer


def _add_callback(router: APIRouter, door: LoginConfig) -> None:
    @router.get("/auth/callback/{name}")
    async def finish(name: str, request: Request) -> Response:
        provider = door.provider(name)
        former = _cookie(request, COOKIE)
        try:
            opened = await finish_login(
                request.query_params,
                provider=provider,
                browser=_cookie(request, _BROWSER),
                former=former,
                redirect_uri=door.callback(provider),
                login=door.login,
                now=datetime.now(UTC),
            )
        except Refusal as refusal:
            return login_pages.failed(refusal)
        answer = RedirectResponse(door.public + opened.next, 303, _NO_STORE)
        set_cookie(answer, COOKIE, opened.cookie)
        return answer


def _add_logout(router: APIRouter, door: LoginConfig) -> None:
    @router.post("/auth/logout")
    async def leave(request: Request) -> Response:
        cookie = _cookie(request, COOKIE)
        place = f"{door.public}/auth/logout"
        if cookie:
            elsewhere = await log_out(
                cookie,
                providers=door.providers,
                openid=door.login.openid,
                sessions=door.login.sessions,
                unseal=door.unseal,
                back=place,
            )
            place = elsewhere or place
        answer = RedirectResponse(place, 303, _NO_STORE)
        drop_cookie(answer, COOKIE)
        return answer

    @router.get("/auth/logout")
    async def left(request: Request) -> Response:
        if current_context(request).identity.means == "session":
            return RedirectResponse("/auth/compte", 303, _NO_STORE)
        return login_pages.left()


def _add_heard(router: APIRouter, door: LoginConfig) -> None:
    @router.post("/auth/backchannel-logout/{name}")
    async def heard(name: str, request: Request) -> Response:
        provider = door.provider(name)
        said = parse_qs((await request.body()).decode("ascii", "replace"))
        if len(said.get("logout_token", ())) != 1:
            raise Refusal("invalid", "logout_token est attendu, une fois.")
        try:
            await backchannel_logout(
                said["logout_token"][0],
                provider=provider,
                openid=door.login.openid,
                sessions=door.login.sessions,
                key=door.login.key,
                now=datetime.now(UTC).timestamp(),
            )
        except Refusal as refusal:
            if refusal.category == "unavailable":
                raise
            # Back-Channel Logout 1.0 §2.8: 400 whatever is wrong with the token.
            raise Refusal("invalid", refusal.message, **refusal.details) from None
        return Response(status_code=200, headers=_NO_STORE)

    @router.get("/auth/frontchannel-logout/{name}")
    async def heard_in_browser(name: str, request: Request) -> Response:
        provider, said = door.provider(name), read_query(request)
        await frontchannel_logout(
            said.get("iss", ""),
            said.get("sid", ""),
            provider=provider,
            sessions=door.login.sessions,
        )
        return page("Déconnexion", "<p>Vous êtes déconnecté de Région Lab.</p>")


def _add_account(router: APIRouter, door: LoginConfig) -> None:
    @router.get("/auth/me")
    async def me(request: Request) -> Response:
        context = current_context(request)
        identity, label = context.identity, None
        if identity.means == "session":
            found = await door.login.sessions.get(digest_of(_cookie(request, COOKIE) or ""))
            label = found[0].label if found else None
        ends = None if identity.means == "none" else datetime.fromtimestamp(identity.until, UTC)
        told = {
            "role": identity.role,
            "label": label,
            "plan": context.plan,
            "organisation": identity.organisation,
            "patient": identity.patient,
            "scopes": sorted(identity.scopes),
            "expires": ends.isoformat(timespec="seconds") if ends else None,
        }
        return JSONResponse(told, headers=_NO_STORE | {"vary": "cookie, authorization"})

    @router.get("/auth/compte")
    async def account(request: Request) -> Response:
        context = current_context(request)
        cookie = _cookie(request, COOKIE)
        found = await door.login.sessions.get(digest_of(cookie)) if cookie else None
        if context.identity.means != "session" or found is None:
            return RedirectResponse("/auth/login?next=/auth/compte", 303, _NO_STORE)
        session = found[0]
        provider = door.providers.get(session.provider)
        leaving = await _leaving(door, provider)
        return login_pages.account(session, context.identity, context.plan, provider, leaving)


async def _leaving(door: LoginConfig, provider: Provider | None) -> str | None:
    """The origin at which that provider ends its session, for the page's policy."""
    if provider is None:
        return None
    try:
        place = urlsplit((await door.login.openid.metadata(provider)).end_session)
    except Refusal:
        return None
    return f"{place.scheme}://{place.netloc}" if place.netloc else None


def _same_machine(request: Request, public: str) -> str | None:
    """Where to go instead, for who came by another name of this very machine: its cookies would
    not be there on the way back. A name that a proxy made up is left alone."""
    context, own = current_context(request), urlsplit(public)
    try:
        came = urlsplit(f"//{context.headers.get(b'host', b'').decode('latin-1')}")
    except ValueError:
        return None
    if own.netloc == came.netloc or not {own.hostname, came.hostname} <= _THIS_MACHINE:
        return None
    return public + context.target


def _cookie(request: Request, name: str) -> str | None:
    return read_cookie(current_context(request).headers.get(b"cookie"), name)
