"""The token endpoint.

    authorization_code   once, within a minute, with the PKCE verifier
    refresh_token        each once; a repeated one counts as stolen: its grant is revoked
    client_credentials   a program without a person, system/ scopes only

https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-access-token
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import Grant
from gateway.oauth.domain.pkce import is_verifier_of
from gateway.oauth.domain.scopes import (
    LAUNCH,
    LAUNCH_PATIENT,
    MAX_DATA_SCOPES,
    OFFLINE,
    ONLINE,
    OPENID,
    SYSTEM,
    Scopes,
    read_scopes,
)
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer, new_secret
from gateway.oauth.flows.cared_records import require_linked


async def issue_tokens(
    parameters: Mapping[str, str], client: Client, *, server: AuthorizationServer
) -> dict[str, Any]:
    """The members of the token response (RFC 6749 §5.1, with SMART's launch context).

    `parameters`: those of the request, by name. `client`: the authenticated application.

    Raises Denied, Retry if the database is unreachable, and Refusal("unavailable") if it cannot be
    known whether the record of a carer is still open.
    """
    match parameters.get("grant_type"):
        case "authorization_code":
            return await _exchange_code(parameters, client, server)
        case "refresh_token":
            return await _exchange_refresh_token(parameters, client, server)
        case "client_credentials":
            return _client_credentials(parameters, client, server)
        case _:
            raise Denied(
                "unsupported_grant_type",
                "grant_type : authorization_code, refresh_token ou client_credentials.",
            )


async def _exchange_code(
    parameters: Mapping[str, str], client: Client, server: AuthorizationServer
) -> dict[str, Any]:
    now = server.clock.now()
    found = await server.grants.use_code(digest(parameters.get("code", "")))
    if found is None:
        raise Denied("invalid_grant", "Ce code est inconnu.")
    grant, binding, first_use = found
    valid = (
        first_use
        and now < binding.until
        and grant.client == client.id
        and parameters.get("redirect_uri") == binding.redirect_uri
        and is_verifier_of(parameters.get("code_verifier", ""), binding.challenge)
    )
    if not valid:
        # It was intercepted, or is used a second time: RFC 6749 §4.1.2
        await server.grants.revoke(grant.id, now)
        raise Denied("invalid_grant", "Ce code a servi, est trop vieux, ou n'est pas le vôtre.")
    return await _token_response(client, grant, grant.scopes, server)


async def _exchange_refresh_token(
    parameters: Mapping[str, str], client: Client, server: AuthorizationServer
) -> dict[str, Any]:
    now, token = server.clock.now(), digest(parameters.get("refresh_token", ""))
    valid = await server.grants.find_refresh_token(token)
    if valid is not None and valid[0].client == client.id:
        # Checked before the token is used: the application keeps it after such a mistake.
        _refreshed_scopes(parameters, client, valid[0])
        await require_linked(valid[0], server)
    found = await server.grants.use_refresh_token(token)
    if found is None:
        raise Denied("invalid_grant", "Ce jeton de rafraîchissement est inconnu.")
    grant, until, first_use = found
    if not first_use or grant.client != client.id:
        await server.grants.revoke(grant.id, now)
        raise Denied("invalid_grant", "Ce jeton a déjà servi : tout l'accès est retiré.")
    if now >= until:
        raise Denied("invalid_grant", "Cet accès est terminé ; la personne doit le redonner.")
    return await _token_response(
        client, grant, _refreshed_scopes(parameters, client, grant), server
    )


def _refreshed_scopes(parameters: Mapping[str, str], client: Client, grant: Grant) -> Scopes:
    """The scopes of a refreshed token: those requested, or all. Raises Denied("invalid_scope") if
    some are not of the grant."""
    # Scopes that the operator has removed from the application since are not given.
    remaining = grant.scopes & client.scopes
    requested = _scopes(parameters) if "scope" in parameters else remaining
    if not requested <= remaining or not requested:
        raise Denied("invalid_scope", "Un rafraîchissement ne peut rien demander de plus.")
    return requested


def _client_credentials(
    parameters: Mapping[str, str], client: Client, server: AuthorizationServer
) -> dict[str, Any]:
    if client.client_type != "backend":
        raise Denied("unauthorized_client", "client_credentials est pour les clients backend.")
    now = server.clock.now()
    scopes = _scopes(parameters) & client.scopes & SYSTEM
    if not scopes:
        raise Denied("invalid_scope", "Aucun des scopes demandés n'est accordé à ce client.")
    grant = Grant(
        id=new_secret()[:22],
        client=client.id,
        subject=client.id,
        role="integrator",
        scopes=scopes,
        until=now + timedelta(seconds=client.token_seconds),
    )
    return {
        "access_token": server.tokens.issue(client, grant, now=now),
        "token_type": "Bearer",
        "expires_in": client.token_seconds,
        "scope": str(scopes),
    }


async def _token_response(
    client: Client, grant: Grant, scopes: Scopes, server: AuthorizationServer
) -> dict[str, Any]:
    now = server.clock.now()
    given = replace(grant, scopes=scopes)
    seconds_left = int((grant.until - now).total_seconds())
    response: dict[str, Any] = {
        "access_token": server.tokens.issue(client, given, now=now),
        "token_type": "Bearer",
        "expires_in": min(client.token_seconds, seconds_left),
        "scope": str(scopes),
    }
    if grant.scopes.plain & {OFFLINE, ONLINE}:
        # The new refresh token has the scopes of the grant, however narrow the access token is
        # (RFC 6749 §6).
        token = new_secret()
        await server.grants.store_refresh_token(digest(token), grant, grant.until)
        response["refresh_token"] = token
    if OPENID in scopes.plain:
        response["id_token"] = server.tokens.issue_id(client, given, now=now)
    return response | _launch_context(given, server)


def _launch_context(grant: Grant, server: AuthorizationServer) -> dict[str, Any]:
    """The launch context (SMART §"launch context arrives with your access_token")."""
    if grant.patient is None or not (
        grant.scopes.plain & {LAUNCH, LAUNCH_PATIENT} or grant.scopes.at_levels("patient")
    ):
        return {}
    response = {"patient": grant.patient, "encounter": grant.encounter, "intent": grant.intent}
    return {
        **{name: value for name, value in response.items() if value is not None},
        # The platform does not frame the application: it must display the patient itself.
        "need_patient_banner": True,
        "smart_style_url": server.public + "/auth/smart-style.json",
    }


def _scopes(parameters: Mapping[str, str]) -> Scopes:
    try:
        return read_scopes(parameters.get("scope", ""), max_data_scopes=MAX_DATA_SCOPES)
    except ValueError as error:
        raise Denied("invalid_scope", f"Le scope « {error} » est mal écrit, ou de trop.") from None
