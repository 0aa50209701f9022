"""What is told to the door of what was done: that a thing of ours was used, and nothing of it."""

from typing import Any

import french
from fhir_bundles import bundle, entry
from fhir_world import Answer, FhirWorld

PROFILE = "https://interop.esante.gouv.fr/ig/fhir/cdl/StructureDefinition/cdl-document-reference"
NOMENCLATURE = "https://mos.esante.gouv.fr/NOS/TRE_R234-TypeNote/FHIR/TRE-R234-TypeNote"


def document(own: str = "d1", **members: Any) -> Any:
    told = {"resourceType": "DocumentReference", "id": own, "status": "current"}
    return told | {"content": [{"attachment": {"title": "Compte rendu"}}]} | members


def note(own: str = "n1", **members: Any) -> Any:
    """What the liaison notebook's profile asks for at least."""
    kind = {"coding": [{"system": NOMENCLATURE, "code": "OBS"}]}
    subject = {"identifier": {"value": "p"}}
    author = [{"identifier": {"value": "a"}}]
    return document(own, type=kind, subject=subject, author=author, **members)


def said(answer: Answer) -> str | None:
    assert answer.status in (200, 201, 204, 304), answer.body
    told = answer.headers.getall("x-regionlab-fact", [])
    assert len(told) <= 1
    return told[0] if told else None


