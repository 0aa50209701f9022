"""What a program does with fhirpy, by its own calls. https://github.com/beda-software/fhir-py"""

import asyncio
from typing import Any

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

SYSTEM = "urn:oid:1.2.250.1.213.1.4.2"
LOINC = "http://loinc.org"


def weight(client: Any, patient: Any, day: int) -> Any:
    return client.resource(
        "Observation",
        status="final",
        code={"coding": [{"system": LOINC, "code": "29463-7"}]},
        subject=patient.to_reference() if hasattr(patient, "to_reference") else patient,
        effectiveDateTime=f"2026-03-{day:02}",
        valueQuantity={"value": 60 + day, "unit": "kg"},
    )


async def use_fhirpy(base: str, bearer: str) -> None:
    client = AsyncFHIRClient(base, authorization=f"Bearer {bearer}")
    patient = await creates_and_reads(client)
    await searches(client, patient)
    await changes(client, patient)
    await makes_one_of_many(client)
    await sends_bundles(client)
    await is_refused_in_words(client)


async def creates_and_reads(client: AsyncFHIRClient) -> Any:
    """References are resources' own; what was saved is what is read."""
    practice = client.resource("Organization", name="Cabinet des Lilas")
    await practice.save()
    patient = client.resource(
        "Patient",
        identifier=[{"system": SYSTEM, "value": "fhirpy-1"}],
        name=[{"family": "Durand", "given": ["Zoé"]}],
        gender="female",
        birthDate="1974-12-25",
        managingOrganization=practice,
    )
    assert await patient.is_valid(raise_exception=True)
    await patient.create()
    assert (patient.id, patient["meta"]["versionId"]) != (None, None)
    for day in range(1, 8):
        await weight(client, patient, day).create()
    read = await client.get("Patient", patient.id)
    assert (read["birthDate"], read["name"][0]["given"]) == ("1974-12-25", ["Zoé"])
    there = await patient["managingOrganization"].to_resource()
    assert there["name"] == "Cabinet des Lilas"
    by_reference = await client.reference("Patient", patient.id).to_resource()
    assert by_reference.id == patient.id
    return patient


async def searches(client: AsyncFHIRClient, patient: Any) -> None:
    weights = client.resources("Observation").search(code=f"{LOINC}|29463-7", patient=patient.id)
    days = [each["effectiveDateTime"] async for each in weights.sort("-date").limit(2)]
    assert days == [f"2026-03-{day:02}" for day in range(7, 0, -1)]
    assert await weights.count() == 7
    assert (await weights.sort("date").first())["effectiveDateTime"] == "2026-03-01"
    assert len(await weights.search(date__ge="2026-03-05", date__lt="2026-03-07").fetch()) == 2
    assert len(await weights.limit(3).fetch_all()) == 7
    observations, patients = client.resources("Observation"), client.resources("Patient")
    chained = observations.search(
        patient__Patient__name="dura", patient__organization__Organization__name="cabinet des"
    )
    assert len(await chained.fetch_all()) == 7
    assert len(await observations.search(subject=patient.to_reference()).fetch()) == 7
    having = patients.has("Observation", "patient", code="29463-7").search(family__exact="Durand")
    assert [each.id for each in await having.fetch()] == [patient.id]
    assert (await patients.search(identifier=f"{SYSTEM}|fhirpy-1").get()).id == patient.id
    with pytest.raises(MultipleResourcesFound):
        await weights.get()
    with_patient = await weights.limit(1).include("Observation", "subject").fetch_raw()
    assert [each["search"]["mode"] for each in with_patient["entry"]] == ["match", "include"]
    back = patients.search(_id=patient.id).revinclude("Observation", "subject")
    assert len((await back.fetch_raw())["entry"]) == 8
    some = await patients.search(_id=patient.id).elements("gender").first()
    assert some["gender"] == "female"
    assert "name" not in some


async def changes(client: AsyncFHIRClient, patient: Any) -> None:
    patient["active"] = True
    await patient.update()
    assert patient["meta"]["versionId"] == "2"
    await patient.patch(gender="other", birthDate=None)
    assert (patient["meta"]["versionId"], patient["gender"]) == ("3", "other")
    assert "birthDate" not in await client.get("Patient", patient.id)
    other = await client.reference("Patient", patient.id).patch(gender="female")
    assert other["gender"] == "female"
    assert patient["gender"] == "other"
    await patient.refresh()
    assert patient["gender"] == "female"
    await patient.refresh()  # 304
    assert patient["meta"]["versionId"] == "4"
    history = await patient.execute("_history", method="get")
    assert [each["resource"]["meta"]["versionId"] for each in history["entry"]] == list("4321")
    gone = await client.resources("Observation").search(patient=patient.id).sort("date").first()
    await gone.delete()
    with pytest.raises(ResourceNotFound):
        await client.get("Observation", gone.id)


async def makes_one_of_many(client: AsyncFHIRClient) -> None:
    """Two independent programs: each finds or creates the same resource."""
    practitioners = client.resources("Practitioner").search(identifier=f"{SYSTEM}|p-1")

    def practitioner() -> Any:
        identifiers = [{"system": SYSTEM, "value": "p-1"}]
        return client.resource("Practitioner", identifier=identifiers, active=True)

    made = await asyncio.gather(
        *(practitioners.get_or_create(practitioner()) for _ in range(8)),
        *(practitioners.update(practitioner()) for _ in range(4)),
    )
    assert len({each.id for each, _ in made}) == 1
    assert [new for _, new in made].count(True) == 1
    with pytest.warns(DeprecationWarning, match="first arg"):
        changed = await practitioners.patch(gender="male")
    assert (changed["gender"], changed["active"]) == ("male", True)
    _, status = await practitioners.delete()
    assert status == 204
    assert await practitioners.count() == 0


async def sends_bundles(client: AsyncFHIRClient) -> None:
    """A transaction whose entries refer to one another, and a batch."""
    own = "urn:uuid:0c6f6f0e-5f5c-4c4f-9d3f-2f5a0f3e8a11"
    patient = client.resource("Patient", name=[{"text": "Lot"}])
    observation = weight(client, {"reference": own}, 9)
    post = [("Patient", patient, own), ("Observation", observation, None)]
    entries = [
        {"request": {"method": "POST", "url": resource_type}, "resource": resource.serialize()}
        | ({"fullUrl": url} if url else {})
        for resource_type, resource, url in post
    ]
    bundle = client.resource("Bundle", type="transaction", entry=entries)
    await bundle.save()
    assert bundle["type"] == "transaction-response"
    place, other = (each["response"]["location"].split("/") for each in bundle["entry"])
    made = await client.get("Observation", other[1])
    assert made["subject"]["reference"] == f"Patient/{place[1]}"
    reads = [{"request": {"method": "GET", "url": f"Patient/{each}"}} for each in (place[1], "no")]
    data = {"resourceType": "Bundle", "type": "batch", "entry": reads}
    batch = await client.execute("", method="post", data=data)
    assert [each["response"]["status"][:3] for each in batch["entry"]] == ["200", "404"]


async def is_refused_in_words(client: AsyncFHIRClient) -> None:
    with pytest.raises(OperationOutcome, match="wings"):
        await client.resources("Patient").search(wings="2").fetch()
    with pytest.raises(OperationOutcome, match="gender"):
        await client.resource("Patient", gender="dragon").create()
    assert not await client.resource("Patient", gender="dragon").is_valid()
