"""Uploaded SearchParameters: who may upload which, and that searches by them are complete."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest_asyncio
from fhir_world import BASE, Answer, FhirWorld, open_world

from esante.search.adapters.reindexing import Reindexing
from esante.search.adapters.uploaded_rows import list_uploaded
from esante.search.domain.query.parameter_lookup import UnknownParameter
from esante.search.domain.uploaded_parameters import UploadedParameters, install_uploaded
from esante.search.flows.follow_parameters import ParameterFollower
from esante.wiring.roles import NAME
from socle.clock import ManualClock, SystemClock
from socle.postgres import open_pool
from socle.testing import ServeApp, until

PROGRAM: Any = {"role": "integrator", "scope": "system/*.cruds"}
EYES = "https://example.org/StructureDefinition/eyes"


@dataclass
class Uploading:
    """A server, its follower and its background work."""

    fhir: FhirWorld
    follower: ParameterFollower
    reindexing: Reindexing

    async def upload(self, **changed: Any) -> Answer:
        """Store a SearchParameter, and let the server know it."""
        resource = parameter(**changed)
        path = f"/SearchParameter/{resource['id']}"
        answer = await self.fhir.send("PUT", path, resource, **PROGRAM)
        await self.follower.load()
        return answer

    async def finish(self) -> None:
        while await self.reindexing.advance():
            continue
        await self.follower.load()

    async def find(self, query: str, **caller: Any) -> list[str]:
        answer = await self.fhir.send("GET", f"/{query}", **caller)
        assert answer.status == 200, (query, answer.body)
        return sorted(each["resource"]["id"] for each in answer.json.get("entry", ()))


@pytest_asyncio.fixture
async def uploading(fhir: FhirWorld, postgres_url: str) -> AsyncIterator[Uploading]:
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(postgres_url, application_name="indexing"))
        reindexing = Reindexing(pool, writers=NAME, base=BASE, settling=timedelta())
        follower = ParameterFollower(partial(list_uploaded, pool), SystemClock())
        yield Uploading(fhir, follower, reindexing)
        install_uploaded(UploadedParameters())


def parameter(**changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "SearchParameter",
        "id": "eyes",
        "url": "https://example.org/SearchParameter/eyes",
        "name": "eyes",
        "status": "active",
        "description": "La couleur des yeux",
        "code": "eyes",
        "base": ["Patient"],
        "type": "token",
        "expression": f"Patient.extension('{EYES}').value.as(code)",
    } | changed


def patient(name: str, eyes: str, **more: Any) -> dict[str, Any]:
    extension = [{"url": EYES, "valueCode": eyes}, {"url": "urn:other", "valueCode": "grey"}]
    return {"resourceType": "Patient", "id": name, "extension": extension, **more}


async def put(world: FhirWorld, resource: dict[str, Any]) -> None:
    path = f"/{resource['resourceType']}/{resource['id']}"
    answer = await world.send("PUT", path, resource)
    assert answer.status in (200, 201), answer.body


async def test_a_search_is_refused_until_it_is_complete(uploading: Uploading) -> None:
    fhir = uploading.fhir
    await put(fhir, patient("before", "brown"))
    assert (await fhir.send("GET", "/Patient?eyes=brown")).status == 400
    assert (await uploading.upload()).status == 201
    await put(fhir, patient("meanwhile", "brown"))
    for query in ("Patient?eyes=brown", "Observation?subject:Patient.eyes=brown"):
        answer = await fhir.send("GET", f"/{query}")
        assert answer.status == 503, answer.body
        assert "indexation" in answer.json["issue"][0]["diagnostics"]
    versions = (await fhir.send("GET", "/Patient/before")).json["meta"]["versionId"]
    await uploading.finish()
    await put(fhir, patient("after", "blue"))
    assert await uploading.find("Patient?eyes=brown") == ["before", "meanwhile"]
    assert await uploading.find("Patient?eyes=BLUE") == ["after"]
    assert await uploading.find("Patient?eyes=grey") == []
    assert await uploading.find("Patient?eyes:not=brown") == ["after"]
    # Indexing wrote no version, and what R4 defines is still found.
    same = (await fhir.send("GET", "/Patient/before")).json["meta"]["versionId"]
    assert same == versions
    assert await uploading.find("Patient?_id=before") == ["before"]
    statement = (await fhir.send("GET", "/metadata")).json["rest"][0]["resource"]
    (of_patients,) = (each for each in statement if each["type"] == "Patient")
    assert {"name": "eyes", "type": "token"} in of_patients["searchParam"]


async def test_the_next_request_knows_an_uploaded_parameter(
    uploading: Uploading, postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    # No follower runs here: only the search itself reads the definitions again.
    async with AsyncExitStack() as stack:
        other = await open_world(postgres_url, serve_app, tmp_path, stack)
        for number, query in enumerate(
            (
                "Patient?eyes{}=brown",
                "Patient?_has:Patient:link:eyes{}=brown",
                "?_type=Patient&eyes{}=a",
            )
        ):
            unknown = await other.send("GET", f"/{query.format(number)}")
            assert (unknown.status, unknown.codes) == (400, ["invalid"]), unknown.body
            own = parameter(id=f"eyes{number}", code=f"eyes{number}")
            await uploading.fhir.send("PUT", f"/SearchParameter/eyes{number}", own, **PROGRAM)
            known = await other.send("GET", f"/{query.format(number)}")
            assert (known.status, known.codes) == (503, ["too-costly"]), known.body
            assert "indexation" in known.diagnostics
            assert int(known.headers["Retry-After"]) > 0
        lenient = {"headers": {"Prefer": "handling=lenient"}}
        own = parameter(id="late", code="late")
        assert (await other.send("GET", "/Patient?late=a", **lenient)).status == 200
        await uploading.fhir.send("PUT", "/SearchParameter/late", own, **PROGRAM)
        assert (await other.send("GET", "/Patient?late=a", **lenient)).status == 503


async def test_unknown_names_read_the_definitions_rarely(uploading: Uploading) -> None:
    clock, readings = ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), []

    async def read() -> UploadedParameters:
        readings.append(clock.monotonic())
        return await list_uploaded(uploading.fhir.pool)

    async def search() -> None:
        raise UnknownParameter("wings", "Patient")

    follower = ParameterFollower(read, clock)
    for _ in range(2):
        searches = (follower.retry_unknown(search, bool) for _ in range(50))
        results = await asyncio.gather(*searches, return_exceptions=True)
        assert all(isinstance(each, UnknownParameter) for each in results), results
    assert readings == [0.0, 0.2]


async def test_every_type_of_parameter(uploading: Uploading) -> None:
    await put(
        uploading.fhir,
        patient(
            "a",
            "brown",
            maritalStatus={"coding": [{"system": "urn:s", "code": "M"}]},
            multipleBirthInteger=2,
            photo=[{"url": "https://example.org/photo", "creation": "2026-01-02"}],
            contact=[{"name": {"text": "Élodie"}, "organization": {"reference": "Organization/o"}}],
        ),
    )
    await put(uploading.fhir, {"resourceType": "Organization", "id": "o", "name": "CHR"})
    for code, parameter_type, expression in (
        ("marital", "token", "Patient.maritalStatus"),
        ("birth-number", "number", "(Patient.multipleBirth as integer)"),
        ("photo-date", "date", "Patient.photo.creation"),
        ("photo-url", "uri", "Patient.photo.url"),
        ("contact-name", "string", "Person.name | Patient.contact.name"),
        ("contact-org", "reference", "Patient.contact.organization"),
    ):
        answer = await uploading.upload(
            id=code, code=code, type=parameter_type, expression=expression
        )
        assert answer.status == 201, answer.body
    await uploading.finish()
    for query in (
        "marital=urn:s|M",
        "marital:missing=false",
        "birth-number=gt1",
        "photo-date=2026-01&_sort=-photo-date",
        "photo-url=https://example.org/photo",
        "contact-name=elodie",
        "contact-org=Organization/o",
        "contact-org:Organization.name=chr",
        '_filter=contact-name co "lod"',
    ):
        escaped = query.replace(" ", "%20").replace('"', "%22").replace("|", "%7C")
        assert await uploading.find(f"Patient?{escaped}") == ["a"], query
    included = await uploading.find("Patient?_id=a&_include=Patient:contact-org")
    assert included == ["a", "o"]
    assert await uploading.find("Organization?_has:Patient:contact-org:marital=M") == ["o"]
    refused = await uploading.fhir.send("GET", "/Patient?_sort=marital")
    assert refused.status == 400


async def test_another_definition_finds_nothing_of_the_last_one(uploading: Uploading) -> None:
    await put(uploading.fhir, patient("a", "brown", language="fr"))
    await uploading.upload()
    await uploading.finish()
    # The same again changes nothing.
    await uploading.upload(description="Autre texte")
    assert await uploading.find("Patient?eyes=brown") == ["a"]
    await uploading.upload(expression="Patient.language")
    assert (await uploading.fhir.send("GET", "/Patient?eyes=brown")).status == 503
    await uploading.finish()
    assert await uploading.find("Patient?eyes=brown") == []
    assert await uploading.find("Patient?eyes=fr") == ["a"]
    for change in ({"status": "retired"}, {"status": "active"}):
        await uploading.upload(**change)
    deleted = await uploading.fhir.send("DELETE", "/SearchParameter/eyes", **PROGRAM)
    assert deleted.status in (200, 204)
    await uploading.follower.load()
    assert (await uploading.fhir.send("GET", "/Patient?eyes=fr")).status == 400


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"code": "gender"}, "code"),
    ({"code": "a.b"}, "code"),
    ({"code": "a'b"}, "code"),
    ({"type": "special"}, "type"),
    ({"type": "quantity"}, "type"),
    ({"base": ["Resource"]}, "base"),
    ({"expression": "Patient.eyes"}, "expression"),
    ({"expression": "Observation.code"}, "expression"),
    ({"expression": f"Patient.birthDate.extension('{EYES}').value"}, "expression"),
    ({"expression": "Patient.name.where(use = 'official' or use = 'usual')"}, "expression"),
    ({"expression": "Patient.name.given.first()"}, "expression"),
    ({"expression": "Patient.name.given + Patient.name.family"}, "expression"),
    ({"expression": "Patient.where(active='true').name"}, "expression"),
    ({"expression": "Patient" + ".extension" * 300}, "expression"),
)


async def test_what_cannot_be_evaluated_is_refused(uploading: Uploading) -> None:
    for changed, element in REFUSED:
        answer = await uploading.upload(**changed)
        assert answer.status == 422, (changed, answer.body)
        (issue,) = answer.json["issue"]
        assert issue["expression"] == [f"SearchParameter.{element}"], (changed, issue)
    assert await uploading.fhir.pool.fetchval("SELECT count(*) FROM search_parameter") == 0
    assert (await uploading.upload()).status == 201
    assert (await uploading.upload(id="other")).status == 422, "the code is defined already"
    # A draft, and what R4 defines itself, are stored and define nothing.
    assert (await uploading.upload(id="draft", status="draft")).status == 201
    r4 = {"url": "http://hl7.org/fhir/SearchParameter/individual-gender", "code": "gender"}
    assert (await uploading.upload(id="r4", expression="Patient.gender", **r4)).status == 201
    assert await uploading.fhir.pool.fetchval("SELECT count(*) FROM search_parameter") == 1


async def test_only_programs_define_search_parameters(uploading: Uploading) -> None:
    fhir = uploading.fhir
    by: dict[str, Any] = {"role": "professional", "scope": "user/*.cruds"}
    assert (await fhir.send("POST", "/SearchParameter", parameter(), **by)).status == 403
    draft = parameter(status="draft")
    assert (await fhir.send("POST", "/SearchParameter", draft, **by)).status == 201
    assert (await uploading.upload()).status == 201
    path = "/SearchParameter/eyes"
    assert (await fhir.send("PUT", path, parameter(status="retired"), **by)).status == 403
    assert (await fhir.send("DELETE", path, **by)).status == 403
    await put(fhir, patient("a", "brown"))
    await uploading.finish()
    # Neither a scope nor a subscription depends on a definition that its bearer can change.
    narrowed = {"role": "integrator", "scope": "system/Patient.rs?eyes=brown"}
    assert (await fhir.send("GET", "/Patient", **narrowed)).status == 403
    subscription = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "essai",
        "criteria": "Patient?eyes=brown",
        "channel": {"type": "rest-hook", "endpoint": "https://example.org/hook"},
    }
    answer = await fhir.send("POST", "/Subscription", subscription)
    assert (answer.status, "eyes" in answer.body.decode()) == (422, True)


async def test_indexing_goes_on_after_an_interruption(uploading: Uploading) -> None:
    fhir = uploading.fhir
    for number in range(120):
        resource = patient(f"p{number}", "brown")
        await put(fhir, resource)
    await uploading.upload()
    assert await uploading.reindexing.advance()
    place = await fhir.pool.fetchval("SELECT place FROM search_parameter")
    assert place > 0
    # A resource that changes before it is indexed has the entries of its last version.
    await put(fhir, patient("p119", "blue"))
    await uploading.finish()
    assert await fhir.pool.fetchval("SELECT state FROM search_parameter") == "ready"
    answer = await fhir.send("GET", "/Patient?eyes=brown&_summary=count")
    assert answer.json["total"] == 119
    assert await uploading.find("Patient?eyes=blue") == ["p119"]


async def test_a_write_during_the_indexing_leaves_no_entry_of_the_last_version(
    uploading: Uploading,
) -> None:
    """An update that waits for the row while its resource is indexed would not see the rows that
    are added for the version it replaces."""
    fhir = uploading.fhir
    await put(fhir, patient("p1", "brown") | {"name": [{"family": "Martin"}]})
    await uploading.upload()
    await fhir.pool.execute("UPDATE search_parameter SET place = 0")  # it has begun
    renamed = patient("p1", "brown") | {"name": [{"family": "Durand"}]}
    async with fhir.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM resource WHERE id = 'p1' FOR UPDATE")
        indexing = asyncio.create_task(uploading.reindexing.advance())
        await until(lambda: _is_done_or_waiting(fhir, indexing))
        writing = asyncio.create_task(put(fhir, renamed))
        await until(lambda: _are_waiting(fhir, 1 if indexing.done() else 2))
    await writing
    await indexing
    await uploading.finish()
    assert await uploading.find("Patient?family=durand&eyes=brown") == ["p1"]
    assert await uploading.find("Patient?family=martin") == []


async def _is_done_or_waiting(fhir: FhirWorld, task: "asyncio.Task[bool]") -> bool:
    return task.done() or await fhir.is_waiting()


async def _are_waiting(fhir: FhirWorld, count: int) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(await fhir.pool.fetchval(waiting) >= count)


async def test_a_step_takes_few_bytes(uploading: Uploading) -> None:
    photo = [{"contentType": "image/png", "data": "iVBORw0KGgoA" * 250_000}]
    for name in ("a", "b", "c"):
        await put(uploading.fhir, patient(name, "brown", photo=photo))
    await uploading.upload()
    assert await uploading.reindexing.advance()
    after = "SELECT count(*) FROM resource r, search_parameter p WHERE r.type = 'Patient'"
    assert await uploading.fhir.pool.fetchval(f"{after} AND r.born > p.place") == 2
    await uploading.finish()
    assert await uploading.find("Patient?eyes=brown&_elements=id") == ["a", "b", "c"]


async def test_what_is_found_stays_within_permissions(uploading: Uploading) -> None:
    for name in ("a", "b"):
        await put(uploading.fhir, patient(name, "brown"))
    await uploading.upload()
    await uploading.finish()
    own = {"role": "patient", "scope": "patient/*.rs", "patient": "a"}
    assert await uploading.find("Patient?eyes=brown", **own) == ["a"]
    answer = await uploading.fhir.send("GET", "/Patient?eyes=brown&_summary=count", **own)
    assert answer.json["total"] == 1


async def test_a_condition_selects_among_values(uploading: Uploading) -> None:
    resource = patient("a", "brown")
    resource["name"] = [{"use": "official", "family": "Petit"}, {"use": "old", "family": "Grand"}]
    await put(uploading.fhir, resource)
    expression = "Patient.name.where(use='official').family"
    await uploading.upload(type="string", expression=expression)
    await uploading.finish()
    assert await uploading.find("Patient?eyes=pet") == ["a"]
    assert await uploading.find("Patient?eyes:exact=petit") == []
    assert await uploading.find("Patient?eyes=grand") == []
