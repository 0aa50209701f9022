"""The pages of login and logout."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Response

from gateway.authentication.domain.provider import Provider
from gateway.callers.domain.identity import Identity
from gateway.http.api.pages import PAGES
from gateway.login.flows.finish_login import CANCELLED
from gateway.routes.domain.plan_names import PlanName
from gateway.sessions.domain.session import Session
from socle.errors import Refusal
from socle.pages import ROLE_PAGES, page_request

_PARIS: Final = ZoneInfo("Europe/Paris")
_STATUS: Final = {"unavailable": 503, "forbidden": 403, "unauthenticated": 401}


def choose_provider(providers: Iterable[Provider], next_path: str) -> Response:
    """The page to choose a provider. `next_path`: where to go after the login.

    The page states to somebody who is logged in which account that is. If the page of another role
    redirected here, it also states for which role that page is.
    """
    visitor, path = page_request().visitor, next_path.partition("?")[0]
    accounts = PAGES.texts("compte")
    return PAGES.answer(
        "connexion/page.html",
        providers=tuple(providers),
        query=_next_query(next_path),
        reserved_for=next((role for role, page in ROLE_PAGES.items() if page == path), None),
        account=accounts[f"account_{visitor.role}"] if visitor.logged_in else None,
    )


def login_failed(refusal: Refusal, provider: Provider, next_path: str = "/") -> Response:
    """The page after a failed login. `next_path`: where to go after the next attempt."""
    texts = PAGES.texts("connexion")
    headers = {}
    if (seconds := refusal.details.get("retry_after")) is not None:
        headers["retry-after"] = str(seconds)
    return PAGES.answer(
        "connexion/failed.html",
        status=_STATUS.get(refusal.category, 400),
        headers=headers,
        sentence=texts[f"failed_{_cause(refusal)}"].format(provider=provider.label),
        query=_next_query(next_path),
    )


def account_page(
    session: Session,
    identity: Identity,
    plan: PlanName,
    provider: Provider | None,
    logout_origin: str | None,
) -> Response:
    """The account page.

    `provider`: that of the session; None if the providers file no longer has it.
    `logout_origin`: the origin to which the provider's logout redirects the form, if any.
    """
    return PAGES.answer(
        "compte/page.html",
        forms=_origins(logout_origin),
        session=session,
        provider_name=provider.label if provider else session.provider,
        plan=plan,
        idle_end=f"{datetime.fromtimestamp(identity.until, _PARIS):%H:%M}",
        latest_end=f"{session.until.astimezone(_PARIS):%H:%M}",
    )


def logout_page(logout_origin: str | None) -> Response:
    """The page to log out. `logout_origin`: as in `account_page`."""
    return PAGES.answer("compte/logout.html", forms=_origins(logout_origin))


def logged_out() -> Response:
    """The page after a logout."""
    texts = PAGES.texts("compte")
    return PAGES.answer(
        "message.html",
        title=texts["logged_out"],
        paragraphs=[texts["logged_out_text"]],
        links=[("/", texts["home_link"]), ("/auth/login", texts["log_in_again"])],
    )


def _origins(logout_origin: str | None) -> list[str]:
    """The other origins that the logout form can be redirected to."""
    return [logout_origin] if logout_origin else []


def _next_query(next_path: str) -> str:
    """The query of an address of the login."""
    return "" if next_path == "/" else f"?next={quote(next_path, safe='')}"


def _cause(refusal: Refusal) -> str:
    """Why a login failed, as in the names of its texts.

    The detail `why` is a cause of the gateway's own, or a provider's error code.
    """
    why = refusal.details.get("why")
    if why in ("state", "role", "acr"):
        return str(why)
    if why in CANCELLED:
        return "cancelled"
    if refusal.category == "unavailable":
        return "provider" if "provider" in refusal.details else "here"
    return "answer"
