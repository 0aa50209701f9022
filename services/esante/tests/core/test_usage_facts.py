"""Usage facts for the gateway: which use was made, and nothing about the resource."""

from typing import Any

import french
from fhir_bundles import bundle, entry
from fhir_world import Answer, FhirWorld

PROFILE = "https://interop.esante.gouv.fr/ig/fhir/cdl/StructureDefinition/cdl-document-reference"
NOMENCLATURE = "https://mos.esante.gouv.fr/NOS/TRE_R234-TypeNote/FHIR/TRE-R234-TypeNote"

CATEGORIES = "http://terminology.hl7.org/CodeSystem/communication-category"


def document(own: str = "d1", **members: Any) -> Any:
    made = {"resourceType": "DocumentReference", "id": own, "status": "current"}
    return made | {"content": [{"attachment": {"title": "Compte rendu"}}]} | members


def note(own: str = "n1", **members: Any) -> Any:
    """The mandatory elements of the liaison notebook profile."""
    concept = {"coding": [{"system": NOMENCLATURE, "code": "OBS"}]}
    subject = {"identifier": {"value": "p"}}
    author = [{"identifier": {"value": "a"}}]
    return document(own, type=concept, subject=subject, author=author, **members)


def fact_of(answer: Answer) -> str | None:
    assert answer.status in (200, 201, 204, 304), answer.body
    facts = answer.headers.getall("x-regionlab-fact", [])
    assert len(facts) <= 1
    return facts[0] if facts else None


async def test_a_document_is_opened_and_not_by_writing_or_missing_it(fhir: FhirWorld) -> None:
    assert fact_of(await fhir.send("PUT", "/DocumentReference/d1", document())) is None
    read = await fhir.send("GET", "/DocumentReference/d1")
    assert fact_of(read) == "document-opened"
    unchanged = {"if-none-match": read.headers["etag"]}
    again = await fhir.send("GET", "/DocumentReference/d1", headers=unchanged)
    assert (again.status, fact_of(again)) == (304, "document-opened")
    assert fact_of(await fhir.send("GET", "/DocumentReference")) is None
    absent = await fhir.send("GET", "/DocumentReference/d2")
    assert (absent.status, "x-regionlab-fact" in absent.headers) == (404, False)
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    assert fact_of(await fhir.send("GET", "/Patient/p1")) is None


async def test_a_notebook_is_written_and_opened(fhir: FhirWorld) -> None:
    assert fact_of(await fhir.send("PUT", "/DocumentReference/n1", note())) == "notebook-written"
    assert fact_of(await fhir.send("PUT", "/DocumentReference/n1", note())) is None  # unchanged
    other = note() | {"description": "Séance du matin"}
    assert fact_of(await fhir.send("PUT", "/DocumentReference/n1", other)) == "notebook-written"
    patch = [{"op": "replace", "path": "/status", "value": "superseded"}]
    media = "application/json-patch+json"
    patched = await fhir.send("PATCH", "/DocumentReference/n1", patch, media=media)
    assert fact_of(patched) == "notebook-written"
    assert fact_of(await fhir.send("GET", "/DocumentReference/n1")) == "notebook-opened"
    stale = {"if-match": 'W/"1"'}
    refused = await fhir.send("PUT", "/DocumentReference/n1", note(), headers=stale)
    assert (refused.status, "x-regionlab-fact" in refused.headers) == (412, False)
    assert fact_of(await fhir.send("DELETE", "/DocumentReference/n1")) is None


async def test_a_note_is_recognised_by_its_profile_or_its_nomenclature(fhir: FhirWorld) -> None:
    by_profile = document(meta={"profile": [f"{PROFILE}|3.0.0"]})
    assert fact_of(await fhir.create(by_profile)) == "notebook-written"
    escaped = b'{"resourceType":"DocumentReference","status":"current","meta":{"profile":["'
    escaped += (
        PROFILE.replace("/", "\\/").encode() + b'"]},"content":[{"attachment":{"title":"x"}}]}'
    )
    made = await fhir.create(escaped)
    assert fact_of(made) == "notebook-written"
    talks = document("d1", description=f'Voir "{PROFILE}" et {NOMENCLATURE}')
    assert fact_of(await fhir.create(talks)) is None


async def test_what_only_speaks_of_notes_is_none(fhir: FhirWorld) -> None:
    concept = {"coding": [{"system": NOMENCLATURE, "code": "OBS"}]}
    contained = note("dedans", content=[{"attachment": {"title": "x"}}])
    for members in (
        {"extension": [{"url": f"{PROFILE}", "valueCodeableConcept": concept}]},
        {"contained": [contained], "context": {"related": [{"reference": "#dedans"}]}},
        {"category": [concept]},
        {"type": {"coding": [{"system": f"{NOMENCLATURE}-autre", "code": "OBS"}]}},
        {"meta": {"profile": [f"{PROFILE}-autre"]}},
        {"description": PROFILE},
    ):
        made = await fhir.create(document(**members))
        assert (made.status, fact_of(made)) == (201, None), members


