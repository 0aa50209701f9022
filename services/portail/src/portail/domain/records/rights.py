"""Who has consulted a record (AuditEvent), and who is allowed to (Consent)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
_SAME_USE: Final = timedelta(minutes=10)
_PURPOSES: Final = {"TREAT": "soins", "PATRQT": "demande du patient", "BTG": "urgence"}
"""Codes of v3-ActReason, for events that state no words."""
_ACTIONS: Final = {"C": "created", "R": "read", "U": "updated", "D": "deleted", "E": "searched"}


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody's use of a record, in one or several requests."""

    at: datetime | None
    """Of the last one."""
    people: str
    """Names of who acted; empty if none is stated."""
    application: str
    """Empty if it is not known."""
    actions: tuple[str, ...]
    """`read`, `searched`, `created`, `updated`, `deleted` or `other`, each once."""
    purpose: str
    emergency: bool
    refused: bool


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


def accesses_of(bundle: Json) -> list[Access]:
    """The events of a searchset of AuditEvents, newest first. A page makes several requests: what
    the same person does within ten minutes is one."""
    found: list[Access] = []
    for event in resources(bundle, "AuditEvent"):
        access = _access(event)
        if found and _is_same_use(access, found[-1]):
            actions = dict.fromkeys((*found[-1].actions, *access.actions))
            found[-1] = replace(found[-1], actions=tuple(actions))
        else:
            found.append(access)
    return found


def _is_same_use(earlier: Access, later: Access) -> bool:
    if earlier.at is None or later.at is None:
        return False
    same = replace(earlier, at=later.at, actions=later.actions) == later
    return same and later.at - earlier.at <= _SAME_USE


def _access(event: Json) -> Access:
    agents = items(event.get("agent"))
    people = [each for each in agents if each.get("requestor") is True] or agents[:1]
    others = [each for each in agents if each not in people]
    purposes = [*items(event.get("purposeOfEvent"))]
    purposes += [each for agent in agents for each in items(agent.get("purposeOfUse"))]
    codes = {text(c, "code") for each in purposes for c in items(each.get("coding"))}
    return Access(
        at=instant(event.get("recorded")),
        people=", ".join(dict.fromkeys(filter(None, map(_agent_name, people)))),
        application=next(filter(None, map(_agent_name, others)), ""),
        actions=(_ACTIONS.get(text(event, "action"), "other"),),
        purpose=next(
            (_PURPOSES.get(each, each) for each in map(concept_text, purposes) if each), ""
        ),
        emergency="BTG" in codes,
        refused=text(event, "outcome") not in ("", "0"),
    )


def _agent_name(agent: Json) -> str:
    return text(agent, "name") or text(part(agent, "who"), "display")


def refusals_of(bundle: Json) -> list[ConsentRefusal]:
    """The active Consents of a searchset that deny something."""
    found: list[ConsentRefusal] = []
    for each in resources(bundle, "Consent"):
        provision = part(each, "provision")
        if each.get("status") != "active" or provision.get("type") != "deny":
            continue
        types = tuple(text(c, "code") for c in items(provision.get("class")))
        scope = next((name for name, known in CLASSES.items() if set(known) == set(types)), None)
        actors = [part(actor, "reference") for actor in items(provision.get("actor"))]
        names = [text(a, "display") or text(a, "reference") for a in actors]
        at = instant(each.get("dateTime"))
        found.append(ConsentRefusal(text(each, "id"), ", ".join(names), scope, types, at))
    return found


def consent_resource(
    patient: str, *, actor: str | None, actor_name: str, scope: Scope, now: datetime
) -> dict[str, Any]:
    """A Consent by which the patient refuses.

    `patient`: their id. `actor`: reference of who is refused (`Practitioner/x`); None: everybody.
    """
    provision: dict[str, Any] = {"type": "deny"}
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
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_coded("http://loinc.org", "59284-0")],
        "patient": {"reference": f"Patient/{patient}"},
        "performer": [{"reference": f"Patient/{patient}"}],
        "dateTime": now.isoformat(timespec="seconds"),
        "policyRule": _coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT"),
        "provision": provision,
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
