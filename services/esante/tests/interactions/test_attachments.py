"""Attachments that refer to a Binary have its hash and its size.

https://hl7.org/fhir/R4/datatypes.html#Attachment
"""

import base64
import hashlib
import json
from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import BASE, Answer, FhirWorld

from esante.core.api.request_body import CHUNK_BYTES

SMALL, LARGE = b"compte rendu", b"image" * CHUNK_BYTES
PLACE = "DocumentReference.content[0].attachment"


def sha1(content: bytes) -> str:
    return base64.b64encode(hashlib.sha1(content).digest()).decode()


def document(url: str, content: bytes, **attachment: Any) -> Any:
    declared = {"url": url, "hash": sha1(content), "size": len(content)} | attachment
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": declared}],
    }


def assert_refused(answer: Answer, place: str) -> None:
    assert (answer.status, answer.codes) == (422, ["business-rule"]), answer.body
    assert answer.json["issue"][0]["expression"] == [place]


async def test_a_document_has_the_hash_and_the_size_of_its_binary(fhir: FhirWorld) -> None:
    for name, content in (("small", SMALL), ("large", LARGE)):
        await fhir.send("PUT", f"/Binary/{name}", content, media="application/pdf")
        for url in (f"Binary/{name}", f"{BASE}/Binary/{name}", f"Binary/{name}/_history/1"):
            await fhir.create(document(url, content))
            wrong_size = document(url, content, size=len(content) + 1)
            assert_refused(
                await fhir.send("POST", "/DocumentReference", wrong_size), f"{PLACE}.size"
            )
            # As IHE's examples of MHD encode it: base64 of the hexadecimal digits.
            digits = base64.b64encode(hashlib.sha1(content).hexdigest().encode()).decode()
            await fhir.create(document(url, content, hash=digits))
            other = document(url, b"other", size=len(content))
            assert_refused(await fhir.send("POST", "/DocumentReference", other), f"{PLACE}.hash")
    # What is elsewhere, or nowhere, is not read.
    await fhir.create(document("Binary/absent", SMALL))
    await fhir.create(document("https://elsewhere.example.org/fhir/Binary/small", b"other"))
    await fhir.send("PUT", "/Binary/small", LARGE, media="application/pdf")
    assert_refused(
        await fhir.send("POST", "/DocumentReference", document("Binary/small", SMALL)),
        f"{PLACE}.size",
    )
    await fhir.create(document("Binary/small/_history/1", SMALL))


async def test_every_way_of_writing_is_checked(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Binary/b1", SMALL, media="application/pdf")
    sound, wrong = document("Binary/b1", SMALL), document("Binary/b1", b"other", size=len(SMALL))
    assert (await fhir.send("PUT", "/DocumentReference/d1", sound | {"id": "d1"})).status == 201
    patch: Any = [{"op": "replace", "path": "/content/0/attachment/size", "value": 3}]
    media, where = "application/json-patch+json", f"{PLACE}.hash"
    refused = await fhir.send("PATCH", "/DocumentReference/d1", patch, media=media)
    assert_refused(refused, f"{PLACE}.size")
    refused = await fhir.send("PATCH", "/DocumentReference?_id=d1", patch, media=media)
    assert_refused(refused, f"{PLACE}.size")
    identified = wrong | {"id": "d1"}
    assert_refused(await fhir.send("PUT", "/DocumentReference/d1", identified), where)
    assert_refused(await fhir.send("PUT", "/DocumentReference?_id=d1", wrong), where)
    condition = {"If-None-Exist": "identifier=urn:x|1"}
    refused = await fhir.send("POST", "/DocumentReference", wrong, headers=condition)
    assert_refused(refused, where)
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "QQ=="}
    for content, status in ((b"A", 200), (b"B", 422)):
        together = bundle(
            entry("POST", "DocumentReference", document("urn:uuid:b", content)),
            entry("POST", "Binary", binary, "urn:uuid:b"),
        )
        answer = await fhir.send("POST", "", together)
        assert answer.status == status, answer.body
    assert_refused(answer, f"Bundle.entry[0].resource.{where.partition('.')[2]}")


async def test_the_hash_of_what_is_not_readable_is_not_disclosed(fhir: FhirWorld) -> None:
    own = {"X-Security-Context": "Patient/p2"}
    await fhir.send("PUT", "/Binary/b1", SMALL, media="application/pdf", headers=own)
    guess = document("Binary/b1", b"a guess", size=3) | {"subject": {"reference": "Patient/p1"}}
    await fhir.create(guess, role="patient", patient="p1", scope="patient/*.cruds")
    # Nor to those who change it without reading it.
    patch = json.dumps([{"op": "replace", "path": "/contentType", "value": "text/plain"}]).encode()
    media, data = "application/json-patch+json", base64.b64encode(patch).decode()
    patching = {"resourceType": "Binary", "contentType": media, "data": data}
    together = bundle(
        entry("PATCH", "Binary/b1", patching), entry("POST", guess["resourceType"], guess)
    )
    for scope, status in (
        ("system/Binary.u system/DocumentReference.c", 200),
        ("system/Binary.ru system/DocumentReference.c", 422),
    ):
        answer = await fhir.send("POST", "", together, scope=scope)
        assert answer.status == status, answer.body


async def test_a_request_reads_so_many_binaries(fhir: FhirWorld) -> None:
    many = document("Binary/b0", SMALL)
    attachments = [{"attachment": {"url": f"Binary/b{n}", "size": 1}} for n in range(101)]
    refused = await fhir.send("POST", "/DocumentReference", many | {"content": attachments})
    assert (refused.status, refused.codes) == (413, ["too-costly"])
    same = [{"attachment": {"url": "Binary/b", "size": 1}}] * 200
    await fhir.create(many | {"content": same})