async def test_finding_notes_opens_the_notebook_once(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/DocumentReference/d1", document("d1"))
    assert fact_of(await fhir.send("GET", "/DocumentReference")) is None
    await fhir.send("PUT", "/DocumentReference/n1", note("n1"))
    await fhir.send("PUT", "/DocumentReference/n2", note("n2"))
    found = await fhir.send("GET", f"/DocumentReference?type={NOMENCLATURE}%7COBS&_count=1")
    assert fact_of(found) == "notebook-opened"
    (following,) = [each["url"] for each in found.json["link"] if each["relation"] == "next"]
    after = await fhir.send(
        "GET", "/DocumentReference" + following.partition("DocumentReference")[2]
    )
    assert (len(after.json["entry"]), fact_of(after)) == (1, None)
    form = "application/x-www-form-urlencoded"
    posted = await fhir.send("POST", "/DocumentReference/_search", b"status=current", media=form)
    assert fact_of(posted) == "notebook-opened"
    assert fact_of(await fhir.send("GET", "/DocumentReference?_summary=count")) is None


async def test_an_appointment_is_shared_when_it_is_new(fhir: FhirWorld) -> None:
    appointment = {k: v for k, v in french.APPOINTMENT.items() if k not in ("id", "meta")}
    made = await fhir.create(appointment, headers={"prefer": "return=minimal"})
    assert fact_of(made) == "appointment-shared"
    place = made.headers["location"].partition("/fhir")[2].partition("/_history")[0]
    own = appointment | {"id": place.rpartition("/")[2]}
    assert fact_of(await fhir.send("PUT", place, own)) is None
    assert fact_of(await fhir.send("GET", place)) is None


async def test_a_reminder_is_sent_and_read(fhir: FhirWorld) -> None:
    coding = {"system": CATEGORIES, "code": "reminder"}
    reminder: dict[str, Any] = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"coding": [coding]}],
    }
    made = await fhir.create(reminder, headers={"prefer": "return=minimal"})
    assert fact_of(made) == "reminder-sent"
    place = made.headers["location"].partition("/fhir")[2].partition("/_history")[0]
    assert fact_of(await fhir.send("GET", place)) == "reminder-read"
    assert fact_of(await fhir.send("GET", "/Communication?status=completed")) == "reminder-read"
    own = reminder | {"id": place.rpartition("/")[2], "payload": [{"contentString": "À 9 h."}]}
    assert fact_of(await fhir.send("PUT", place, own)) is None
    for members in (
        {"status": "preparation"},
        {
            "category": [{"coding": [coding | {"code": "alert"}]}],
            "reasonCode": [{"text": "reminder"}],
        },
        {"category": [{"coding": [coding | {"system": "urn:autre"}]}]},
    ):
        assert fact_of(await fhir.create(reminder | members)) is None, members


async def test_what_was_there_already_was_not_written(fhir: FhirWorld) -> None:
    identified = note(identifier=[{"system": "urn:s", "value": "1"}])
    unless = {"if-none-exist": "identifier=urn:s|1"}
    answers = [
        await fhir.send("POST", "/DocumentReference", identified, headers=unless) for _ in "ab"
    ]
    assert [(each.status, fact_of(each)) for each in answers] == [
        (201, "notebook-written"),
        (200, None),
    ]


async def test_a_bundle_reports_the_first_fact_of_its_entries(fhir: FhirWorld) -> None:
    patient = entry("POST", "Patient", {"resourceType": "Patient"}, "urn:uuid:p")
    await fhir.send("PUT", "/DocumentReference/d1", document("d1"))
    reads = entry("GET", "DocumentReference/d1")
    writes = entry("POST", "DocumentReference", note())
    for bundle_type in ("transaction", "batch"):
        for entries, fact in (
            ([patient, writes], "notebook-written"),
            ([patient, writes, reads], "notebook-written"),
            ([reads, writes], "document-opened"),
            ([patient], None),
            ([entry("GET", "DocumentReference/never"), entry("DELETE", "Patient/x")], None),
        ):
            answer = await fhir.send("POST", "", bundle(*entries, bundle_type=bundle_type))
            assert (answer.status, fact_of(answer)) == (200, fact), (bundle_type, entries)
    wrong = bundle(writes, entry("POST", "Patient", {"resourceType": "Observation"}))
    refused = await fhir.send("POST", "", wrong)
    assert (refused.status, "x-regionlab-fact" in refused.headers) == (400, False)
