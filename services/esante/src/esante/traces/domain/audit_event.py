"""AuditEvents of a trace, as BALP has them. https://profiles.ihe.net/ITI/BALP/

A trace that concerns several patients has one AuditEvent for each, without its query, which can
name the others; and one without a patient, with it.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_ENTITY_TYPE: Final = _TERMINOLOGY + "audit-entity-type"
_ENTITY_ROLE: Final = _TERMINOLOGY + "object-role"
_REASON: Final = _TERMINOLOGY + "v3-ActReason"
_INTERACTION: Final = "http://hl7.org/fhir/restful-interaction"
EMERGENCY: Final = "$emergency-access"
_ACTIONS: Final = {
    "read": "R",
    "vread": "R",
    "history-instance": "R",
    "history-type": "R",
    "history-system": "R",
    "create": "C",
    "update": "U",
    "patch": "U",
    "delete": "D",
    "conditional-update": "U",
    "conditional-patch": "U",
    "conditional-delete": "D",
}
_SUBTYPES: Final = {
    "conditional-update": "update",
    "conditional-patch": "patch",
    "conditional-delete": "delete",
}
_PURPOSES: Final = {"professional": "TREAT", "patient": "PATRQT", "carer": "FAMRQT"}
_SOURCE, _DESTINATION = "110153", "110152"
_NAMES: Final = {_SOURCE: "Source Role ID", _DESTINATION: "Destination Role ID"}
SERVER: Final = "Région Lab, e-santé"


def audit_events(
    trace: Mapping[str, Any], patients: Sequence[str], *, base: str, names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The AuditEvents of a stored trace, each with its id.

    `patients`: the trace concerns their records. `base`: the FHIR base as callers see it.
    `names`: the display of people and organisations by reference.
    """
    only = patients[0] if len(patients) == 1 else None
    yield _audit_event(trace, trace["id"], only, base=base, names=names, with_query=True)
    for patient in patients if only is None else ():
        own = hashlib.sha256(f"{trace['id']} {patient}".encode()).hexdigest()[:32]
        yield _audit_event(trace, own, patient, base=base, names=names, with_query=False)


def _audit_event(
    trace: Mapping[str, Any],
    event_id: str,
    patient: str | None,
    *,
    base: str,
    names: Mapping[str, str],
    with_query: bool,
) -> dict[str, Any]:
    code, status = trace["interaction"], trace["status"]
    is_emergency, purpose = code == EMERGENCY, _purpose(trace, patient)
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": event_id,
        "type": _coding(_DICOM, "110113", "Security Alert")
        if is_emergency
        else _coding(_TERMINOLOGY + "audit-event-type", "rest", "RESTful Operation"),
        "subtype": [_subtype(code)],
        "action": _ACTIONS.get(code, "E"),
        "period": {"start": trace["at"], "end": trace["at"]},
        "recorded": trace["at"],
        "outcome": "0" if status < 400 else "4",
        "agent": _agents(trace, purpose, base, names),
        "source": {
            "observer": {"display": SERVER},
            "type": [_coding(_TERMINOLOGY + "security-source-type", "4", "Application Server")],
        },
    }
    if purpose:
        event["purposeOfEvent"] = [purpose]
    if entities := _entities(trace, patient, with_query=with_query):
        event["entity"] = entities
    return event


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _subtype(code: str) -> dict[str, str]:
    if code == EMERGENCY:
        return _coding(_DICOM, "110127", "Emergency Override Started")
    code = _SUBTYPES.get(code, code)
    if code.startswith("$"):
        return _coding(_INTERACTION, "operation", code)
    return {"system": _INTERACTION, "code": code}


def _purpose(trace: Mapping[str, Any], patient: str | None) -> dict[str, Any] | None:
    """Why the record of that patient was requested; of an event without patient, why any was.

    The words of an emergency access are for its patient alone.
    """
    reason, emergencies = trace.get("reason"), trace.get("emergencies", ())
    is_emergency = patient in emergencies if patient is not None else bool(emergencies)
    if trace["interaction"] == EMERGENCY:
        code = "BTG"
    elif is_emergency:
        code, reason = "BTG", trace.get("emergency_reasons", {}).get(patient)
    elif trace["role"] in _PURPOSES:
        code = _PURPOSES[trace["role"]]
    else:
        return None
    purpose: dict[str, Any] = {"coding": [{"system": _REASON, "code": code}]}
    return purpose | ({"text": reason} if reason else {})


