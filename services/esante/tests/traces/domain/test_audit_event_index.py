"""AuditEvents of traces are indexed in two halves: what many have in common, and the rest."""

from dataclasses import fields
from typing import Any

from esante.search.domain.indexing import index
from esante.traces.domain.audit_event import audit_events
from esante.traces.domain.audit_event_index import AuditEventIndex

BASE = "https://exemple.fr/fhir"
READ: dict[str, Any] = {
    "id": "t1",
    "at": "2026-03-01T08:00:00.123Z",
    "account": "camille",
    "role": "professional",
    "client": "logiciel",
    "user": "Practitioner/camille",
    "organisation": "chu",
    "interaction": "read",
    "type": "Observation",
    "resource": "o1",
    "version": "3",
    "status": 200,
}
TRACES: tuple[tuple[dict[str, Any], list[str]], ...] = (
    (READ, ["lucie"]),
    (READ | {"id": "t2", "at": "2026-03-01T09:00:00.000Z", "resource": "o2"}, ["marc"]),
    (READ | {"id": "t3", "status": 404}, []),
    (READ | {"interaction": "search-type", "query": "code=1-8", "resource": ""}, ["a", "b"]),
    (READ | {"role": "patient", "self": "lucie", "user": "Patient/lucie"}, ["lucie"]),
    (READ | {"role": "patient", "self": "lucie", "user": "Patient/lucie"}, ["marc"]),
    (READ | {"interaction": "$emergency-access", "reason": "Inconsciente"}, ["lucie"]),
    (READ | {"interaction": "create", "others": ["Observation/o2/_history/1"]}, ["lucie"]),
    ({**READ, "role": "integrator", "client": None, "user": "Device/d1"}, ["lucie"]),
)


def test_the_halves_of_an_event_have_the_entries_of_all_of_it() -> None:
    indexing = AuditEventIndex(BASE)
    for _ in range(2):  # then from what is cached
        for trace, patients in TRACES:
            names = {"Practitioner/camille": "Dr Camille Martin"}
            for event in audit_events(trace, patients, base=BASE, names=names):
                expected, found = index(event, base=BASE), indexing.of(event)
                for each in fields(expected):
                    wanted, given = getattr(expected, each.name), getattr(found, each.name)
                    if isinstance(wanted, tuple) and each.name != "date":
                        wanted, given = sorted(wanted), sorted(given)
                    assert given == wanted, (each.name, trace)
