"""The browser is back from its provider: judge what it brings, and begin a session.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowSteps · iss: RFC 9207
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata
from gateway.login.domain.openid import (
    acr_of,
    auth_time_of,
    invalid_provider_response,
    judge_id_token,
    judge_userinfo,
)
from gateway.login.ports import OpenId
from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.domain.session import Session, digest_of, label_of, new_cookie, pseudonym
from gateway.sessions.ports import Attempts, SessionStore
from socle.errors import Refusal

_GAVE_UP: Final = frozenset({"access_denied", "login_required", "interaction_required"})


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that began: the cookie's value, shown to nobody else, and where to go."""

    cookie: str
    next: str


@dataclass(frozen=True, slots=True)
class Login:
    """What finishing a login needs. `key`: of the pseudonyms and the cookies. `life`: of a session,
    whatever happens. `seal`: what only the cookie opens again."""

    openid: OpenId
    attempts: Attempts
    sessions: SessionStore
    key: bytes
    life: timedelta
    seal: Callable[[str, str], str]


async def finish_login(
    answer: Mapping[str, str],
    *,
    provider: Provider,
    browser: str | None,
    former: str | None,
    redirect_uri: str,
    login: Login,
    now: datetime,
) -> OpenedSession:
    """`answer`: the parameters the provider sent back. `former`: the cookie of a session that this
    one replaces: a session never survives a login (fixation).

    Raises Refusal in words for the person.
    """
    attempt = await _attempt(answer, provider, browser, login.attempts)
    metadata = await login.openid.metadata(provider)
    code = _code(answer, provider, metadata)
    id_token, access_token = await login.openid.exchange(
        provider, code=code, verifier=attempt.verifier, redirect_uri=redirect_uri
    )
    proven = await login.openid.claims(provider, id_token)
    judge_id_token(proven, provider, attempt.nonce, now.timestamp())
    told = await login.openid.userinfo(provider, access_token)
    if told:
        judge_userinfo(told, provider, proven["sub"])
    # What is signed for us goes before what is said besides.
    claims = {**told, **proven}
    cookie = new_cookie(secrets.token_urlsafe(32), login.key)
    session = _session(cookie, claims, proven, provider, login, until=now + login.life)
    if former:
        await login.sessions.end(digest_of(former))
    await login.sessions.begin(session, sealed=login.seal(id_token, cookie))
    return OpenedSession(cookie, attempt.next)


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
        if error in _GAVE_UP:
            message = f"La connexion avec « {provider.label} » n'a pas abouti : elle a été annulée."
            raise Refusal("forbidden", message, why=error[:64])
        raise invalid_provider_response(f"error: {error[:64]}")
    if not answer.get("code"):
        raise invalid_provider_response("code")
    return answer["code"]


def _session(
    cookie: str,
    claims: Mapping[str, Any],
    proven: Mapping[str, Any],
    provider: Provider,
    login: Login,
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
        acr=acr_of(proven),
        auth_time=auth_time_of(proven),
    )