def _agents(
    trace: Mapping[str, Any], purpose: dict[str, Any] | None, base: str, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The application, the server, the person or program, and their organisation."""
    reads = _ACTIONS.get(trace["interaction"]) == "R"
    at_client, at_server = (_DESTINATION, _SOURCE) if reads else (_SOURCE, _DESTINATION)
    client = trace.get("client") or trace["account"]
    agents: list[dict[str, Any]] = [
        {
            "type": {"coding": [_coding(_DICOM, at_client, _NAMES[at_client])]},
            "who": {"identifier": {"value": client}, "display": client},
            "name": client,
            "requestor": False,
            "network": {"address": client, "type": "1"},
        },
        {
            "type": {"coding": [_coding(_DICOM, at_server, _NAMES[at_server])]},
            "who": {"display": SERVER},
            "requestor": False,
            "network": {"address": base, "type": "5"},
        },
        _user(trace, purpose, names),
    ]
    if organisation := trace.get("organisation"):
        reference = f"Organization/{organisation}"
        who = {"identifier": {"value": organisation}, "display": names.get(reference, organisation)}
        provider = _coding(_TERMINOLOGY + "v3-RoleClass", "PROV", "healthcare provider")
        agents.append({"type": {"coding": [provider]}, "who": who, "requestor": False})
    return agents


def _user(
    trace: Mapping[str, Any], purpose: dict[str, Any] | None, names: Mapping[str, str]
) -> dict[str, Any]:
    reference = user_reference(trace)
    who: dict[str, Any] = (
        {"reference": reference} if reference else {"identifier": {"value": trace["account"]}}
    )
    participation = _TERMINOLOGY + "v3-ParticipationType"
    user: dict[str, Any] = {
        "type": {"coding": [_coding(participation, "IRCP", "information recipient")]},
        "role": [{"text": trace["role"]}],
        "who": who,
        "altId": trace["account"],
        "requestor": True,
    }
    if name := names.get(reference or ""):
        who["display"] = user["name"] = name
    if purpose:
        user["purposeOfUse"] = [purpose]
    return user


def user_reference(trace: Mapping[str, Any]) -> str | None:
    """The FHIR resource of who sent the request; None if it is unknown."""
    if "user" in trace:
        return str(trace["user"])
    if trace["role"] == "patient" and "self" in trace:
        return f"Patient/{trace['self']}"
    return None


def _entities(
    trace: Mapping[str, Any], patient: str | None, *, with_query: bool
) -> list[dict[str, Any]]:
    person = _coding(_ENTITY_TYPE, "1", "Person")
    system_object = _coding(_ENTITY_TYPE, "2", "System Object")
    found: list[dict[str, Any]] = []
    resource_type, resource_id = trace.get("type"), trace.get("resource")
    # An operation on the record of one patient can concern another, who does not learn of it.
    # The event of all patients together is in the record of none.
    is_other = resource_type == "Patient" and patient != resource_id
    if resource_type and resource_id and not is_other:
        version = f"/_history/{trace['version']}" if trace.get("version") else ""
        role = _coding(_ENTITY_ROLE, "4", "Domain Resource")
        found += [
            {"what": {"reference": each}, "type": system_object, "role": role}
            for each in (f"{resource_type}/{resource_id}{version}", *trace.get("others", ()))
        ]
    code = trace["interaction"]
    searched = code.startswith("search") or (code.startswith("$") and "query" in trace)
    if with_query and searched:
        query = f"{resource_type or ''}?{trace.get('query', '')}"
        found.append(
            {
                "type": system_object,
                "role": _coding(_ENTITY_ROLE, "24", "Query"),
                "query": base64.b64encode(query.encode()).decode(),
            }
        )
    if patient is not None:
        found.append(
            {
                "what": {"reference": f"Patient/{patient}"},
                "type": person,
                "role": _coding(_ENTITY_ROLE, "1", "Patient"),
            }
        )
    return found
