"""The addresses of login under `/auth/`: provider choice, callback, logout, account.

A login starts and ends by GET, since the browser comes back from another site: the state, bound to
the browser's login cookie, ties the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.authentication.domain.provider import Provider
from gateway.http.api.forms import read_query
from gateway.http.domain.cookies import read_cookie
from gateway.http.domain.local_paths import safe_next
from gateway.login.api import login_pages
from gateway.login.api.me import me_router
from gateway.login.flows.begin_login import begin_login
from gateway.login.flows.finish_login import LoginDependencies, finish_login
from gateway.login.flows.log_out import log_out
from gateway.login.flows.provider_logout import backchannel_logout, frontchannel_logout
from gateway.routes.api import current_context
from gateway.sessions.domain.session import COOKIE, Session, digest_of
from socle.errors import Refusal
from socle.http import Router
from socle.http.cookies import drop_cookie, set_cookie
from socle.pages import page_request

_LOGIN_COOKIE: Final = "__Host-login"
_LOGIN_COOKIE_SECONDS: Final = 600
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_STORE: Final = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class LoginConfig:
    """What the endpoints of this module need."""

    providers: Mapping[str, Provider]
    """By id, in the order of the providers file."""
    login: LoginDependencies
    unseal: Callable[[str, str], str | None]
    """Decrypts a sealed ID token with the session cookie; None if it cannot."""
    public: str
    """The platform's origin, without a final slash."""

    def provider(self, name: str) -> Provider:
        """The provider of that id. Raises Refusal("not_found") if it is not one for login."""
        found = self.providers.get(name)
        if found is None or not found.supports_login:
            raise Refusal("not_found", "Ce moyen de connexion n'existe pas ici.")
        return found

    def callback(self, provider: Provider) -> str:
        """The redirect URI registered at that provider."""
        return f"{self.public}/auth/callback/{provider.id}"


def login_router(config: LoginConfig) -> Router:
    """The router of the endpoints; the access rules of the route table are checked before it."""
    pages = Router(include_in_schema=False)
    _add_login(pages, config)
    _add_callback(pages, config)
    _add_logout(pages, config)
    _add_provider_logout(pages, config)
    _add_account(pages, config)
    router = Router()
    router.include(pages)
    router.include(me_router())
    return router


def _add_login(router: Router, config: LoginConfig) -> None:
    @router.get("/auth/login")
    async def choose(request: Request) -> Response:
        if (address := _canonical_address(request, config.public)) is not None:
            return RedirectResponse(address, 303, _NO_STORE)
        offered = [each for each in config.providers.values() if each.supports_login]
        return login_pages.choose_provider(offered, safe_next(request.query_params.get("next")))

    @router.get("/auth/login/{name}")
    async def begin(name: str, request: Request) -> Response:
        if (address := _canonical_address(request, config.public)) is not None:
            return RedirectResponse(address, 303, _NO_STORE)
        provider, next_path = config.provider(name), request.query_params.get("next")
        browser = _cookie(request, _LOGIN_COOKIE)
        try:
            started = await begin_login(
                provider,
                next_path=next_path,
                browser=browser,
                redirect_uri=config.callback(provider),
                language=page_request().language,
                openid=config.login.openid,
                attempts=config.login.attempts,
            )
        except Refusal as refusal:
            return login_pages.login_failed(refusal, provider, safe_next(next_path))
        answer = RedirectResponse(started.url, 303, _NO_STORE)
        set_cookie(answer, _LOGIN_COOKIE, started.browser, seconds=_LOGIN_COOKIE_SECONDS)
        return answer


def _add_callback(router: Router, config: LoginConfig) -> None:
    @router.get("/auth/callback/{name}")
    async def finish(name: str, request: Request) -> Response:
        provider = config.provider(name)
        former_cookie = _cookie(request, COOKIE)
        try:
            opened = await finish_login(
                request.query_params,
                provider=provider,
                browser=_cookie(request, _LOGIN_COOKIE),
                former_cookie=former_cookie,
                redirect_uri=config.callback(provider),
                login=config.login,
                now=datetime.now(UTC),
            )
        except Refusal as refusal:
            return login_pages.login_failed(refusal, provider)
        answer = RedirectResponse(config.public + opened.next, 303, _NO_STORE)
        set_cookie(answer, COOKIE, opened.cookie)
        return answer


