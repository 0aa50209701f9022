"""Who has consulted a record (AuditEvent), in everyday words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from portail.domain.records.elements import (
    Json,
    by_reference,
    codes,
    concept_text,
    display,
    instant,
    items,
    part,
    resources,
    text,
)

EMERGENCY_EVENT: Final = "http://dicom.nema.org/resources/ontology/DCM|110127"
"""The subtype of the event by which somebody opens a record in an emergency."""
_SAME_USE: Final = timedelta(minutes=10)
_PURPOSES: Final = {
    "TREAT": "soins",
    "PATRQT": "demande du patient",
    "FAMRQT": "demande d'un proche",
    "BTG": "urgence",
}
"""Codes of v3-ActReason, for events that state no words."""
_ACTIONS: Final = {"C": "created", "R": "read", "U": "updated", "D": "deleted", "E": "searched"}


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody's use of a record, in one or several requests."""

    at: datetime | None
    """Of the last one."""
    accounts: tuple[str, ...]
    """Of who acted, or their references: two people can have the same name, or none."""
    people: str
    """Names of who acted; empty if none is stated."""
    role: str
    """Of who acted, as the platform names roles; empty if it is not stated."""
    own: bool
    """Whether the patient acted."""
    application: str
    """Its name, or its id if it is registered no more; empty if it is not known."""
    actions: tuple[str, ...]
    """`read`, `searched`, `created`, `updated`, `deleted` or `other`, each once."""
    purpose: str
    emergency: bool
    reason: str
    """Of an emergency, in the words of who acted; empty if none are stated."""
    refused: bool


def accesses_of(bundle: Json, patient: str, applications: Mapping[str, str]) -> list[Access]:
    """The events of a searchset of AuditEvents, newest first. A page makes several requests: what
    the same person does within ten minutes is one.

    `patient`: the id of whose record it is. `applications`: names of applications by id.
    """
    found: list[Access] = []
    known = by_reference(bundle)
    for event in resources(bundle, "AuditEvent"):
        access = _access(event, f"Patient/{patient}", applications, known)
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


def _access(
    event: Json, patient: str, applications: Mapping[str, str], known: Mapping[str, Json]
) -> Access:
    agents = items(event.get("agent"))
    people = [each for each in agents if each.get("requestor") is True] or agents[:1]
    others = [_agent_name(each, known) for each in agents if each not in people]
    purposes = [*items(event.get("purposeOfEvent"))]
    purposes += [each for agent in agents for each in items(agent.get("purposeOfUse"))]
    emergencies = [each for each in purposes if "BTG" in codes(each)]
    # A token that names no application is recorded with the account in its place.
    accounts = tuple(text(each, "altId") or text(part(each, "who"), "reference") for each in people)
    program = next((each for each in others if each and each not in accounts), "")
    roles = [concept_text(role) for each in people for role in items(each.get("role"))]
    return Access(
        at=instant(event.get("recorded")),
        accounts=accounts,
        people=", ".join(
            dict.fromkeys(filter(None, (_agent_name(each, known) for each in people)))
        ),
        role=next(filter(None, roles), ""),
        own=any(text(part(each, "who"), "reference") == patient for each in people),
        application=applications.get(program, program),
        actions=(_ACTIONS.get(text(event, "action"), "other"),),
        purpose=next(
            (_PURPOSES.get(each, each) for each in map(concept_text, purposes) if each), ""
        ),
        emergency=bool(emergencies),
        reason=next(filter(None, (text(each, "text") for each in emergencies)), ""),
        refused=text(event, "outcome") not in ("", "0"),
    )


def _agent_name(agent: Json, known: Mapping[str, Json]) -> str:
    return text(agent, "name") or display(part(agent, "who"), known)
