"""RP-initiated logout, with back-channel notification of every client of the session.

https://openid.net/specs/openid-connect-rpinitiated-1_0.html
https://openid.net/specs/openid-connect-backchannel-1_0.html
https://openid.net/specs/openid-connect-frontchannel-1_0.html
"""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from joserfc.errors import JoseError

from embedded.issuer.authorize import cookie_name
from embedded.issuer.clients import Client
from embedded.issuer.languages import language_of
from embedded.issuer.pages import Reader, logged_out_page
from embedded.issuer.provider import Provider
from embedded.issuer.state import Session

_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def log_out(provider: Provider, web_request: web.Request) -> web.Response:
    """End the browser's session and redirect to the client's registered URI, or without one answer
    with the logged-out page."""
    parameters = {**web_request.query, **{k: str(v) for k, v in (await web_request.post()).items()}}
    cookie = web_request.cookies.get(cookie_name(provider), "")
    session = provider.sessions.take(cookie)
    client = _client_of(provider, parameters)
    session_clients: list[Client] = []
    if session is not None:
        found = [provider.clients.find(provider.realm.name, each) for each in session.clients]
        session_clients = [each for each in found if each is not None]
        await _notify(provider, session, session_clients)
    return_uri = parameters.get("post_logout_redirect_uri", "")
    if client is not None and return_uri in client.post_logout_redirect_uris:
        query = "?" + urlencode({"state": parameters["state"]}) if "state" in parameters else ""
        answer = web.Response(status=303, headers={"location": return_uri + query})
    else:
        language = language_of(web_request, parameters.get("ui_locales", ""))
        reader = Reader.of_client(language, client or next(iter(session_clients), None))
        frames = _frames(provider, session, session_clients)
        answer = logged_out_page(reader, provider.realm, frames)
    answer.del_cookie(cookie_name(provider), path=f"/{provider.realm.name}")
    return answer


def _client_of(provider: Provider, parameters: Mapping[str, str]) -> Client | None:
    """The requesting client, from its ID token (of any age), or without one from `client_id`; None
    if it is unknown or the token is not one of this realm."""
    client_id: Any = parameters.get("client_id", "")
    if hint := parameters.get("id_token_hint"):
        try:
            client_id = provider.signer.read(hint)["aud"]
        except (JoseError, ValueError, KeyError):
            return None
    return provider.clients.find(provider.realm.name, client_id)


def _frames(provider: Provider, session: Session | None, clients: list[Client]) -> list[str]:
    if session is None:
        return []
    query = urlencode({"iss": provider.issuer, "sid": session.sid})
    uris = [each.frontchannel_logout_uri for each in clients if each.frontchannel_logout_uri]
    return [f"{uri}?{query}" for uri in uris]


async def _notify(provider: Provider, session: Session, clients: list[Client]) -> None:
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
        for client in clients:
            if not client.backchannel_logout_uri:
                continue
            token = provider.logout_token(client, session)
            try:
                async with http.post(
                    client.backchannel_logout_uri, data={"logout_token": token}
                ) as answer:
                    status = str(answer.status)
            except (aiohttp.ClientError, TimeoutError) as error:
                status = repr(error)
            print(f"logout sent to {client.client_id}: {status}", file=sys.stderr)  # noqa: T201
