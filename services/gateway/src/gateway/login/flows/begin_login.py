"""The start of a login: store the attempt, and redirect the browser to the provider."""

import secrets
from dataclasses import dataclass

from gateway.authentication.domain.provider import Provider
from gateway.http.domain.local_paths import safe_next
from gateway.login.domain.openid import authorization_url
from gateway.login.ports import OpenId
from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.ports import Attempts


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """A login that was started."""

    url: str
    """The authorization request, to which the browser is redirected."""
    browser: str
    """The value of the login cookie, which binds the callback to this browser."""


async def begin_login(
    provider: Provider,
    *,
    next_path: str | None,
    browser: str | None,
    redirect_uri: str,
    language: str,
    openid: OpenId,
    attempts: Attempts,
) -> StartedLogin:
    """Store a new login attempt and make its authorization request.

    `next_path`: where to go after the login.
    `browser`: the value of the browser's login cookie, if it has one (a login in another tab).
    `redirect_uri`: the callback registered at the provider.
    `language`: of the person, for the pages of the provider.

    Raises Refusal("unavailable") if the provider or the database is unreachable.
    """
    metadata = await openid.metadata(provider)
    attempt = Attempt(
        provider=provider.id,
        state=secrets.token_urlsafe(32),  # 43 characters; the strictest provider requires 32
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        next=safe_next(next_path),
    )
    browser = browser or secrets.token_urlsafe(32)
    await attempts.store(attempt, browser=browser)
    url = authorization_url(metadata, provider, attempt, redirect_uri, language=language)
    return StartedLogin(url, browser)
