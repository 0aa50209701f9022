"""The token endpoint: what an application has is exchanged for tokens.

    authorization_code   once, within a minute, with the proof of who asked (PKCE)
    refresh_token        once each; one that comes back was stolen, by whoever: all is taken back
    client_credentials   a program without a person, system/ scopes alone

https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-access-token
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import Grant
from gateway.oauth.domain.pkce import proves
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


async def issue_tokens(
    parameters: Mapping[str, str], client: Client, *, authority: AuthorizationServer
) -> dict[str, Any]:
    """The token answer (RFC 6749 §5.1 with SMART's context). Raises Denied."""
    match parameters.get("grant_type"):
        case "authorization_code":
            return await _of_code(parameters, client, authority)
        case "refresh_token":
            return await _of_refresh(parameters, client, authority)
        case "client_credentials":
            return _of_program(parameters, client, authority)
        case _:
            raise Denied(
                "unsupported_grant_type",
                "grant_type : authorization_code, refresh_token ou client_credentials.",
            )


async def _of_code(
    parameters: Mapping[str, str], client: Client, authority: AuthorizationServer
) -> dict[str, Any]:
    now = authority.clock.now()
    found = await authority.grants.use_code(digest(parameters.get("code", "")))
    if found is None:
        raise Denied("invalid_grant", "Ce code est inconnu.")
    grant, bound, first = found
    holds = (
        first
        and now < bound.until
        and grant.client == client.id
        and parameters.get("redirect_uri") == bound.redirect_uri
        and proves(parameters.get("code_verifier", ""), bound.challenge)
    )
    if not holds:
        # It was seen by whoever should not have, or comes a second time: RFC 6749 §4.1.2
        await authority.grants.revoke(grant.id, now)
        raise Denied("invalid_grant", "Ce code a servi, est trop vieux, ou n'est pas le vôtre.")
    return await _answer(client, grant, grant.scopes, authority)


async def _of_refresh(
    parameters: Mapping[str, str], client: Client, authority: AuthorizationServer
) -> dict[str, Any]:
    now = authority.clock.now()
    found = await authority.grants.use_refresh_token(digest(parameters.get("refresh_token", "")))
    if found is None:
        raise Denied("invalid_grant", "Ce jeton de rafraîchissement est inconnu.")
    grant, until, first = found
    if not first or grant.client != client.id:
        await authority.grants.revoke(grant.id, now)
        raise Denied("invalid_grant", "Ce jeton a déjà servi : tout l'accès est retiré.")
    if now >= until:
        raise Denied("invalid_grant", "Cet accès est terminé ; la personne doit le redonner.")
    # What the operator has since taken from the application is no longer given.
    still = grant.scopes & client.scopes
    asked = _scopes(parameters) if "scope" in parameters else still
    if not asked <= still or not asked:
        raise Denied("invalid_scope", "Un rafraîchissement ne peut rien demander de plus.")
    return await _answer(client, grant, asked, authority)


def _of_program(
    parameters: Mapping[str, str], client: Client, authority: AuthorizationServer
) -> dict[str, Any]:
    if client.kind != "backend":
        raise Denied("unauthorized_client", "client_credentials est pour les clients backend.")
    now = authority.clock.now()
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
        "access_token": authority.tokens.issue(client, grant, now=now),
        "token_type": "Bearer",
        "expires_in": client.token_seconds,
        "scope": str(scopes),
    }


async def _answer(
    client: Client, grant: Grant, scopes: Scopes, authority: AuthorizationServer
) -> dict[str, Any]:
    now = authority.clock.now()
    given = replace(grant, scopes=scopes)
    left = int((grant.until - now).total_seconds())
    told: dict[str, Any] = {
        "access_token": authority.tokens.issue(client, given, now=now),
        "token_type": "Bearer",
        "expires_in": min(client.token_seconds, left),
        "scope": str(scopes),
    }
    if grant.scopes.plain & {OFFLINE, ONLINE}:
        # Rotated whole: a narrower access token does not narrow what was granted (RFC 6749 §6).
        token = new_secret()
        await authority.grants.store_refresh_token(digest(token), grant, grant.until)
        told["refresh_token"] = token
    if OPENID in scopes.plain:
        told["id_token"] = authority.tokens.issue_id(client, given, now=now)
    return told | _context(given, authority)


def _context(grant: Grant, authority: AuthorizationServer) -> dict[str, Any]:
    """What was at hand (SMART §"launch context arrives with your access_token")."""
    if grant.patient is None or not (
        grant.scopes.plain & {LAUNCH, LAUNCH_PATIENT} or grant.scopes.at("patient")
    ):
        return {}
    told = {"patient": grant.patient, "encounter": grant.encounter, "intent": grant.intent}
    return {
        **{name: value for name, value in told.items() if value is not None},
        # No frame of ours is around the application: it shows whose record it is.
        "need_patient_banner": True,
        "smart_style_url": authority.public + "/auth/smart-style.json",
    }


def _scopes(parameters: Mapping[str, str]) -> Scopes:
    try:
        return read_scopes(parameters.get("scope", ""), most=MAX_DATA_SCOPES)
    except ValueError as error:
        raise Denied("invalid_scope", f"Le scope « {error} » est mal écrit, ou de trop.") from None
