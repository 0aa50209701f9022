"""An application asks for access: answered at once, or a question to the person.

Whatever is wrong with the client or the address to go back to is told to the person and to nobody
else; the rest is told to the application, there. RFC 6749 §4.1.2.1, RFC 9207
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import (
    Offer,
    offer,
    opens_anything,
    parse_authorization_request,
)
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import (
    CODE_LIFE,
    DECISION_LIFE,
    LONGEST_TOKEN,
    OFFLINE_LIFE,
    ONLINE_LIFE,
    AuthorizationRequest,
    Code,
    Grant,
)
from gateway.oauth.domain.redirect_uris import answered
from gateway.oauth.domain.scopes import OFFLINE, ONLINE, Scopes
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer, new_secret
from gateway.oauth.flows.launch_context import at_hand
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class RedirectToClient:
    """The answer is carried to the application by the browser."""

    uri: str


@dataclass(frozen=True, slots=True)
class LoginRequired:
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What the person must decide. `ticket` proves that the page was shown to that person;
    `ticked`, `mistake`: what was answered, and what is wrong with it."""

    ticket: str
    client: Client
    redirect_uri: str
    offer: Offer
    ticked: frozenset[str] = frozenset()
    mistake: str | None = None


async def authorize(
    parameters: Mapping[str, str], identity: Identity, *, authority: AuthorizationServer
) -> RedirectToClient | LoginRequired | ConsentRequest:
    """Raises Refusal where the request comes from no registered application."""
    client = _client(parameters, authority)
    redirect_uri = parameters["redirect_uri"]
    try:
        asked = parse_authorization_request(parameters, client, fhir=authority.fhir)
        if identity.means != "session":
            if asked.prompt == "none":
                raise Denied("login_required", "Personne n'est connecté.")
            return LoginRequired()
        offered = offer(asked, client, identity, await at_hand(asked, identity, authority))
        if given := await _remembered(asked, client, identity, offered, authority):
            return await grant(asked, client, identity, offered, given, authority=authority)
        if asked.prompt == "none":
            raise Denied("consent_required", "La personne doit décider.")
    except Denied as denied:
        return redirect_error(redirect_uri, parameters.get("state", ""), denied, authority)
    return await question(asked, client, identity, offered, authority=authority)


def _client(parameters: Mapping[str, str], authority: AuthorizationServer) -> Client:
    client = authority.clients.find(parameters.get("client_id", ""))
    if client is None:
        raise Refusal("invalid", "L'application qui vous envoie ici n'est pas enregistrée.")
    if not client.redirects_to(parameters.get("redirect_uri", "")):
        raise Refusal(
            "invalid",
            f"L'adresse de retour (redirect_uri) n'est pas une de celles de « {client.name} ».",
        )
    return client


async def _remembered(
    asked: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    authority: AuthorizationServer,
) -> Scopes | None:
    if (
        offered.picks
        or asked.prompt == "consent"
        or not client.has_verified_redirect(asked.redirect_uri)
    ):
        return None
    before = await authority.decisions.find_consent(identity.subject, client.id)
    if before is None or not offered.scopes <= before.offered:
        return None
    given = offered.scopes & before.given
    return given if opens_anything(given) else None


async def question(
    asked: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    *,
    authority: AuthorizationServer,
) -> ConsentRequest:
    """Keep the request until that person decides."""
    ticket = new_secret()
    until = authority.clock.now() + DECISION_LIFE
    await authority.decisions.store_request(digest(ticket), asked, identity.subject, until)
    return ConsentRequest(ticket, client, asked.redirect_uri, offered)


async def grant(
    asked: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    given: Scopes,
    *,
    authority: AuthorizationServer,
) -> RedirectToClient:
    """Grant it, and send the application its code. Raises Denied for a launch taken meanwhile."""
    await at_hand(asked, identity, authority, take=True)
    now, code = authority.clock.now(), new_secret()
    granted = Grant(
        id=new_secret()[:22],
        client=client.id,
        subject=identity.subject,
        role=identity.role,
        scopes=given,
        until=_end(given, identity, now),
        patient=offered.patient,
        encounter=offered.encounter,
        intent=offered.intent,
        organisation=identity.organisation,
        nonce=asked.nonce,
        fhir_user=identity.fhir_user,
        acr=identity.acr,
        auth_time=identity.auth_time,
    )
    bound = Code(asked.redirect_uri, asked.challenge, now + CODE_LIFE)
    await authority.grants.open(granted, digest(code), bound)
    told = {"code": code, "state": asked.state, "iss": authority.public}
    return RedirectToClient(answered(asked.redirect_uri, told))


def redirect_error(
    redirect_uri: str, state: str, denied: Denied, authority: AuthorizationServer
) -> RedirectToClient:
    """Tell an application that it gets nothing, and why."""
    told = {"error": denied.error, "error_description": denied.description}
    state_told = {"state": state} if state else {}
    return RedirectToClient(answered(redirect_uri, told | state_told | {"iss": authority.public}))


def _end(given: Scopes, identity: Identity, now: datetime) -> datetime:
    """Access lasts no longer than the person's own session, unless it is offline."""
    if OFFLINE in given.plain:
        return now + OFFLINE_LIFE
    end = now + (ONLINE_LIFE if ONLINE in given.plain else LONGEST_TOKEN)
    if identity.until >= end.timestamp():
        return end
    return datetime.fromtimestamp(identity.until, UTC)
