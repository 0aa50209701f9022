"""Who is allowed to see a record: what its patient refuses (Consent)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from portail.domain.records.elements import (
    Json,
    concept_text,
    instant,
    items,
    part,
    reference_id,
    resources,
    text,
)

DOCUMENT: Final = "DocumentReference"
Scope = Literal["tout", "documents", "mesures", "carnet", "traitements"]
"""What a refusal closes."""
CLASSES: Final[dict[Scope, tuple[str, ...]]] = {
    "tout": (),
    "documents": ("DocumentReference",),
    "mesures": ("Observation",),
    "carnet": ("Communication",),
    "traitements": ("MedicationStatement", "MedicationRequest"),
}
"""The resource types of each scope; none: the complete record."""


@dataclass(frozen=True, slots=True)
class ConsentRefusal:
    """A Consent that denies."""

    id: str
    who: str
    """Names; empty: everybody."""
    scope: Scope | None
    """None: resource types that are not one of the scopes."""
    types: tuple[str, ...]
    since: datetime | None
    resources: Mapping[str, str]
    """Resources that it concerns alone, by reference, with their titles; none: all of the types."""
    hidden_document: str | None
    """The id of the document that it hides at all times from all professionals, and nothing else
    (`hiding_resource`); None for another refusal."""


def refusals_of(bundle: Json) -> list[ConsentRefusal]:
    """The active Consents of a searchset that deny something."""
    return [
        _refusal(each)
        for each in resources(bundle, "Consent")
        if each.get("status") == "active" and part(each, "provision").get("type") == "deny"
    ]


def _refusal(consent: Json) -> ConsentRefusal:
    provision = part(consent, "provision")
    types = tuple(text(c, "code") for c in items(provision.get("class")))
    scope = next((name for name, known in CLASSES.items() if set(known) == set(types)), None)
    actors = [part(actor, "reference") for actor in items(provision.get("actor"))]
    data = [part(each, "reference") for each in items(provision.get("data"))]
    return ConsentRefusal(
        id=text(consent, "id"),
        who=", ".join(text(a, "display") or text(a, "reference") for a in actors),
        scope=None if data else scope,
        types=types,
        since=instant(consent.get("dateTime")),
        resources={text(each, "reference"): text(each, "display") for each in data},
        hidden_document=_hidden_document(provision),
    )


def _hidden_document(provision: Json) -> str | None:
    data = items(provision.get("data"))
    # Anything more (a period, a purpose, an actor, exceptions) hides it from some, or at times.
    if provision.keys() != {"type", "data"} or any(
        text(each, "meaning") != "instance" for each in data
    ):
        return None
    found = [text(part(each, "reference"), "reference").partition("/") for each in data]
    documents = [id_ for type_, _, id_ in found if type_ == DOCUMENT]
    alone = len(documents) == 1 and all(type_ in (DOCUMENT, "Binary") for type_, _, _ in found)
    return documents[0] if alone else None


def consent_resource(
    patient: str, *, actor: str | None, actor_name: str, scope: Scope, now: datetime
) -> dict[str, Any]:
    """A Consent by which the patient refuses.

    `patient`: their id. `actor`: reference of who is refused (`Practitioner/x`); None: everybody.
    """
    provision: dict[str, Any] = {}
    if actor is not None:
        role = {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "code": "IRCP",
        }
        reference = {"reference": actor, "display": actor_name}
        provision["actor"] = [{"role": {"coding": [role]}, "reference": reference}]
    if CLASSES[scope]:
        system = "http://hl7.org/fhir/resource-types"
        provision["class"] = [{"system": system, "code": each} for each in CLASSES[scope]]
    return _denial(patient, provision, now)


def hiding_resource(patient: str, hidden: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """A Consent by which the patient hides resources from all professionals.

    `hidden`: their titles by reference (`DocumentReference/x`).
    """
    data = [
        {"meaning": "instance", "reference": {"reference": reference, "display": title}}
        for reference, title in hidden.items()
    ]
    return _denial(patient, {"data": data}, now)


def _denial(patient: str, provision: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_coded("http://loinc.org", "59284-0")],
        "patient": {"reference": f"Patient/{patient}"},
        "performer": [{"reference": f"Patient/{patient}"}],
        "dateTime": now.isoformat(timespec="seconds"),
        "policyRule": _coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT"),
        "provision": {"type": "deny"} | provision,
    }


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def actor_references(teams: Json) -> dict[str, str]:
    """The members of the CareTeams who can be refused, by reference: professionals and
    organisations, with the names or the roles that the teams state."""
    found: dict[str, str] = {}
    for team in resources(teams, "CareTeam"):
        for participant in items(team.get("participant")):
            member = part(participant, "member")
            types = ("Practitioner", "PractitionerRole", "Organization")
            if any(reference_id(member, each) for each in types):
                role = next(filter(None, map(concept_text, items(participant.get("role")))), "")
                found[text(member, "reference")] = text(member, "display") or role
    return found
