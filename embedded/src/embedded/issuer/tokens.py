"""The token endpoint and userinfo.

https://www.rfc-editor.org/rfc/rfc6749#section-5 · https://www.rfc-editor.org/rfc/rfc7636
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web
from joserfc.errors import JoseError

from embedded.issuer.clients import ASSERTION, Client
from embedded.issuer.provider import Provider
from embedded.issuer.realms import ACCOUNTS, find_account
from embedded.issuer.state import Grant

_NO_STORE = {"cache-control": "no-store"}


class Refused(Exception):
    """An error of RFC 6749 §5.2. `why`: its description, in ASCII as the standard wants."""

    def __init__(self, error: str, why: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.answer = {"error": error, "error_description": why}
        self.status = status


async def token(provider: Provider, web_request: web.Request) -> web.Response:
    """The token endpoint: exchange a grant for tokens."""
    form = {name: str(value) for name, value in (await web_request.post()).items()}
    try:
        client = _authenticate(provider, web_request, form)
        match form.get("grant_type"):
            case "authorization_code":
                answer = _exchange_code(provider, client, form)
            case "refresh_token":
                answer = _exchange_refresh_token(provider, client, form)
            case "client_credentials":
                answer = _client_credentials(provider, client, form)
            case _:
                raise Refused("unsupported_grant_type")
    except Refused as refused:
        return web.json_response(refused.answer, status=refused.status, headers=_NO_STORE)
    return web.json_response(answer, headers=_NO_STORE)


def _authenticate(provider: Provider, web_request: web.Request, form: Mapping[str, str]) -> Client:
    if form.get("client_assertion_type") == ASSERTION:
        return _authenticate_by_assertion(provider, form)
    scheme, _, credentials = web_request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(credentials, validate=True).decode()
        except ValueError:
            raise Refused("invalid_client", status=401) from None
        client_id, _, secret = (unquote_plus(part) for part in pair.partition(":"))
        client = provider.clients.find(provider.realm.name, client_id)
        if client is not None and client.has_secret(secret):
            return client
    raise Refused("invalid_client", status=401)


def _authenticate_by_assertion(provider: Provider, form: Mapping[str, str]) -> Client:
    audiences = (provider.issuer, f"{provider.issuer}/token")
    for client in provider.clients.list(provider.realm.name):
        if not client.jwks:
            continue
        jti = client.verify_assertion(form.get("client_assertion", ""), audiences, provider.now())
        if jti is not None and jti not in provider.assertions:
            provider.assertions.add(jti)
            return client
    raise Refused("invalid_client", status=401)


def _exchange_code(provider: Provider, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    grant = provider.codes.take(form.get("code", ""))
    if grant is None or grant.request.client_id != client.client_id:
        raise Refused("invalid_grant", "code inconnu, perime ou deja utilise")
    if grant.request.redirect_uri != form.get("redirect_uri"):
        raise Refused("invalid_grant", "redirect_uri")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(challenge, grant.request.challenge):
        raise Refused("invalid_grant", "code_verifier")
    return _tokens(provider, client, grant)


def _exchange_refresh_token(
    provider: Provider, client: Client, form: Mapping[str, str]
) -> dict[str, Any]:
    """Each refresh token is used once. One that is used again counts as stolen: all of its grant
    are deleted."""
    presented = form.get("refresh_token", "")
    grant = provider.refresh_tokens.find(presented)
    if grant is None or grant.request.client_id != client.client_id:
        raise Refused("invalid_grant", "jeton inconnu ou perime")
    if presented != grant.refreshed[-1]:
        for each in grant.refreshed:
            provider.refresh_tokens.delete(each)
        raise Refused("invalid_grant", "jeton deja utilise")
    return _tokens(provider, client, grant)


def _tokens(provider: Provider, client: Client, grant: Grant) -> dict[str, Any]:
    access, lifetime = provider.access_token(client, grant.request.scope, grant.session.account, {})
    refresh = provider.refresh_tokens.store(grant)
    grant.refreshed.append(refresh)
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": grant.request.scope,
        "refresh_token": refresh,
        "id_token": provider.id_token(grant),
    }


def _client_credentials(
    provider: Provider, client: Client, form: Mapping[str, str]
) -> dict[str, Any]:
    """A program's own token; for a client that impersonates, the token of any account."""
    scope, account, extra_claims = form.get("scope", ""), None, dict[str, Any]()
    if client.impersonates:
        account = find_account(provider.realm.name, form.get("account", ""))
        if account is None and form.get("account"):
            raise Refused("invalid_request", "compte inconnu")
        if patient := form.get("patient"):
            extra_claims["patient"] = patient
    access, lifetime = provider.access_token(client, scope, account, extra_claims)
    return {"access_token": access, "token_type": "Bearer", "expires_in": lifetime, "scope": scope}


async def userinfo(provider: Provider, web_request: web.Request) -> web.Response:
    """The userinfo endpoint (OpenID Connect Core §5.3)."""
    scheme, _, presented = web_request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise ValueError("no bearer")
        claims = provider.signer.read(presented)
        is_valid = claims["exp"] > provider.now() and claims["iss"] == provider.issuer
        account = next(a for a in ACCOUNTS if a.subject == claims["sub"])
        client = provider.clients.find(provider.realm.name, claims["client_id"])
        if not is_valid or client is None:
            raise ValueError("expired")
    except (JoseError, ValueError, KeyError, StopIteration):
        headers = {"www-authenticate": 'Bearer error="invalid_token"'}
        return web.json_response({"error": "invalid_token"}, status=401, headers=headers)
    claims = provider.claims_of(account)
    if not (client.userinfo_signed_response_alg or client.userinfo_encrypted_response_alg):
        return web.json_response(claims, headers=_NO_STORE)
    return web.Response(
        text=provider.userinfo_token(client, claims),
        content_type="application/jwt",
        headers=_NO_STORE,
    )