def _add_logout(router: Router, config: LoginConfig) -> None:
    @router.post("/auth/logout")
    async def log_out_session(request: Request) -> Response:
        cookie = _cookie(request, COOKIE)
        destination = f"{config.public}/auth/logout"
        if cookie:
            provider_logout = await log_out(
                cookie,
                providers=config.providers,
                openid=config.login.openid,
                sessions=config.login.sessions,
                unseal=config.unseal,
                back=destination,
            )
            destination = provider_logout or destination
        answer = RedirectResponse(destination, 303, _NO_STORE)
        drop_cookie(answer, COOKIE)
        return answer

    @router.get("/auth/logout")
    async def confirm_logout(request: Request) -> Response:
        if current_context(request).identity.means != "session":
            return login_pages.logged_out()
        session = await _session(request, config)
        return login_pages.logout_page(await _logout_origin(config, session))


def _add_provider_logout(router: Router, config: LoginConfig) -> None:
    @router.post("/auth/backchannel-logout/{name}")
    async def receive_backchannel_logout(name: str, request: Request) -> Response:
        provider = config.provider(name)
        parameters = parse_qs((await request.body()).decode("ascii", "replace"))
        if len(parameters.get("logout_token", ())) != 1:
            raise Refusal("invalid", "logout_token est attendu, une fois.")
        try:
            await backchannel_logout(
                parameters["logout_token"][0],
                provider=provider,
                openid=config.login.openid,
                sessions=config.login.sessions,
                key=config.login.key,
                now=datetime.now(UTC).timestamp(),
            )
        except Refusal as refusal:
            if refusal.category == "unavailable":
                raise
            # Back-Channel Logout 1.0 §2.8: 400 for any invalid token.
            raise Refusal("invalid", refusal.message, **refusal.details) from None
        return Response(status_code=200, headers=_NO_STORE)

    @router.get("/auth/frontchannel-logout/{name}")
    async def receive_frontchannel_logout(name: str, request: Request) -> Response:
        provider, parameters = config.provider(name), read_query(request)
        await frontchannel_logout(
            parameters.get("iss", ""),
            parameters.get("sid", ""),
            provider=provider,
            sessions=config.login.sessions,
        )
        return login_pages.logged_out()


def _add_account(router: Router, config: LoginConfig) -> None:
    @router.get("/auth/compte")
    async def account(request: Request) -> Response:
        context, session = current_context(request), await _session(request, config)
        if session is None:
            return RedirectResponse("/auth/login?next=/auth/compte", 303, _NO_STORE)
        return login_pages.account_page(
            session,
            context.identity,
            context.plan,
            config.providers.get(session.provider),
            await _logout_origin(config, session),
        )


async def _session(request: Request, config: LoginConfig) -> Session | None:
    """The open session of the caller, if it is one of a browser. Raises Refusal("unavailable")."""
    cookie = _cookie(request, COOKIE)
    if cookie is None or current_context(request).identity.means != "session":
        return None
    found = await config.login.sessions.get(digest_of(cookie))
    return found[0] if found else None


async def _logout_origin(config: LoginConfig, session: Session | None) -> str | None:
    """The origin of the provider's logout, for the page's content security policy."""
    provider = config.providers.get(session.provider) if session else None
    if provider is None:
        return None
    try:
        destination = urlsplit((await config.login.openid.metadata(provider)).end_session)
    except Refusal:
        return None
    return f"{destination.scheme}://{destination.netloc}" if destination.netloc else None


def _canonical_address(request: Request, public: str) -> str | None:
    """Where to redirect a caller that used another loopback name than the platform's address, such
    as `localhost` for `127.0.0.1`: its cookies would be missing at the callback. None for all other
    callers."""
    context, own = current_context(request), urlsplit(public)
    try:
        requested = urlsplit(f"//{context.headers.get(b'host', b'').decode('latin-1')}")
    except ValueError:
        return None
    if own.netloc == requested.netloc or not {own.hostname, requested.hostname} <= _LOOPBACK_NAMES:
        return None
    return public + context.target


def _cookie(request: Request, name: str) -> str | None:
    return read_cookie(current_context(request).headers.get(b"cookie"), name)
