"""$export, by a client that knows only the specification: kick-off, polling, manifest, files,
increments, deletion. https://hl7.org/fhir/uv/bulkdata/STU2/export.html
"""

from typing import Any

from bulk_client import ASYNC, PROGRAM, BulkClient, BulkWorld, below_base
from fhir_world import BASE
from searched_region import DUPONT, populate

from socle.clock import ManualClock

OF_PATIENTS = {
    "Encounter": ["visite"],
    "Observation": [f"poids{number}" for number in range(5)],
    "Patient": ["dupont", "durand"],
}
OTHER_TYPES = ("Patient", "Encounter", "Practitioner", "Provenance", "Group")


def group(*patients: str, inactive: tuple[str, ...] = ()) -> dict[str, Any]:
    members = [{"entity": {"reference": f"Patient/{each}"}} for each in patients]
    members += [{"entity": {"reference": f"Patient/{e}"}, "inactive": True} for e in inactive]
    return {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members}


async def test_levels_parameters_and_files(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    for check in (
        everything_of_the_server,
        every_patient,
        a_group,
        named_patients,
        some_types_elements_and_filters,
        a_file_in_parts_and_compressed,
        it_is_audited,
    ):
        await check(client)


async def everything_of_the_server(client: BulkClient) -> None:
    path = "/$export?_outputFormat=application%2Ffhir%2Bndjson"
    exported = await client.export(path)
    assert exported.manifest["request"] == BASE + path
    assert exported.manifest["error"] == exported.manifest["deleted"] == []
    assert exported.ids.pop("AuditEvent")
    assert exported.ids == OF_PATIENTS | {
        "AuditEvent": exported.ids["AuditEvent"],
        "Practitioner": ["leroy"],
        "Provenance": ["origine"],
    }


async def every_patient(client: BulkClient) -> None:
    for spelling in ("application/fhir+ndjson", "application/ndjson", "ndjson"):
        exported = await client.export(f"/Patient/$export?_outputFormat={spelling}")
        # A Provenance is in the compartment of the patient that it is about.
        assert exported.ids == OF_PATIENTS
    # As it was sent, with its decimals, on one line.
    (dupont,) = (one for one in exported.manifest["output"] if one["type"] == "Patient")
    answer = await client.get(below_base(dupont["url"]))
    assert b'"valueDecimal": 1.10' in answer.body
    assert len(answer.body.splitlines()) == 2


async def a_group(client: BulkClient) -> None:
    body = group("dupont", inactive=("durand",))
    await client.world.fhir.send("PUT", "/Group/g", body)
    exported = await client.export("/Group/g/$export")
    assert exported.ids == {
        "Encounter": ["visite"],
        "Group": ["g"],
        "Observation": ["poids0", "poids1", "poids2"],
        "Patient": ["dupont"],
    }


async def named_patients(client: BulkClient) -> None:
    patient = {"name": "patient", "valueReference": {"reference": "Patient/durand"}}
    types = {"name": "_type", "valueString": "Patient,Observation"}
    body = {"resourceType": "Parameters", "parameter": [patient, types]}
    exported = await client.export("/Patient/$export", body)
    assert exported.ids == {"Observation": ["poids3", "poids4"], "Patient": ["durand"]}
    refused = await client.kick_off("/Group/g/$export", body)
    assert refused.status == 400
    assert "Patient/durand" in refused.diagnostics


async def some_types_elements_and_filters(client: BulkClient) -> None:
    exported = await client.export("/$export?_type=Practitioner,Patient&_elements=Patient.gender")
    assert sorted(exported.lines) == ["Patient", "Practitioner"]
    for each in exported.lines["Patient"]:
        assert set(each) == {"resourceType", "id", "meta", "gender"}
        assert each["meta"]["tag"][0]["code"] == "SUBSETTED"
    filtered = await client.export(
        "/Patient/$export?_type=Patient,Observation"
        "&_typeFilter=Observation%3Fsubject%3APatient.gender%3Dmale"
        "&_typeFilter=Observation%3F_id%3Dpoids0"
    )
    assert filtered.ids == {
        "Observation": ["poids0", "poids3", "poids4"],
        "Patient": ["dupont", "durand"],
    }


async def a_file_in_parts_and_compressed(client: BulkClient) -> None:
    exported = await client.export("/Patient/$export?_type=Observation")
    address = below_base(exported.manifest["output"][0]["url"])
    plain = await client.get(address, **{"accept-encoding": "identity"})
    assert int(plain.headers["content-length"]) == len(plain.body)
    rest = await client.get(address, range="bytes=100-", **{"accept-encoding": "identity"})
    assert (rest.status, rest.body) == (206, plain.body[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(plain.body) - 1}/{len(plain.body)}"
    assert (await client.get(address, range="bytes=999999-")).status == 416
    other = await client.get(address, range="bytes=100-", **{"if-range": '"another"'})
    assert (other.status, other.body) == (200, plain.body)


async def it_is_audited(client: BulkClient) -> None:
    found = await client.world.fhir.send("GET", "/AuditEvent?action=R&_count=200")
    name = {each["resource"]["entity"][0]["name"] for each in found.json["entry"]}
    assert {"Observation-1.ndjson", "Patient-2.ndjson"} <= name
    (agent,) = found.json["entry"][0]["resource"]["agent"]
    assert (agent["who"]["identifier"]["value"], agent["altId"]) == ("app", "program")


async def test_polling(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    status = await client.start("/$export")
    for _ in range(3):
        answer = await client.get(status)
        assert answer.status == 202
        assert answer.headers["x-progress"]
        assert (await client.get(status)).status == 429
        bulk.clock.advance(int(answer.headers["retry-after"]))
    assert await bulk.worker.advance()
    progress = (await client.get(status)).headers["x-progress"]
    assert progress == "0/11 ressources (0 %)"
    # The same export again is the one in progress; a seventh one is too many.
    assert await client.start("/$export") == status
    others = [await client.start(f"/$export?_type={each}") for each in OTHER_TYPES]
    refused = await client.kick_off("/$export?_type=Observation")
    assert (refused.status, refused.codes) == (429, ["throttled"])
    assert int(refused.headers["retry-after"]) > 0
    # A cancelled one, in progress or not, no longer exists.
    assert (await client.delete(status)).status == 202
    for answer in (await client.get(status), await client.delete(status)):
        assert (answer.status, answer.json["resourceType"]) == (404, "OperationOutcome")
    await bulk.finish()
    exported = await client.result(others[0])
    (file,) = exported.manifest["output"]
    assert (await client.delete(others[0])).status == 202
    assert (await client.get(below_base(file["url"]))).status == 404
    assert await bulk.purge() == 2
    remaining = await bulk.fhir.pool.fetch("SELECT DISTINCT export FROM export_chunk")
    assert {each["export"] for each in remaining} == {
        each.rpartition("/")[2] for each in others[1:4]
    }


async def test_one_snapshot_then_what_changed(bulk: BulkWorld, manual_clock: ManualClock) -> None:
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    manual_clock.advance(60)
    status = await client.start("/Patient/$export")
    assert await bulk.worker.advance()
    # Selected, not written yet: what is written from now on belongs to the next export.
    manual_clock.advance(60)
    changed = DUPONT.replace(b'"female"', b'"other"')
    assert (await bulk.fhir.send("PUT", "/Patient/dupont", changed)).status == 200
    assert (await bulk.fhir.send("DELETE", "/Observation/poids4")).status == 204
    assert (await bulk.fhir.send("DELETE", "/Practitioner/leroy")).status == 204
    await bulk.fhir.send("PUT", "/Patient/neuf", {"resourceType": "Patient", "id": "neuf"})
    await bulk.finish()
    first = await client.result(status)
    assert first.ids == OF_PATIENTS
    assert {each["gender"] for each in first.lines["Patient"]} == {"female", "male"}
    manual_clock.advance(60)
    since = first.manifest["transactionTime"]
    following = await client.export(f"/Patient/$export?_since={since}")
    assert following.ids == {"Patient": ["dupont", "neuf"]}
    # The practitioner was in no patient's record.
    assert following.deleted == ["Observation/poids4"]
    complete = await client.export(f"/$export?_since={since}&_type=Practitioner,Observation")
    assert (complete.ids, sorted(complete.deleted)) == (
        {},
        ["Observation/poids4", "Practitioner/leroy"],
    )
    until = await client.export(f"/$export?_until={since}&_type=Patient")
    assert until.ids == {"Patient": ["durand"]}
    nothing = await client.export(f"/$export?_since={following.manifest['transactionTime']}")
    assert (nothing.ids, nothing.deleted) == ({}, [])


async def test_what_expires(bulk: BulkWorld, manual_clock: ManualClock) -> None:
    client = BulkClient(bulk, PROGRAM)
    status = await client.start("/$export")
    await bulk.finish()
    assert (await client.result(status)).lines.keys() == {"AuditEvent"}
    manual_clock.advance(25 * 3600)
    assert (await client.get(status)).status == 404
    assert await bulk.purge() == 1


async def test_kick_off_is_refused(bulk: BulkWorld) -> None:
    client = BulkClient(bulk, PROGRAM)
    for query, named in (
        ("_outputFormat=text/csv", "_outputFormat"),
        ("_since=2999-01-01T00:00:00Z", "avenir"),
        ("_since=2026-01-01", "_since"),
        ("_since=2026-02-30T00:00:00Z", "_since"),
        ("_until=hier", "_until"),
        ("_type=Personne", "Personne"),
        ("_type=Practitioner", "Practitioner"),
        ("_typeFilter=Observation", "_typeFilter"),
        ("_typeFilter=Observation%3Fcouleur%3Drouge", "couleur"),
        ("_typeFilter=Observation%3F_include%3D*", "_typeFilter"),
        ("_type=Patient&_typeFilter=Observation%3Fstatus%3Dfinal", "_typeFilter"),
        ("_elements=1", "_elements"),
        ("includeAssociatedData=LatestProvenanceResources", "includeAssociatedData"),
        ("patient=Patient/a", "patient"),
    ):
        answer = await client.kick_off(f"/Patient/$export?{query}")
        assert answer.status == 400, (query, answer.status)
        assert named in answer.diagnostics, query
    assert (await client.kick_off("/Patient/$export", headers={})).status == 400
    assert (await client.kick_off("/Group/personne/$export")).status == 404
    assert (await client.kick_off("/Encounter/$export")).status == 404
    assert (await client.kick_off("/Group/$export")).status == 400
    lenient = ASYNC | {"prefer": "respond-async, handling=lenient"}
    ignored = await client.kick_off("/$export?includeAssociatedData=x", headers=lenient)
    assert ignored.status == 202
    assert (await client.kick_off("/$export", headers=ASYNC | {"accept": "text/xml"})).status == 406
    entry = {"request": {"method": "GET", "url": "$export"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    inside = await bulk.fhir.send("POST", "", bundle, **PROGRAM)
    assert inside.json["entry"][0]["response"]["status"].startswith("4")


async def test_the_server_states_it(bulk: BulkWorld) -> None:
    statement = (await bulk.fhir.send("GET", "/metadata")).json
    bulk_data = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
    assert bulk_data in statement["instantiates"]
    rest = statement["rest"][0]
    defined = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
    assert {"name": "export", "definition": f"{defined}export"} in rest["operation"]
    resources = {each["type"]: each for each in rest["resource"]}
    for resource_type, level in (("Patient", "patient"), ("Group", "group")):
        operations = resources[resource_type]["operation"]
        assert {"name": "export", "definition": f"{defined}{level}-export"} in operations


async def test_a_long_file_is_split(open_bulk: Any) -> None:
    bulk = await open_bulk(export_file_bytes=1024)
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    exported = await client.export("/Patient/$export")
    files = [each for each in exported.manifest["output"] if each["type"] == "Observation"]
    assert [each["count"] for each in files] == [2, 2, 1]
    assert exported.ids == OF_PATIENTS
    for each in files:
        answer = await client.get(below_base(each["url"]), **{"accept-encoding": "identity"})
        assert len(answer.body) <= 1024
