"""The authorization endpoint: an immediate response, or a consent request to the person.

An invalid client or redirect URI is an error for the person only; any other error is sent to the
application. RFC 6749 §4.1.2.1, RFC 9207
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import (
    Offer,
    make_offer,
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
from gateway.oauth.domain.redirect_uris import with_parameters
from gateway.oauth.domain.scopes import OFFLINE, ONLINE, Scopes
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer, new_secret
from gateway.oauth.flows.cared_records import find_cared_records
from gateway.oauth.flows.launch_context import find_launch_context, use_launch_context
from socle.errors import Refusal

Mistake = Literal["nothing_ticked", "invalid_patient", "invalid_record", "record_gone"]
"""What was wrong with a decision."""


@dataclass(frozen=True, slots=True)
class RedirectToClient:
    """The browser is redirected to the application with the response."""

    uri: str
    """The redirect URI with the response parameters."""


@dataclass(frozen=True, slots=True)
class LoginRequired:
    """The person must log in first."""


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What the consent page asks the person to decide."""

    ticket: str
    """Proof that the page was sent to that person."""
    client: Client
    redirect_uri: str
    offer: Offer
    ticked: frozenset[str] = frozenset()
    """The choices of a previous decision: an invalid one, or one sent without a session."""
    patient: str = ""
    """The patient or the record of that decision, as it was sent; empty if none was."""
    mistake: Mistake | None = None
    """What was wrong with that decision; None if nothing was."""


async def authorize(
    parameters: Mapping[str, str], identity: Identity, *, server: AuthorizationServer
) -> RedirectToClient | LoginRequired | ConsentRequest:
    """The response to an authorization request.

    `parameters`: those of the request, by name. `identity`: the person, if a session is open.

    Raises Refusal("invalid") for an unknown application or an unregistered redirect URI, Retry if
    the database is unreachable, Refusal("unavailable") if records cannot be listed; any other error
    is a RedirectToClient.
    """
    client = _client(parameters, server)
    redirect_uri = parameters["redirect_uri"]
    try:
        request = parse_authorization_request(parameters, client, fhir=server.fhir)
        if identity.means != "session":
            if "none" in request.prompt:
                raise Denied("login_required", "Personne n'est connecté.")
            return LoginRequired()
        launch = await find_launch_context(request, identity, server)
        cared = await find_cared_records(request, identity, server)
        offered = make_offer(request, client, identity, launch, cared)
        if given := await _stored_consent(request, client, identity, offered, server):
            return await issue_code(request, client, identity, offered, given, server=server)
        if "none" in request.prompt:
            raise Denied("consent_required", "La personne doit décider.")
    except Denied as denied:
        return redirect_error(redirect_uri, parameters.get("state", ""), denied, server)
    return await request_consent(request, client, identity, offered, server=server)


def _client(parameters: Mapping[str, str], server: AuthorizationServer) -> Client:
    client = server.clients.find(parameters.get("client_id", ""))
    if client is None:
        message = "L'application qui vous envoie ici n'est pas enregistrée."
        raise Refusal("invalid", message, rule="unknown_client")
    if not client.redirects_to(parameters.get("redirect_uri", "")):
        raise Refusal(
            "invalid",
            f"L'adresse de retour (redirect_uri) n'est pas une de celles de « {client.name} ».",
            rule="redirect_uri",
        )
    return client


async def _stored_consent(
    request: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    server: AuthorizationServer,
) -> Scopes | None:
    """The scopes that a stored consent gives, if it covers the offer and may be used here."""
    if (
        offered.picks_patient
        or offered.records
        or "consent" in request.prompt
        or not client.has_verified_redirect(request.redirect_uri)
    ):
        return None
    stored = await server.consents.find_consent(identity.subject, client.id)
    if stored is None or not offered.scopes <= stored.offered:
        return None
    given = offered.scopes & stored.given
    return given if opens_anything(given) else None


async def request_consent(
    request: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    *,
    server: AuthorizationServer,
) -> ConsentRequest:
    """Store the request until that person decides. Returns what the page must ask."""
    ticket = new_secret()
    until = server.clock.now() + DECISION_LIFE
    await server.consents.store_request(digest(ticket), request, identity.subject, until)
    return ConsentRequest(ticket, client, request.redirect_uri, offered)


async def issue_code(
    request: AuthorizationRequest,
    client: Client,
    identity: Identity,
    offered: Offer,
    given: Scopes,
    *,
    server: AuthorizationServer,
) -> RedirectToClient:
    """Store the grant and redirect with a code. `given`: the granted scopes.

    Raises Denied for a launch that was used meanwhile.
    """
    await use_launch_context(request, identity, server)
    now, code = server.clock.now(), new_secret()
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
        nonce=request.nonce,
        fhir_user=identity.fhir_user,
        acr=identity.acr,
        auth_time=identity.auth_time,
        professions=identity.professions,
    )
    binding = Code(request.redirect_uri, request.challenge, now + CODE_LIFE)
    await server.grants.open(granted, digest(code), binding)
    parameters = {"code": code, "state": request.state, "iss": server.public}
    return RedirectToClient(with_parameters(request.redirect_uri, parameters))


def redirect_error(
    redirect_uri: str, state: str, denied: Denied, server: AuthorizationServer
) -> RedirectToClient:
    """Redirect with an error response."""
    parameters = {"error": denied.error, "error_description": denied.description}
    state_parameter = {"state": state} if state else {}
    return RedirectToClient(
        with_parameters(redirect_uri, parameters | state_parameter | {"iss": server.public})
    )


def _end(given: Scopes, identity: Identity, now: datetime) -> datetime:
    """The end of a grant: unless access is offline, at most that of the person's session."""
    if OFFLINE in given.plain:
        return now + OFFLINE_LIFE
    end = now + (ONLINE_LIFE if ONLINE in given.plain else LONGEST_TOKEN)
    if identity.until >= end.timestamp():
        return end
    return datetime.fromtimestamp(identity.until, UTC)
