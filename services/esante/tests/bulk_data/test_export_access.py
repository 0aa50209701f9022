"""What an export discloses: no more than a search of the same caller, and to that caller alone."""

from typing import Any

import pytest
from bulk_client import PROGRAM, BulkClient, BulkWorld, below_base
from searched_region import populate

WEIGHTS = "http://loinc.org%7C29463-7"


def client_of(bulk: BulkWorld, **caller: Any) -> BulkClient:
    return BulkClient(bulk, PROGRAM | caller)


async def test_only_what_the_caller_can_search(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    for scope, expected in (
        ("system/Patient.rs", {"Patient": ["dupont", "durand"]}),
        ("system/Encounter.rs system/Observation.r", {"Encounter": ["visite"]}),
        (
            f"system/Observation.rs?code={WEIGHTS} system/Practitioner.rs",
            {"Observation": [f"poids{n}" for n in range(5)], "Practitioner": ["leroy"]},
        ),
        ("system/Observation.rs?code=autre", {}),
        # A grant that joins other resources gives nothing.
        (
            "system/Observation.rs?patient.gender=male system/Encounter.rs",
            {"Encounter": ["visite"]},
        ),
    ):
        client = client_of(bulk, scope=scope)
        assert (await client.export("/$export")).ids == expected, scope
    named = await client_of(bulk, scope="system/Patient.rs").kick_off("/$export?_type=Observation")
    assert named.status == 403
    # A filter does not see what the caller cannot search.
    blind = client_of(bulk, scope="system/Observation.rs")
    chained = await blind.kick_off(
        "/$export?_typeFilter=Observation%3Fpatient.gender%3Dmale&_type=Observation"
    )
    assert chained.status == 403


@pytest.mark.parametrize(
    "caller",
    [
        {"role": "patient", "patient": "dupont", "scope": "patient/*.rs"},
        {"role": "professional", "patient": "dupont", "scope": "patient/*.rs"},
        {"role": "professional", "scope": "user/*.rs"},
        {"role": "traveller", "scope": "user/*.rs"},
        {"scope": "system/*.r"},
        {"scope": "user/*.rs"},
    ],
)
async def test_who_cannot_export(bulk: BulkWorld, caller: dict[str, Any]) -> None:
    for path in ("/$export", "/Patient/$export", "/Group/g/$export"):
        assert (await client_of(bulk, **caller).kick_off(path)).status == 403
    anonymous = client_of(bulk, role="anonymous", scope="")
    assert (await anonymous.kick_off("/$export")).status == 401


async def test_a_group_that_the_caller_cannot_read(bulk: BulkWorld) -> None:
    group = {"resourceType": "Group", "id": "g", "type": "person", "actual": True}
    await bulk.fhir.send("PUT", "/Group/g", group | {"code": {"text": "autre"}})
    without = client_of(bulk, scope="system/Patient.rs")
    assert (await without.kick_off("/Group/g/$export")).status == 403
    other = client_of(bulk, scope="system/Group.rs?code=a system/Patient.rs")
    absent = await other.kick_off("/Group/absent/$export")
    hidden = await other.kick_off("/Group/g/$export")
    assert absent.status == hidden.status == 404
    assert hidden.diagnostics == absent.diagnostics.replace("absent", "g")


async def test_deletions_only_of_what_was_visible(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    bulk.clock.advance(60)
    first = await client_of(bulk).export("/$export?_type=Patient")
    bulk.clock.advance(60)
    for path in ("/Observation/poids0", "/Observation/poids4", "/Encounter/visite"):
        assert (await bulk.fhir.send("DELETE", path)).status == 204
    await bulk.fhir.send("PUT", "/Group/g", _group_of("dupont"))
    since = f"_since={first.manifest['transactionTime']}"
    weights = [f"Observation/poids{number}" for number in (0, 4)]
    for scope, path, expected in (
        ("system/*.rs", "/$export", ["Encounter/visite", *weights]),
        ("system/Encounter.rs", "/$export", ["Encounter/visite"]),
        (f"system/Observation.rs?code={WEIGHTS}", "/$export", weights),
        ("system/Observation.rs?code=autre", "/$export", []),
        ("system/*.rs", "/Group/g/$export", ["Encounter/visite", "Observation/poids0"]),
    ):
        client = client_of(bulk, scope=scope)
        assert sorted((await client.export(f"{path}?{since}")).deleted) == expected, (scope, path)


async def test_its_address_is_of_one_client(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    own = client_of(bulk)
    status = await own.start("/$export?_type=Patient")
    other = client_of(bulk, account="other")
    for answer in (await other.get(status), await other.delete(status)):
        assert answer.status == 404
    await bulk.finish()
    (file,) = (await own.result(status)).manifest["output"]
    path = below_base(file["url"])
    assert (await other.get(path)).status == 404
    assert (await client_of(bulk, role="anonymous", scope="").get(path)).status == 401
    # The same client with a token that gives less.
    assert (await client_of(bulk, scope="system/Patient.rs").get(path)).status == 403
    assert (await client_of(bulk, scope="system/*.cruds").get(path)).status == 200
    for wrong in (
        "Patient-2.ndjson",
        "Observation-1.ndjson",
        "Patient-1",
        "x",
        "%2e%2e%2fmetadata",
    ):
        assert (await own.get(f"{status}/{wrong}")).status == 404, wrong
    for wrong in ("/$async-job", "/$async-job/x", f"{status}/Patient-1.ndjson/x"):
        assert (await own.get(wrong)).status == 404, wrong
    assert (await own.get(path)).status == 200


def _group_of(*patients: str) -> dict[str, Any]:
    members = [{"entity": {"reference": f"Patient/{each}"}} for each in patients]
    return {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members}
