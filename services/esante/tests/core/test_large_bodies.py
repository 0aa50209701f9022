"""Large bodies neither delay other requests nor fill the memory."""

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.interactions.domain import bundle_request

SLOW = 1200
"""Elements of a StructureDefinition, whose FHIRPath invariants take seconds."""


def structure_definition() -> Any:
    element = {"definition": "x", "min": 0, "max": "1", "base": {"path": "x", "min": 0, "max": "1"}}
    elements = [
        element | {"id": path, "path": path}
        for path in ("Patient", *(f"Patient.a{n}" for n in range(SLOW)))
    ]
    return {
        "resourceType": "StructureDefinition",
        "url": "urn:x",
        "name": "A",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "snapshot": {"element": elements},
        "differential": {"element": elements},
    }


async def test_reads_are_answered_while_something_large_is_judged(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    large = structure_definition()
    within = json.dumps(bundle(entry("POST", "StructureDefinition", large))).encode()
    text = json.dumps(large).encode()
    for path, content, status in (
        ("/StructureDefinition", text, 400),
        ("/StructureDefinition/$validate", text, 200),
        ("", within, 400),
    ):
        sent = asyncio.Event()

        async def body(
            content: bytes = content, sent: asyncio.Event = sent
        ) -> AsyncIterator[bytes]:
            yield content
            sent.set()

        answer = asyncio.create_task(fhir.send("POST", path, body()))
        await sent.wait()
        for _ in range(5):
            assert (await fhir.send("GET", "/Patient/p1")).status == 200
        assert not answer.done(), path
        assert (await answer).status == status, path


async def test_a_bundle_of_long_documents_is_larger_than_one_resource(fhir: FhirWorld) -> None:
    document = {"resourceType": "Binary", "contentType": "text/plain", "data": "A" * 7_500_000}
    documents = bundle(*[entry("POST", "Binary", document)] * 4)
    answer = await fhir.send("POST", "", documents)
    assert answer.status == 200, answer.body
    assert len(answer.json["entry"]) == 4
    for path, content in (
        ("/Binary", document | {"data": "A" * 8_500_000}),
        ("", bundle(*[entry("POST", "Binary", document)] * 5)),
    ):
        refused = await fhir.send("POST", path, content)
        assert (refused.status, refused.codes) == (413, ["too-long"])


async def test_a_bundle_reads_so_much_and_no_more(fhir: FhirWorld) -> None:
    data = base64.b64encode(bytes(5 * 1024 * 1024)).decode()
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": data}
    assert (await fhir.send("PUT", "/Binary/b", binary)).status == 201
    reads = [entry("GET", "Binary/b") for _ in range(8)]
    for bundle_type in ("batch", "transaction"):
        answer = await fhir.send("POST", "", bundle(*reads, bundle_type=bundle_type))
        statuses = [each["response"]["status"][:3] for each in answer.json["entry"]]
        assert statuses == ["200"] * 5 + ["413"] * 3
        assert answer.json["entry"][7]["response"]["outcome"]["issue"][0]["code"] == "too-costly"


async def test_a_page_of_long_resources_is_shorter(fhir: FhirWorld) -> None:
    data = base64.b64encode(bytes(5 * 1024 * 1024)).decode()
    names = [f"b{number}" for number in range(7)]
    for name in names:
        binary = {"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": data}
        assert (await fhir.send("PUT", f"/Binary/{name}", binary)).status == 201
    path, pages = "/Binary?_count=100&_sort=_id&_elements=id", []
    while path:
        page = (await fhir.send("GET", path)).json
        pages.append([each["resource"]["id"] for each in page["entry"]])
        links = {each["relation"]: each["url"] for each in page["link"]}
        path = links.get("next", "").partition("/fhir")[2]
    assert pages == [names[:5], names[5:]]
    items = [{"item": {"reference": f"Binary/{name}"}} for name in names]
    resource = {"resourceType": "List", "status": "current", "mode": "working", "entry": items}
    await fhir.create(resource)
    answer = await fhir.send("GET", "/List?_include=List:item")
    assert (answer.status, answer.codes) == (400, ["too-costly"])


async def test_more_values_than_anything_has_are_refused_unread(fhir: FhirWorld) -> None:
    many = b"[" + b",".join([b"1"] * 200_002) + b"]"
    nested = b"[" + b",".join([b"[" * 50 + b"]" * 50] * 5000) + b"]"
    for path in ("/Patient", "/Patient/$validate", "/ValueSet/$expand"):
        for body in (many, nested):
            assert (await fhir.send("POST", path, body)).status == 413, path
    assert (await fhir.send("POST", "", b"," * 600_001)).status == 413
    patch = await fhir.send("PATCH", "/Patient/p1", many, media="application/json-patch+json")
    assert patch.status == 413


async def test_a_large_bundle_is_executed_as_a_small_one(fhir: FhirWorld) -> None:
    """Its resources are parsed one by one, and written by several statements."""
    patient = {"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": "1"}]}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "\u0041"},
        "subject": {"reference": "urn:uuid:1"},
    }
    patch = {"op": "add", "path": "/active", "value": True}
    data = base64.b64encode(json.dumps([patch]).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    once = {"ifNoneExist": "identifier=urn:s|1"}
    for length in (4, 1024 * 1024):
        document = {"resourceType": "Binary", "contentType": "text/plain", "data": "A" * length}
        entries = [
            entry("POST", "Patient", patient, "urn:uuid:1", **once),
            entry("POST", "Observation", observation),
            *[entry("POST", "Binary", document)] * 4,
        ]
        answer = (await fhir.send("POST", "", bundle(*entries))).json
        places = [each["response"].get("location", "") for each in answer["entry"]]
        written = (await fhir.send("GET", "/" + places[1])).json
        assert places[0].startswith(written["subject"]["reference"] + "/")
        own = "/".join(places[0].split("/")[:2])
        for bundle_type in ("transaction", "batch"):
            patched = bundle(entry("PATCH", own, binary), *entries[2:], bundle_type=bundle_type)
            answer = (await fhir.send("POST", "", patched)).json
            statuses = [each["response"]["status"][:3] for each in answer["entry"]]
            assert statuses == ["200"] + ["201"] * 4
        control = entry("POST", "Observation", observation | {"code": {"text": "\x01"}})
        duplicate = json.dumps(bundle(*entries)).replace('"subject"', '"status": "x", "subject"')
        for refused in (bundle(*entries[2:], control), duplicate.encode()):
            assert (await fhir.send("POST", "", refused)).status == 400
        invalid = await fhir.send(
            "POST", "", bundle(*entries[1:], entry("POST", "Patient", binary))
        )
        assert invalid.status == 400


async def test_a_large_bundle_is_parsed_outside_the_event_loop(
    fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time an entry is parsed again takes as long as its text is."""
    threads: list[str] = []

    def parse(text: bytes) -> JsonObject:
        threads.append(threading.current_thread().name)
        return parse_object(text)

    monkeypatch.setattr(bundle_request, "parse_object", parse)
    data = {"contentType": "text/plain", "data": "A" * 400_000}
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": data}],
    }
    replacing = document | {
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/d1"}}]
    }
    entries = (
        entry("PUT", "DocumentReference/d1", document | {"id": "d1"}),
        entry("POST", "DocumentReference", document, ifNoneExist="identifier=a"),
        entry("PUT", "DocumentReference?identifier=b", document),
    )
    assert (await fhir.send("POST", "", bundle(*entries))).status == 200
    replaced = bundle(entry("POST", "DocumentReference", replacing), *entries[1:])
    assert (await fhir.send("POST", "", replaced)).status == 200
    patch = {"resourceType": "Binary", "contentType": "application/json-patch+json", **data}
    patches = [entry("PATCH", "DocumentReference/d1", patch)] * 3
    assert (await fhir.send("POST", "", bundle(*patches, bundle_type="batch"))).status == 200
    assert threads
    assert all(each.startswith("worker") for each in threads), threads
