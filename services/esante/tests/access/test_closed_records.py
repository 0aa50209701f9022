"""A closed record is as an absent one: by content, count, error, include, chain, operation."""

from typing import Any

import pytest
from fhir_world import FhirWorld
from record_access.attacks import (
    ABSENT,
    SECRET,
    SHARED,
    VICTIM,
    anonymised,
    reads,
    request_as,
    secrets,
    writes,
)

ATTACKER: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "attacker",
    "fhir_user": "Practitioner/attacker",
    "organisation": "elsewhere",
}
CALLERS: dict[str, dict[str, Any]] = {
    "stranger": ATTACKER,
    "in-context": ATTACKER | {"scope": "patient/*.cruds user/*.rs", "patient": VICTIM},
    "narrowed": ATTACKER | {"scope": f"user/*.rs?_id={VICTIM} user/Observation.cruds"},
    "nameless": ATTACKER | {"fhir_user": None, "organisation": None},
    "patient": {"role": "patient", "scope": "patient/*.cruds user/*.rs", "patient": "marc"},
    "program-scope": ATTACKER | {"scope": "system/*.cruds user/Patient.rs"},
}


async def put(fhir: FhirWorld, *resources: Any, **by: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each, **by)
        assert answer.status in (200, 201), answer.body


@pytest.mark.parametrize(
    "caller",
    [
        "stranger",
        *(
            pytest.param(each, marks=pytest.mark.deep_only)
            for each in CALLERS
            if each != "stranger"
        ),
    ],
)
async def test_planting_secrets_changes_no_answer(fhir: FhirWorld, caller: str) -> None:
    by = CALLERS[caller]
    own = {"resourceType": "Patient", "id": "own", "name": [{"family": "own"}]}
    await put(fhir, *SHARED)
    if by["role"] == "professional" and caller == "stranger":
        await put(fhir, own, **by)
    requests = list(reads(VICTIM))
    before = [anonymised(await request_as(fhir, each, by), "-") for each in requests]
    await put(fhir, *secrets(VICTIM))
    for request, expected in zip(requests, before, strict=True):
        answer = await request_as(fhir, request, by)
        # What is sent comes back in links and messages; what is stored does not.
        sent = SECRET in request[1] or SECRET in str(request[2])
        assert sent or SECRET not in answer.body.decode(errors="replace"), request
        assert anonymised(answer, "-") == expected, request
    for other, never in zip(writes(VICTIM), writes(ABSENT), strict=True):
        found, absent = await request_as(fhir, other, by), await request_as(fhir, never, by)
        assert anonymised(found, VICTIM) == anonymised(absent, ABSENT), other[:2]
    # Nothing was written there, and no way led in.
    for resource in secrets(VICTIM):
        place = f"/{resource['resourceType']}/{VICTIM}"
        current = await fhir.send("GET", place)
        assert (current.status, current.headers["etag"]) == (200, 'W/"1"'), place
        assert (await fhir.send("GET", place, **by)).status in (403, 404), place


async def test_the_attacks_find_what_is_open(fhir: FhirWorld) -> None:
    """The same requests, by a member of the circle: otherwise they would prove nothing."""
    await put(fhir, *SHARED, *secrets(VICTIM))
    member = ATTACKER | {"account": "doctor", "fhir_user": "Practitioner/doctor"}
    found = 0
    for each in reads(VICTIM):
        answer = await request_as(fhir, each, member)
        found += SECRET not in each[1] and SECRET.encode() in answer.body
    assert found > 40
