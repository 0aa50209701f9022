"""The callback of a login: check the provider's response and start a session.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowSteps · iss: RFC 9207
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata
from gateway.callers.domain.identity import Role
from gateway.login.domain.openid import (
    acr_of,
    auth_time_of,
    check_id_token,
    check_userinfo,
    invalid_provider_response,
)
from gateway.login.ports import OpenId
from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.domain.session import Session, digest_of, label_of, new_cookie, pseudonym
from gateway.sessions.ports import Attempts, SessionStore
from socle.errors import Refusal

CANCELLED: Final = frozenset({"access_denied", "login_required", "interaction_required"})
"""Errors of a provider that mean: the person did not log in."""
_HOMES: Final[Mapping[Role, str]] = {"coordinator": "/lab", "professional": "/pro"}
"""Where a login without a destination of its own ends, by role; others end at `/`."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session."""

    cookie: str
    """The value of its cookie."""
    next: str
    """The path to which the browser is redirected."""


@dataclass(frozen=True, slots=True)
class LoginDependencies:
    """The dependencies of a login."""

    openid: OpenId
    attempts: Attempts
    sessions: SessionStore
    key: bytes
    """Key of pseudonyms and cookie MACs."""
    life: timedelta
    """Longest duration of a session."""
    seal: Callable[[str, str], str]
    """Encrypts a text (the first argument) with a cookie."""


async def finish_login(
    answer: Mapping[str, str],
    *,
    provider: Provider,
    browser: str | None,
    former_cookie: str | None,
    redirect_uri: str,
    login: LoginDependencies,
    now: datetime,
) -> OpenedSession:
    """Check the response of the provider and start a session.

    `answer`: the parameters of the callback.
    `browser`: the value of the login cookie.
    `former_cookie`: that of the previous session, which a successful login ends (session fixation).
    `redirect_uri`: the one of the authorization request.

    Raises Refusal with a message for the person: `invalid` for an unknown or expired attempt,
    `forbidden` if the login was cancelled, too weak or without a role, `unauthenticated` for an
    invalid response, `unavailable` if the provider is unreachable.
    """
    attempt = await _attempt(answer, provider, browser, login.attempts)
    metadata = await login.openid.metadata(provider)
    code = _code(answer, provider, metadata)
    id_token, access_token = await login.openid.exchange(
        provider, code=code, verifier=attempt.verifier, redirect_uri=redirect_uri
    )
    id_claims = await login.openid.claims(provider, id_token)
    check_id_token(id_claims, provider, attempt.nonce, now.timestamp())
    userinfo = await login.openid.userinfo(provider, access_token)
    if userinfo:
        check_userinfo(userinfo, provider, id_claims["sub"])
    # Signed claims take precedence over userinfo.
    claims = {**userinfo, **id_claims}
    cookie = new_cookie(secrets.token_urlsafe(32), login.key)
    session = _session(cookie, claims, id_claims, provider, login, until=now + login.life)
    if former_cookie:
        await login.sessions.end(digest_of(former_cookie))
    await login.sessions.begin(session, sealed=login.seal(id_token, cookie))
    return OpenedSession(cookie, _destination(attempt, session.role))


def _destination(attempt: Attempt, role: Role) -> str:
    """Where the person goes. `/` counts as no destination: the home page sends it too."""
    return _HOMES.get(role, "/") if attempt.next == "/" else attempt.next


async def _attempt(
    answer: Mapping[str, str], provider: Provider, browser: str | None, attempts: Attempts
) -> Attempt:
    state = answer.get("state", "")
    found = None
    if state and browser:
        found = await attempts.take(state, browser=browser, provider=provider.id)
    if found is None:
        raise Refusal(
            "invalid",
            "Cette connexion n'est plus valable : elle a trop attendu, a déjà servi, ou a "
            "commencé dans un autre navigateur. Recommencez.",
            why="state",
        )
    return found


def _code(answer: Mapping[str, str], provider: Provider, metadata: Metadata) -> str:
    issuer = answer.get("iss")
    if issuer != provider.issuer and (issuer is not None or metadata.returns_issuer):
        raise invalid_provider_response("iss")
    if error := answer.get("error"):
        if error in CANCELLED:
            message = f"La connexion avec « {provider.label} » n'a pas abouti : elle a été annulée."
            raise Refusal("forbidden", message, why=error[:64])
        raise invalid_provider_response(f"error: {error[:64]}")
    if not answer.get("code"):
        raise invalid_provider_response("code")
    return answer["code"]


def _session(
    cookie: str,
    claims: Mapping[str, Any],
    id_claims: Mapping[str, Any],
    provider: Provider,
    login: LoginDependencies,
    *,
    until: datetime,
) -> Session:
    role = provider.roles.role_of(claims)
    if role is None:
        raise Refusal(
            "forbidden",
            f"Votre compte « {provider.label} » n'a aucun rôle sur cette plateforme. Demandez-le à "
            "votre administrateur, ou choisissez un autre compte.",
            why="role",
        )
    sid = claims.get("sid")
    return Session(
        digest=digest_of(cookie),
        provider=provider.id,
        subject=pseudonym(login.key, provider.issuer, claims["sub"]),
        sid=sid if isinstance(sid, str) else None,
        role=role,
        label=label_of(claims, provider)[:200],
        organisation=provider.organisation(claims),
        patient=provider.patient(claims),
        until=until,
        practitioner=provider.practitioner(claims),
        professions=provider.professions(claims),
        # Of the ID token only: userinfo does not describe this login.
        acr=acr_of(id_claims),
        auth_time=auth_time_of(id_claims),
    )
