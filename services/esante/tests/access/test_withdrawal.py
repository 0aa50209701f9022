"""A change of who sees a record is in effect in every process once it is acknowledged."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from fhir_world import FhirWorld, open_world

from esante.access.adapters.opening_rows import discard_past_openings
from esante.access.domain.open_records import patient_element
from socle.testing import ServeApp, until

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
}
QUERIES = ("", "?_id=lucie,marc", "?_id=lucie", "?_id=marc")


def team(own_id: str, patient: str) -> Any:
    return {
        "resourceType": "CareTeam",
        "id": own_id,
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": "Practitioner/camille"}}],
    }


def denial(patient: str) -> Any:
    system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "id": "denial",
        "status": "active",
        "scope": {"coding": [{"system": system, "code": "patient-privacy"}]},
        "category": [{"text": "x"}],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {"text": "x"},
        "provision": {"type": "deny"},
    }


async def put(fhir: FhirWorld, resource: Any) -> None:
    path = f"/{resource['resourceType']}/{resource['id']}"
    assert (await fhir.send("PUT", path, resource)).status in (200, 201)


def note(patient: str) -> Any:
    return {
        "resourceType": "Observation",
        "id": patient,
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{patient}"},
    }


async def assert_visible(fhir: FhirWorld, *patients: str) -> None:
    """Searches and reads find those patients alone, whichever statements they need."""
    for query in QUERIES:
        answer = await fhir.send("GET", f"/Patient{query}", **CAMILLE)
        found = {each["resource"]["id"] for each in answer.json.get("entry", ())}
        named = query.rpartition("=")[2].split(",") if query else patients
        assert found == set(patients).intersection(named), query
    for each in ("lucie", "marc"):
        status = (await fhir.send("GET", f"/Patient/{each}", **CAMILLE)).status
        assert status == (200 if each in patients else 404), each
    counted = await fhir.send("GET", "/Patient?_summary=count", **CAMILLE)
    assert counted.json["total"] == len(patients)
    form = {"media": "application/x-www-form-urlencoded"}
    for answer in (
        await fhir.send("GET", "/Observation?patient.active:missing=true", **CAMILLE),
        await fhir.send("GET", "/Observation?_include=Observation:patient", **CAMILLE),
        await fhir.send("POST", "/Observation/_search", b"status=final", **form, **CAMILLE),
        await fhir.send("POST", "/Observation/_search", b"", **form, **CAMILLE),
    ):
        found = {each["resource"]["id"] for each in answer.json.get("entry", ())}
        assert found == set(patients), answer.json


# With a thousand records, searches look up the stored openings. Those of other times open nothing.
_OTHERS = """
INSERT INTO record_opening (element, member, reasons, starts, ends, source_type, source_id)
SELECT n, 'Practitioner/camille', 1, NULL::timestamptz, NULL::timestamptz, 'CareTeam', 'other'
FROM generate_series(1, $1) AS n
UNION ALL SELECT $2::bigint, 'Practitioner/camille', 1, '2999-01-01', NULL, 'CareTeam', 'later'
UNION ALL SELECT $3::bigint, 'Practitioner/camille', 1, NULL, '2020-01-01', 'CareTeam', 'before'"""


@pytest.mark.parametrize("others", [0, 1100])
async def test_a_withdrawal_is_in_effect_in_every_process(
    fhir: FhirWorld, postgres_url: str, serve_app: ServeApp, tmp_path: Path, others: int
) -> None:
    async with AsyncExitStack() as stack:
        other = await open_world(postgres_url, serve_app, tmp_path, stack)
        await fhir.pool.execute(_OTHERS, others, patient_element("lucie"), patient_element("marc"))
        for each in ("lucie", "marc"):
            await put(fhir, {"resourceType": "Patient", "id": each})
            await put(fhir, note(each))
        for changed, visible in (
            (team("one", "lucie"), ("lucie",)),
            (team("one", "marc"), ("marc",)),  # as many as before
            (team("two", "lucie"), ("lucie", "marc")),
            (denial("lucie"), ("marc",)),
            (denial("marc"), ("lucie",)),
            (denial("lucie") | {"status": "inactive"}, ("lucie", "marc")),
            (team("two", "lucie") | {"status": "inactive"}, ("marc",)),
        ):
            await put(fhir, changed)
            for each in (other, fhir, other):
                await assert_visible(each, *visible)


async def test_changes_are_merged_and_past_emergencies_removed(fhir: FhirWorld) -> None:
    await put(fhir, {"resourceType": "Patient", "id": "lucie"})
    for status in ("active", "inactive", "active"):
        await put(fhir, team("one", "lucie") | {"status": status})
    await put(fhir, denial("marc"))
    await fhir.pool.execute(
        "INSERT INTO record_opening (element, member, reasons, ends, source_type, source_id)"
        " SELECT 1, 'Practitioner/ines', 8, now() - h * interval '1 hour', 'Communication', h::text"
        " FROM generate_series(20, 30, 10) AS h"
    )
    revisions = "SELECT member, bit_xor(token), count(*) FROM access_change GROUP BY 1 ORDER BY 1"
    before = await fhir.pool.fetch(revisions)
    await discard_past_openings(fhir.pool)
    past = "SELECT source_id FROM record_opening WHERE source_type = 'Communication'"
    assert [each["source_id"] for each in await fhir.pool.fetch(past)] == ["20"]
    after = await fhir.pool.fetch(revisions)
    # Four changes of Camille's: each version removes the openings of the one before.
    assert [tuple(each)[::2] for each in before] == [
        ("", 1),
        ("Practitioner/camille", 3),
        ("Practitioner/ines", 1),
    ]
    assert [each["count"] for each in after] == [1, 1, 1]
    same = [old["bit_xor"] == new["bit_xor"] for old, new in zip(before, after, strict=True)]
    assert same == [True, True, False]


async def test_one_process_at_a_time_merges_changes(fhir: FhirWorld) -> None:
    """Two that delete the same rows could wait for each other."""
    async with fhir.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE access_change IN EXCLUSIVE MODE")
        first = asyncio.create_task(discard_past_openings(fhir.pool))
        await until(fhir.is_waiting)
        await asyncio.wait_for(discard_past_openings(fhir.pool), 30)
        assert not first.done()
    await first
