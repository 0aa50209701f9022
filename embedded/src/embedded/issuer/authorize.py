"""The authorization endpoint, and the login page where an account is chosen.

https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint
https://www.rfc-editor.org/rfc/rfc9207 (`iss` in the answer)
"""

import secrets
from urllib.parse import urlencode

from aiohttp import web

from embedded.issuer.clients import Client
from embedded.issuer.languages import TEXTS, language_of
from embedded.issuer.pages import Reader, error_page, login_page, origin_of
from embedded.issuer.provider import Provider
from embedded.issuer.realms import ACCOUNTS, find_account
from embedded.issuer.state import Grant, Request, Session

_KNOWN_PARAMETERS = {
    "acr_values",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "ui_locales",
}


def cookie_name(provider: Provider) -> str:
    """The name of the cookie of the issuer's own session in a realm."""
    return f"demo-issuer-{provider.realm.name}"


async def authorize(provider: Provider, web_request: web.Request) -> web.Response:
    """The login page, or the redirect to the client: with a code for a person who is already logged
    in, or with an error."""
    query = web_request.query
    client = provider.clients.find(provider.realm.name, query.get("client_id", ""))
    if client is None or query.get("redirect_uri", "") not in client.redirect_uris:
        language = language_of(web_request, query.get("ui_locales", ""))
        return error_page(Reader.of_client(language, client), "invalid_request")
    request = Request(
        realm=provider.realm.name,
        client_id=client.client_id,
        redirect_uri=query["redirect_uri"],
        scope=query.get("scope", ""),
        state=query.get("state", ""),
        nonce=query.get("nonce", ""),
        challenge=query.get("code_challenge", ""),
    )
    if mistake := _find_mistake(provider, web_request, request):
        return _redirect(provider, request, error=mistake[0], error_description=mistake[1])
    session = provider.sessions.find(web_request.cookies.get(cookie_name(provider), ""))
    prompt = _prompt_of(web_request)
    if session is not None and not prompt & {"login", "select_account"}:
        return _redirect_with_code(provider, request, session)
    if "none" in prompt:
        return _redirect(provider, request, error="login_required")
    return _login_page(provider, web_request, client, request)


def _login_page(
    provider: Provider, web_request: web.Request, client: Client, request: Request
) -> web.Response:
    query = web_request.query
    language = language_of(web_request, query.get("ui_locales", ""))
    translated = {**query, "ui_locales": TEXTS[language]["other_language"]}
    return login_page(
        Reader(language, origin_of(request.redirect_uri)),
        provider.realm,
        [account for account in ACCOUNTS if account.realm == provider.realm.name],
        request=provider.requests.store(request),
        client=client,
        other_language="?" + urlencode(translated),
    )


async def log_in(provider: Provider, web_request: web.Request) -> web.Response:
    """The redirect to the client with a code, for the account chosen on the login page."""
    parameters = await web_request.post()
    request = provider.requests.take(str(parameters.get("request", "")))
    account = find_account(provider.realm.name, str(parameters.get("account", "")))
    if request is None or account is None:
        language = language_of(web_request, str(parameters.get("ui_locales", "")))
        client = provider.clients.find(provider.realm.name, str(parameters.get("client_id", "")))
        return error_page(Reader.of_client(language, client), "outdated_page")
    session = Session(secrets.token_urlsafe(16), account, provider.now())
    answer = _redirect_with_code(provider, request, session)
    # The former session of this browser, if any, ends with its cookie.
    answer.set_cookie(
        cookie_name(provider),
        provider.sessions.store(session),
        path=f"/{provider.realm.name}",
        httponly=True,
        samesite="Lax",
    )
    return answer


def _find_mistake(
    provider: Provider, web_request: web.Request, request: Request
) -> tuple[str, str] | None:
    """The error and its description for an invalid request; None for a valid one. Descriptions are
    ASCII (RFC 6749 §4.1.2.1)."""
    query, realm = web_request.query, provider.realm
    invalid = "invalid_request"
    if not realm.has_login:
        return "unauthorized_client", "personne ne se connecte ici"
    if query.get("response_type") != "code":
        return "unsupported_response_type", "response_type"
    if realm.strict and (unknown := set(query) - _KNOWN_PARAMETERS):
        return invalid, f"parametres inconnus : {', '.join(sorted(unknown))}"
    if len(set(query)) != len(query):
        return invalid, "parametre en double"
    if len(prompt := _prompt_of(web_request)) > 1 and "none" in prompt:
        return invalid, "prompt : none ne va avec aucune autre valeur"
    if "openid" not in request.scope.split():
        return "invalid_scope", "openid"
    if len(request.state) < realm.min_length or len(request.nonce) < realm.min_length:
        return invalid, f"state et nonce : {realm.min_length} caracteres au moins"
    if query.get("code_challenge_method") != "S256" or len(request.challenge) != 43:
        return invalid, "PKCE S256"
    return None


def _prompt_of(web_request: web.Request) -> frozenset[str]:
    """The values of `prompt`, a list separated by spaces (OpenID Connect Core §3.1.2.1)."""
    return frozenset(web_request.query.get("prompt", "").split())


def _redirect_with_code(provider: Provider, request: Request, session: Session) -> web.Response:
    session.clients.add(request.client_id)
    return _redirect(provider, request, code=provider.codes.store(Grant(request, session)))


def _redirect(provider: Provider, request: Request, **parameters: str) -> web.Response:
    parameters |= {"iss": provider.issuer}
    if request.state:
        parameters["state"] = request.state
    separator = "&" if "?" in request.redirect_uri else "?"
    headers = {"location": request.redirect_uri + separator + urlencode(parameters)}
    return web.Response(status=303, headers=headers | {"cache-control": "no-store"})
