"""The validation of an authorization request, and what of it can be offered to the person.

https://hl7.org/fhir/smart-app-launch/app-launch.html#obtain-authorization-code
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.cared_records import CaredRecord, RecordChoice, record_choices
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Launch
from gateway.oauth.domain.pkce import is_challenge
from gateway.oauth.domain.scopes import (
    CARER,
    FHIR_USER,
    LAUNCH,
    LAUNCH_PATIENT,
    MAX_DATA_SCOPES,
    OFFLINE,
    ONLINE,
    OPENID,
    Scopes,
    allowed_for,
    merge_scopes,
    read_scopes,
)

# 96 bits in base64url. SMART requires 122 bits of randomness, which a length cannot prove.
_MIN_STATE_LENGTH: Final = 16
_MAX_LENGTH: Final = 2000
_FHIR_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
# Plain scopes that a person may decline.
OPTIONAL_SCOPES: Final = (OPENID, OFFLINE, ONLINE)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person can grant to an application."""

    scopes: Scopes
    patient: str | None
    """The patient whose record the scopes open, if any."""
    encounter: str | None = None
    """The Encounter of the launch context."""
    intent: str | None = None
    """The intent of the launch context."""
    picks_patient: bool = False
    """Whether the person must choose the patient."""
    records: tuple[RecordChoice, ...] = ()
    """The records that the person chooses from; empty if there is nothing to choose."""


def parse_authorization_request(
    parameters: Mapping[str, str], client: Client, *, fhir: str
) -> AuthorizationRequest:
    """The validated request; its client and redirect_uri are already checked.

    `parameters`: those of the request, by name.
    `fhir`: the FHIR base.

    Raises Denied.
    """
    if parameters.get("response_type") != "code":
        raise Denied("unsupported_response_type", "response_type doit valoir « code ».")
    if client.client_type == "backend":
        raise Denied("unauthorized_client", "Un client backend ne demande rien à une personne.")
    state = parameters.get("state", "")
    if not _MIN_STATE_LENGTH <= len(state) <= _MAX_LENGTH:
        raise Denied(
            "invalid_request", f"state : {_MIN_STATE_LENGTH} caractères imprévisibles au moins."
        )
    if parameters.get("code_challenge_method") != "S256":
        raise Denied("invalid_request", "PKCE est obligatoire, avec code_challenge_method=S256.")
    if not is_challenge(parameters.get("code_challenge", "")):
        raise Denied("invalid_request", "code_challenge n'est pas un SHA-256 en base64url.")
    if parameters.get("aud", "").rstrip("/") != fhir:
        raise Denied("invalid_request", f"aud doit être l'adresse du serveur FHIR : {fhir}")
    if len(nonce := parameters.get("nonce", "")) > _MAX_LENGTH:
        raise Denied("invalid_request", "nonce est trop long.")
    return AuthorizationRequest(
        client=client.id,
        redirect_uri=parameters["redirect_uri"],
        state=state,
        scopes=_scopes(parameters),
        challenge=parameters["code_challenge"],
        nonce=nonce or None,
        launch=parameters.get("launch"),
        prompt=_prompt(parameters),
    )


def _prompt(parameters: Mapping[str, str]) -> frozenset[str]:
    prompt = frozenset(parameters.get("prompt", "").split())
    if "none" in prompt and len(prompt) > 1:
        raise Denied("invalid_request", "prompt : none ne va avec aucune autre valeur.")
    return prompt


def _scopes(parameters: Mapping[str, str]) -> Scopes:
    try:
        scopes = read_scopes(parameters.get("scope", ""), max_data_scopes=MAX_DATA_SCOPES)
    except ValueError as error:
        raise Denied("invalid_scope", f"Le scope « {error} » est mal écrit, ou de trop.") from None
    if ("launch" in parameters) != (LAUNCH in scopes.plain):
        raise Denied("invalid_request", "Le paramètre launch et le scope launch vont ensemble.")
    return scopes


def needs_record(request: AuthorizationRequest) -> bool:
    """Whether a request is about the record of a patient that no EHR launch names."""
    scopes = request.scopes
    return request.launch is None and bool(
        scopes.at_levels("patient") or LAUNCH_PATIENT in scopes.plain
    )


def make_offer(
    request: AuthorizationRequest,
    client: Client,
    identity: Identity,
    launch: Launch | None,
    cared: Iterable[CaredRecord] = (),
) -> Offer:
    """What of the request can be granted: requested ∩ allowed to the application ∩ allowed to the
    role, without scopes on a patient if there is none, and without `fhirUser` if the person has no
    FHIR resource.

    `launch`: the context of the EHR launch, if the request belongs to one. `cared`: the records of
    others that are open to the person.

    Raises Denied("invalid_scope") if nothing is left.
    """
    records = record_choices(identity, cared)
    has_own = identity.patient is not None or not records
    scopes = request.scopes & client.scopes & allowed_for(identity.role if has_own else "carer")
    picks_patient = identity.role == "professional" and LAUNCH_PATIENT in scopes.plain
    if launch is not None and LAUNCH in scopes.plain:
        must_pick = picks_patient and launch.patient is None
        offered = Offer(
            scopes, launch.patient, launch.encounter, launch.intent, picks_patient=must_pick
        )
    else:
        patient = None if records else identity.patient
        offered = Offer(scopes, patient, picks_patient=picks_patient, records=records)
    if offered.patient is None and not (offered.picks_patient or records):
        remaining = scopes.without("patient")
        scopes = replace(remaining, plain=remaining.plain - {LAUNCH_PATIENT})
    # `fhirUser` needs a FHIR resource, which only some providers give.
    if not (records or _has_fhir_user(identity)) or OPENID not in scopes.plain:
        scopes = replace(scopes, plain=scopes.plain - {FHIR_USER})
    if not opens_anything(scopes):
        raise Denied("invalid_scope", "Rien de ce qui est demandé ne peut être accordé ici.")
    return replace(offered, scopes=scopes)


def _has_fhir_user(identity: Identity) -> bool:
    _, _, name = (identity.fhir_user or "").partition("/")
    return is_fhir_id(name)


def choose_record(offered: Offer, value: str) -> RecordChoice | None:
    """The offered record of that value; None if it is none."""
    return next((each for each in offered.records if each.value == value), None)


def allowed_in(choice: RecordChoice, identity: Identity) -> Scopes:
    """All that a person can grant in a record that they chose."""
    if choice.kind == "own":
        return allowed_for(identity.role)
    return allowed_for("carer") if choice.kind == "representative" else CARER


def choose_scopes(offered: Scopes, ticked: frozenset[str]) -> Scopes:
    """The offered scopes that a person ticked, possibly none (`opens_anything`)."""
    declined = {each for each in OPTIONAL_SCOPES if each not in ticked}
    if OPENID in declined:
        declined.add(FHIR_USER)
    data = merge_scopes(each for each in offered.choices() if str(each) in ticked).data
    return Scopes(data, offered.plain - declined)


def all_choices(offered: Scopes) -> frozenset[str]:
    """Every choice of an offer, as the consent form names them."""
    return frozenset(map(str, offered.choices())) | offered.plain


def opens_anything(scopes: Scopes) -> bool:
    """Whether the scopes open any data, including the person's identity."""
    return bool(scopes.data) or OPENID in scopes.plain


def is_fhir_id(text: str) -> bool:
    """Whether a text is a valid resource id. https://hl7.org/fhir/R4/datatypes.html#id"""
    return _FHIR_ID.fullmatch(text) is not None
