"""A search with `Prefer: respond-async`: what it finds, who may have it, what it refuses."""

from bulk_client import ASYNC, PROGRAM, BulkClient, BulkWorld
from fhir_world import BASE
from searched_region import populate

OTHER_PROGRAM = {"role": "integrator", "scope": "system/*.rs", "account": "leroy"}
OF_ONE_RECORD = {"role": "patient", "scope": "patient/*.rs", "patient": "dupont"}


async def test_a_search_in_the_background(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    for check in (
        it_finds_what_the_search_finds,
        it_is_of_several_types,
        what_only_pages_have_is_refused,
        it_stays_within_permissions,
    ):
        await check(bulk)


async def it_finds_what_the_search_finds(bulk: BulkWorld) -> None:
    client = BulkClient(bulk, OTHER_PROGRAM)
    path = "/Observation?subject:Patient.name=dupont&status=final"
    found = (await bulk.fhir.send("GET", path, **OTHER_PROGRAM)).json["entry"]
    expected = sorted(each["resource"]["id"] for each in found)
    exported = await client.export(f"{path}&_elements=status")
    assert exported.ids == {"Observation": expected}
    assert expected
    assert exported.manifest["request"] == f"{BASE}{path}&_elements=status"
    assert "valueQuantity" not in exported.lines["Observation"][0]
    answer = await client.kick_off(path)
    assert answer.headers["preference-applied"] == "respond-async"


async def it_is_of_several_types(bulk: BulkWorld) -> None:
    client = BulkClient(bulk, PROGRAM)
    exported = await client.export("/?_type=Patient,Encounter&_lastUpdated=gt2000")
    assert set(exported.ids) == {"Encounter", "Patient"}
    # The types of a search that names none are those that the caller can search.
    only = BulkClient(bulk, OTHER_PROGRAM | {"scope": "system/Patient.s"})
    assert set((await only.export("/?_lastUpdated=gt2000")).ids) == {"Patient"}


async def what_only_pages_have_is_refused(bulk: BulkWorld) -> None:
    client = BulkClient(bulk, PROGRAM)
    for parameter in ("_include=*", "_sort=_id", "_total=accurate", "_summary=count", "_count=1"):
        answer = await client.kick_off(f"/Patient?{parameter}")
        assert answer.status == 400, parameter
        assert parameter.partition("=")[0] in answer.json["issue"][0]["diagnostics"]
    assert (await client.kick_off("/Patient?nam=x")).status == 400


async def it_stays_within_permissions(bulk: BulkWorld) -> None:
    forbidden = BulkClient(bulk, OTHER_PROGRAM | {"scope": "system/Patient.s"})
    assert (await forbidden.kick_off("/Observation?status=final")).status == 403
    # A caller with one record has the answer at once: the preference is not applied.
    answer = await bulk.fhir.send("GET", "/Observation", headers=ASYNC, **OF_ONE_RECORD)
    assert (answer.status, answer.json["type"]) == (200, "searchset")
    location = await BulkClient(bulk, PROGRAM).start("/Patient")
    assert (await BulkClient(bulk, OTHER_PROGRAM).get(location)).status == 404