async def test_a_document_is_opened_and_not_by_writing_or_missing_it(fhir: FhirWorld) -> None:
    assert said(await fhir.ask("PUT", "/DocumentReference/d1", document())) is None
    read = await fhir.ask("GET", "/DocumentReference/d1")
    assert said(read) == "document-opened"
    kept = {"if-none-match": read.headers["etag"]}
    again = await fhir.ask("GET", "/DocumentReference/d1", headers=kept)
    assert (again.status, said(again)) == (304, "document-opened")
    assert said(await fhir.ask("GET", "/DocumentReference")) is None
    absent = await fhir.ask("GET", "/DocumentReference/d2")
    assert (absent.status, "x-regionlab-fact" in absent.headers) == (404, False)
    await fhir.ask("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    assert said(await fhir.ask("GET", "/Patient/p1")) is None


async def test_a_notebook_is_written_and_opened(fhir: FhirWorld) -> None:
    assert said(await fhir.ask("PUT", "/DocumentReference/n1", note())) == "notebook-written"
    assert said(await fhir.ask("PUT", "/DocumentReference/n1", note())) == "notebook-written"
    patch = [{"op": "replace", "path": "/status", "value": "superseded"}]
    media = "application/json-patch+json"
    patched = await fhir.ask("PATCH", "/DocumentReference/n1", patch, media=media)
    assert said(patched) == "notebook-written"
    assert said(await fhir.ask("GET", "/DocumentReference/n1")) == "notebook-opened"
    stale = {"if-match": 'W/"1"'}
    refused = await fhir.ask("PUT", "/DocumentReference/n1", note(), headers=stale)
    assert (refused.status, "x-regionlab-fact" in refused.headers) == (412, False)
    assert said(await fhir.ask("DELETE", "/DocumentReference/n1")) is None


async def test_a_note_says_it_is_one_by_its_profile_or_its_nomenclature(fhir: FhirWorld) -> None:
    by_profile = document(meta={"profile": [f"{PROFILE}|3.0.0"]})
    assert said(await fhir.create(by_profile)) == "notebook-written"
    escaped = b'{"resourceType":"DocumentReference","status":"current","meta":{"profile":["'
    escaped += (
        PROFILE.replace("/", "\\/").encode() + b'"]},"content":[{"attachment":{"title":"x"}}]}'
    )
    made = await fhir.create(escaped)
    assert said(made) == "notebook-written"
    talks = document("d1", description=f'Voir "{PROFILE}" et {NOMENCLATURE}')
    assert said(await fhir.create(talks)) is None


async def test_what_only_speaks_of_notes_is_none(fhir: FhirWorld) -> None:
    kind = {"coding": [{"system": NOMENCLATURE, "code": "OBS"}]}
    contained = note("dedans", content=[{"attachment": {"title": "x"}}])
    for members in (
        {"extension": [{"url": f"{PROFILE}", "valueCodeableConcept": kind}]},
        {"contained": [contained], "context": {"related": [{"reference": "#dedans"}]}},
        {"category": [kind]},
        {"type": {"coding": [{"system": f"{NOMENCLATURE}-autre", "code": "OBS"}]}},
        {"meta": {"profile": [f"{PROFILE}-autre"]}},
        {"description": PROFILE},
    ):
        made = await fhir.create(document(**members))
        assert (made.status, said(made)) == (201, None), members


async def test_finding_notes_opens_the_notebook_once(fhir: FhirWorld) -> None:
    await fhir.ask("PUT", "/DocumentReference/d1", document("d1"))
    assert said(await fhir.ask("GET", "/DocumentReference")) is None
    await fhir.ask("PUT", "/DocumentReference/n1", note("n1"))
    await fhir.ask("PUT", "/DocumentReference/n2", note("n2"))
    found = await fhir.ask("GET", f"/DocumentReference?type={NOMENCLATURE}%7COBS&_count=1")
    assert said(found) == "notebook-opened"
    (following,) = [each["url"] for each in found.json["link"] if each["relation"] == "next"]
    after = await fhir.ask(
        "GET", "/DocumentReference" + following.partition("DocumentReference")[2]
    )
    assert (len(after.json["entry"]), said(after)) == (1, None)
    form = "application/x-www-form-urlencoded"
    posted = await fhir.ask("POST", "/DocumentReference/_search", b"status=current", media=form)
    assert said(posted) == "notebook-opened"
    assert said(await fhir.ask("GET", "/DocumentReference?_summary=count")) is None


async def test_an_appointment_is_shared_when_it_is_new(fhir: FhirWorld) -> None:
    appointment = {k: v for k, v in french.APPOINTMENT.items() if k not in ("id", "meta")}
    made = await fhir.create(appointment, headers={"prefer": "return=minimal"})
    assert said(made) == "appointment-shared"
    place = made.headers["location"].partition("/fhir")[2].partition("/_history")[0]
    own = appointment | {"id": place.rpartition("/")[2]}
    assert said(await fhir.ask("PUT", place, own)) is None
    assert said(await fhir.ask("GET", place)) is None


async def test_what_was_there_already_was_not_written(fhir: FhirWorld) -> None:
    identified = note(identifier=[{"system": "urn:s", "value": "1"}])
    unless = {"if-none-exist": "identifier=urn:s|1"}
    told = [await fhir.ask("POST", "/DocumentReference", identified, headers=unless) for _ in "ab"]
    assert [(each.status, said(each)) for each in told] == [(201, "notebook-written"), (200, None)]


async def test_a_bundle_says_the_first_fact_of_its_entries(fhir: FhirWorld) -> None:
    patient = entry("POST", "Patient", {"resourceType": "Patient"}, "urn:uuid:p")
    await fhir.ask("PUT", "/DocumentReference/d1", document("d1"))
    reads = entry("GET", "DocumentReference/d1")
    writes = entry("POST", "DocumentReference", note())
    for kind in ("transaction", "batch"):
        for entries, fact in (
            ([patient, writes], "notebook-written"),
            ([patient, writes, reads], "notebook-written"),
            ([reads, writes], "document-opened"),
            ([patient], None),
            ([entry("GET", "DocumentReference/never"), entry("DELETE", "Patient/x")], None),
        ):
            answer = await fhir.ask("POST", "", bundle(*entries, kind=kind))
            assert (answer.status, said(answer)) == (200, fact), (kind, entries)
    wrong = bundle(writes, entry("POST", "Patient", {"resourceType": "Observation"}))
    refused = await fhir.ask("POST", "", wrong)
    assert (refused.status, "x-regionlab-fact" in refused.headers) == (400, False)
