"""Writes to a record, ways into its circle, and conditions that could tell what is stored."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fhir_bundles import bundle, entry

from record_access.attempts import JSON_PATCH, Attempt, Names
from record_access.planted_records import identifier, planted

_PATCH = [{"op": "add", "path": "/language", "value": "fr"}]


def takeovers(names: Names) -> Iterator[Attempt]:
    """Replacements of the record's resources, each of which must be refused.

    They are not compared: who creates by PUT learns whether an id is used.
    """
    for each in planted(names, ""):
        place = f"/{each['resourceType']}/{names.record}"
        own = {name: value for name, value in each.items() if name not in ("subject", "patient")}
        yield Attempt("PUT", place, each)
        yield Attempt("PUT", place, own, headers={"If-Match": 'W/"1"'})


def writes(names: Names, attacker: str) -> Iterator[Attempt]:
    """`attacker`: the reference of the person, for the circles that they would join."""
    for each in planted(names, ""):
        place = f"/{each['resourceType']}/{names.record}"
        yield Attempt("PATCH", place, _PATCH, JSON_PATCH)
        yield Attempt("PATCH", place, _PATCH, JSON_PATCH, {"If-Match": 'W/"1"'})
        yield Attempt("PATCH", place, _PATCH, JSON_PATCH, {"If-Match": 'W/"9"'})
        yield Attempt("DELETE", place)
        yield Attempt("DELETE", place, headers={"If-Match": 'W/"1"'})
    created = list(_created(names, attacker))
    for resource in created:
        yield Attempt("POST", f"/{resource['resourceType']}", resource)
        transaction = bundle(entry("POST", resource["resourceType"], resource))
        yield Attempt("POST", "", transaction)
    yield from _conditional(names)
    yield from _subscriptions(names)


def _created(names: Names, attacker: str) -> Iterator[Any]:
    """New resources in the record, of those that say who sees it above all."""
    subject, me = {"reference": f"Patient/{names.record}"}, {"reference": attacker}
    yield {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": subject,
        "participant": [{"member": me}],
    }
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    yield {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": subject,
        "policyRule": {"text": "x"},
        "provision": {"type": "permit", "actor": [{"role": {"text": "x"}, "reference": me}]},
    }
    yield _note(subject)
    yield {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": subject,
        "content": [{"attachment": {"url": f"Binary/{names.record}"}}],
    }
    yield {"resourceType": "Patient", "link": [{"other": subject, "type": "seealso"}]}
    yield {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": subject}],
    }
    yield _note({"reference": f"Patient/{names.record}/_history/1"})


def _note(subject: Any) -> Any:
    code = {"coding": [{"system": "urn:codes", "code": "attack"}]}
    return {"resourceType": "Observation", "status": "final", "code": code, "subject": subject}


def _conditional(names: Names) -> Iterator[Attempt]:
    """Conditions that match the record alone: what they find stays undisclosed."""
    token = quote(identifier(names), safe="")
    patient = {"resourceType": "Patient", "name": [{"family": "attack"}]}
    note = {key: value for key, value in _note(None).items() if value is not None}
    by_value = {"Patient": f"identifier={token}", "Observation": f"code=urn:codes|{names.secret}"}
    for resource in (patient, note):
        resource_type = resource["resourceType"]
        for query in (by_value[resource_type], f"_id={names.record}"):
            place = f"/{resource_type}?{query}"
            yield Attempt("POST", f"/{resource_type}", resource, headers={"If-None-Exist": query})
            if query.startswith("_id"):
                continue  # The update would create a resource of that id.
            yield Attempt("DELETE", place)
            yield Attempt("PATCH", place, _PATCH, JSON_PATCH)
            yield Attempt("PUT", place, resource)
        once = entry("POST", resource_type, resource, ifNoneExist=by_value[resource_type])
        yield Attempt("POST", "", bundle(once))
        yield Attempt("POST", "", bundle(once, bundle_type="batch"))
    by_condition = {"reference": f"Patient?identifier={identifier(names)}"}
    yield Attempt("POST", "", bundle(entry("POST", "Observation", _note(by_condition))))


def _subscriptions(names: Names) -> Iterator[Attempt]:
    for criteria in (f"Observation?patient={names.record}", f"Patient?_id={names.record}"):
        yield Attempt("POST", "/Subscription", subscription(criteria))


def subscription(criteria: str) -> Any:
    """A subscription whose events are read from the server (Backport's channel type)."""
    backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
    channel = {
        "url": f"{backport}/backport-channel-type",
        "valueCoding": {"system": "urn:ietf:bcp:13", "code": "text/event-stream"},
    }
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "attack",
        "criteria": criteria,
        "channel": {
            "type": "websocket",
            "_type": {"extension": [channel]},
            "payload": "application/fhir+json",
        },
    }
