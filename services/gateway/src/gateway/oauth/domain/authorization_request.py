"""What an authorization request must be, and what of it can be offered to the person.

https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-authorization-code
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Launch
from gateway.oauth.domain.pkce import is_challenge
from gateway.oauth.domain.scopes import (
    FHIR_USER,
    LAUNCH,
    LAUNCH_PATIENT,
    MAX_DATA_SCOPES,
    OFFLINE,
    ONLINE,
    OPENID,
    Scopes,
    allowed_to,
    joined,
    read_scopes,
)

# At 6 bits a character of base64url, nearly the 122 bits that SMART wants.
_LEAST_STATE: Final = 16
_LONGEST: Final = 2000
_FHIR_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
# What a person may leave out besides rights on data.
OPTIONAL: Final = (OPENID, OFFLINE, ONLINE)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person can hand over. `patient`: whose record; `picks`: the person must say whose."""

    scopes: Scopes
    patient: str | None
    encounter: str | None = None
    intent: str | None = None
    picks: bool = False


def parse_authorization_request(
    parameters: Mapping[str, str], client: Client, *, fhir: str
) -> AuthorizationRequest:
    """The request, its client and its redirect_uri known to be right. `fhir`: our base.

    Raises Denied for whatever else is not as it must be.
    """
    if parameters.get("response_type") != "code":
        raise Denied("unsupported_response_type", "response_type doit valoir « code ».")
    if client.kind == "backend":
        raise Denied("unauthorized_client", "Un client backend ne demande rien à une personne.")
    state = parameters.get("state", "")
    if not _LEAST_STATE <= len(state) <= _LONGEST:
        raise Denied(
            "invalid_request", f"state : {_LEAST_STATE} caractères imprévisibles au moins."
        )
    if parameters.get("code_challenge_method") != "S256":
        raise Denied("invalid_request", "PKCE est obligatoire, avec code_challenge_method=S256.")
    if not is_challenge(parameters.get("code_challenge", "")):
        raise Denied("invalid_request", "code_challenge n'est pas un SHA-256 en base64url.")
    if parameters.get("aud", "").rstrip("/") != fhir:
        raise Denied("invalid_request", f"aud doit être l'adresse du serveur FHIR : {fhir}")
    if len(nonce := parameters.get("nonce", "")) > _LONGEST:
        raise Denied("invalid_request", "nonce est trop long.")
    return AuthorizationRequest(
        client=client.id,
        redirect_uri=parameters["redirect_uri"],
        state=state,
        scopes=_scopes(parameters),
        challenge=parameters["code_challenge"],
        nonce=nonce or None,
        launch=parameters.get("launch"),
        prompt=parameters.get("prompt"),
    )


def _scopes(parameters: Mapping[str, str]) -> Scopes:
    try:
        scopes = read_scopes(parameters.get("scope", ""), most=MAX_DATA_SCOPES)
    except ValueError as error:
        raise Denied("invalid_scope", f"Le scope « {error} » est mal écrit, ou de trop.") from None
    if ("launch" in parameters) != (LAUNCH in scopes.plain):
        raise Denied("invalid_request", "Le paramètre launch et le scope launch vont ensemble.")
    return scopes


def offer(
    asked: AuthorizationRequest, client: Client, identity: Identity, launch: Launch | None
) -> Offer:
    """asked ∩ allowed to the application ∩ allowed to the role, where there is a patient to be had.

    Raises Denied("invalid_scope") when nothing is left.
    """
    scopes = asked.scopes & client.scopes & allowed_to(identity.role)
    picks = identity.role == "professional" and LAUNCH_PATIENT in scopes.plain
    if launch is not None and LAUNCH in scopes.plain:
        needs = picks and launch.patient is None
        found = Offer(scopes, launch.patient, launch.encounter, launch.intent, picks=needs)
    else:
        found = Offer(scopes, identity.patient, picks=picks)
    if found.patient is None and not found.picks:
        kept = scopes.without("patient")
        scopes = replace(kept, plain=kept.plain - {LAUNCH_PATIENT})
    # Where the provider does not tell which resource a person is, none is made up.
    if not _is_known(identity) or OPENID not in scopes.plain:
        scopes = replace(scopes, plain=scopes.plain - {FHIR_USER})
    if not opens_anything(scopes):
        raise Denied("invalid_scope", "Rien de ce qui est demandé ne peut être accordé ici.")
    return replace(found, scopes=scopes)


def _is_known(identity: Identity) -> bool:
    _, _, name = (identity.fhir_user or "").partition("/")
    return is_fhir_id(name)


def chosen(offered: Scopes, ticked: frozenset[str]) -> Scopes:
    """What a person kept of an offer, which may be nothing (`opens_anything`)."""
    left_out = {each for each in OPTIONAL if each not in ticked}
    if OPENID in left_out:
        left_out.add(FHIR_USER)
    data = joined(each for each in offered.choices() if str(each) in ticked).data
    return Scopes(data, offered.plain - left_out)


def all_of(offered: Scopes) -> frozenset[str]:
    """Every tick of an offer."""
    return frozenset(map(str, offered.choices())) | offered.plain


def opens_anything(scopes: Scopes) -> bool:
    """Whether they open any data, if only who the person is."""
    return bool(scopes.data) or OPENID in scopes.plain


def is_fhir_id(text: str) -> bool:
    """Whether that can be a resource's id. https://hl7.org/fhir/R4/datatypes.html#id"""
    return _FHIR_ID.fullmatch(text) is not None
