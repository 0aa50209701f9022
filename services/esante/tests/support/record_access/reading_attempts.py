"""Reads, searches and operations that name a record, by every way that takes an id or a value."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from fhir_bundles import bundle, entry

from record_access.attempts import FORM, Attempt, Names
from record_access.planted_records import identifier, planted

_ENTRIES: Final = 20
_VALUES: Final = {"date": "gt1850", "number": "gt-1", "quantity": "gt-1"}
SearchParameters = Sequence[tuple[str, str, str]]
"""(resource type, parameter, its type), of the CapabilityStatement."""


def searched_types(names: Names) -> list[str]:
    """The types of the planted resources."""
    return [each["resourceType"] for each in planted(names, "")]


def reads(names: Names) -> Iterator[Attempt]:
    """Everything that names the record, or could find it."""
    paths = [*_operations(names), *_searches(names), *_of_each_type(names)]
    for path in paths:
        yield Attempt("GET", f"/{quote(path, safe='/?&=:,|*$._-')}")
    yield from _with_headers(names)
    yield from _with_bodies(names)
    for each in ("batch", "transaction"):
        entries = [entry("GET", path) for path in paths[:_ENTRIES]]
        yield Attempt("POST", "", bundle(*entries, bundle_type=each))
        for path in paths[-_ENTRIES:]:
            yield Attempt("POST", "", bundle(entry("GET", path), bundle_type=each))


def parameter_searches(names: Names, parameters: SearchParameters) -> Iterator[Attempt]:
    """Searches by each parameter and modifier, chains through it, and the order by it."""
    for resource_type, name, parameter_type in parameters:
        value = _VALUES.get(parameter_type, names.secret)
        if parameter_type == "reference":
            value = f"Patient/{names.record}"
        queries = [f"{name}={value}&_total=accurate", f"_sort={name}&_count=1&_elements=id"]
        queries.append(f"{name}:missing=false&_summary=count")
        if parameter_type == "reference":
            queries.append(f"{name}:Patient.name={names.secret}&_total=accurate")
            queries.append(f"_include={resource_type}:{name}&_id={names.record}")
        elif parameter_type == "string":
            queries.append(f"{name}:contains={names.secret}&_total=estimate")
        elif parameter_type == "token":
            queries.append(f"{name}:not={names.secret}x&_summary=count")
            queries.append(f"{name}:text={names.secret}")
        for query in queries:
            yield Attempt("GET", f"/{resource_type}?{quote(query, safe='&=:,/')}")


def _operations(names: Names) -> list[str]:
    name = names.record
    return [
        f"Patient/{name}/$everything",
        f"Patient/{name}/$everything?_type=Observation&_since=1990",
        f"Patient/{name}/$summary",
        f"Patient/$summary?identifier={identifier(names)}",
        f"Patient/{name}/$emergency-access",
        f"Patient/{name}/$export",
        f"Group/{name}/$export",
        "Patient/$export",
        "$export",
        f"List/{name}/$document",
        f"Composition/{name}/$document",
        f"Observation/$lastn?patient={name}",
        f"Observation/$lastn?subject=Patient/{name}&max=1",
        f"Patient/{name}/$match",
        f"Encounter/{name}/$everything",
        f"Patient/{name}/$graphql?query={{Patient{{name{{family}}}}}}",
        f"$graphql?query={{Patient(id:%22{name}%22){{name{{family}}}}}}",
        f"Subscription/{name}/$status",
        f"Subscription/{name}/$events",
        "$meta",
        "Observation/$meta",
    ]


def _searches(names: Names) -> list[str]:
    """Compartments, `_has`, chains, inclusions, filters, texts."""
    name, secret = names
    doctor = "Practitioner/attack-doctor"
    return [
        f"Patient/{name}/*",
        f"Patient/{name}/Observation?_total=accurate",
        f"Encounter/{name}/*",
        f"RelatedPerson/{name}/*",
        f"Device/{name}/*",
        f"{doctor}/Observation",
        f"{doctor}/*?_total=accurate",
        f"Practitioner?_has:Observation:performer:patient={name}&_total=accurate",
        f"Practitioner?_has:Observation:performer:code={secret}",
        f"Practitioner?_has:Observation:performer:_has:List:item:title={secret}",
        f"Practitioner?_has:CareTeam:participant:subject:Patient.name={secret}",
        f"Practitioner?_has:Appointment:actor:actor=Patient/{name}",
        f"Organization?_has:Patient:organization:family={secret}&_total=accurate",
        f"Location?_has:Encounter:location:subject={name}",
        f"Medication?_has:MedicationRequest:medication:patient={name}",
        "Practitioner?_revinclude=*&_revinclude:iterate=*",
        "Organization?_revinclude=Patient:organization",
        "Medication?_revinclude=MedicationRequest:medication&_include:iterate=*",
        "Location?_revinclude=Encounter:location&_include:iterate=Encounter:subject",
        "Practitioner?_id=attack-doctor&_revinclude=Observation:performer&_contained=both",
        f"?_type=Patient,Observation,Task&_id={name}&_total=accurate",
        "?_lastUpdated=gt2000&_total=accurate",
        f"Observation?subject:Patient.name={secret}&_total=accurate",
        f"Observation?subject.identifier={identifier(names)}&_summary=count",
        f"Observation?subject:identifier={identifier(names)}&_total=accurate",
        f"Observation?_list={name}",
        f"Observation?_filter=code eq {secret}",
        f"Observation?_filter=patient eq Patient/{name} and status eq final",
        f"Observation?_query=x&patient={name}",
        f"Observation?code={secret}&_sort=-date&_elements=code",
        f"Observation?code:not=urn:x|{secret}&_total=accurate",
        f"Observation?code:in=ValueSet/{name}",
        f"Observation?value-quantity=987654&_total=accurate&_has:List:item:_id={name}",
        f"Observation?_content={secret}",
        f"Patient?_text={secret}",
        f"Patient?name:contains={secret}&_sort=family&_total=accurate",
        f"Patient?identifier={identifier(names)}",
        f"Patient?identifier:of-type=urn:t|MR|{secret}-{name}",
        "Patient?name:missing=false&_summary=count",
        f"Patient?_has:Observation:patient:code={secret}&_total=accurate",
        f"Patient?_has:Group:member:name={secret}",
        f"Patient?link=Patient/{name}",
        f"Patient?_id={name},attack-none&_total=accurate&_count=0",
        f"AuditEvent?patient={name}",
        f"AuditEvent?entity=Patient/{name}&_total=accurate",
        f"Provenance?target=Patient/{name}",
        f"Consent?patient={name}&_total=accurate",
        "_history",
        "Observation/_history",
        "Patient/_history?_count=1",
    ]


def _of_each_type(names: Names) -> Iterator[str]:
    name = names.record
    for each in searched_types(names):
        yield from (
            f"{each}/{name}",
            f"{each}/{name}?_elements=id",
            f"{each}/{name}?_summary=true",
            f"{each}/{name}/_history",
            f"{each}/{name}/_history?_since=1990&_count=1",
            f"{each}/{name}/_history/1",
            f"{each}/{name}/_history/2",
            f"{each}/{name}/$meta",
            f"{each}?_id={name}&_total=accurate",
            f"{each}?_summary=count",
            f"{each}?_lastUpdated=gt2000&_sort=_lastUpdated&_count=1",
        )


def _with_headers(names: Names) -> Iterator[Attempt]:
    """The oracles of conditional and asynchronous requests."""
    for each in searched_types(names):
        place = f"/{each}/{names.record}"
        for headers in (
            {"If-None-Match": 'W/"1"'},
            {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
            {"Accept": "text/html"},
            {"Accept": "*/*", "Range": "bytes=0-9"},
        ):
            yield Attempt("GET", place, headers=headers)
        yield Attempt("HEAD", place)
    search = f"/Observation?patient={names.record}"
    yield Attempt("GET", search, headers={"Prefer": "respond-async"})
    yield Attempt("GET", search, headers={"Prefer": "handling=strict"})


def _with_bodies(names: Names) -> Iterator[Attempt]:
    by_form = f"patient={names.record}&_total=accurate"
    yield Attempt("POST", "/Observation/_search", by_form, FORM)
    yield Attempt("POST", "/_search", f"_type=Observation&code={names.secret}", FORM)
    patient = {"resourceType": "Patient", "name": [{"family": names.secret}]}
    for more in ({}, {"birthDate": "1900-01-01"}):
        yield _operation("Patient/$match", resource=patient | more)
    reason = {"name": "reason", "valueString": "Attaque simulée, sans urgence"}
    # Who is not a professional has no emergency access; a professional's is traced and notified.
    yield _operation("Patient/$emergency-access", parameters=[reason])
    subject = {"reference": f"Patient/{names.record}"}
    note = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    yield _operation("Observation/$validate", resource=note | {"subject": subject})
    for each in ("Observation", "Patient"):
        yield _operation(f"{each}/{names.record}/$validate")
        yield _operation(f"{each}/{names.record}/$meta-add")
        yield _operation(f"{each}/{names.record}/$meta-delete")


def _operation(path: str, resource: Any = None, parameters: Sequence[Any] = ()) -> Attempt:
    given = [] if resource is None else [{"name": "resource", "resource": resource}]
    return Attempt(
        "POST", f"/{path}", {"resourceType": "Parameters", "parameter": [*given, *parameters]}
    )
