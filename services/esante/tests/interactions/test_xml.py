"""A client that speaks XML alone. https://hl7.org/fhir/R4/xml.html"""

from typing import Any
from xml.etree import ElementTree

import pytest
from fhir_world import Answer, FhirWorld
from narrative_attacks import div

XML = "application/fhir+xml"
ACCEPT = {"accept": XML}
F = "{http://hl7.org/fhir}"


def xml(text: str) -> bytes:
    """A resource, its outermost element without its namespace."""
    name = text[1:].replace("/", ">").partition(">")[0]
    return text.replace(f"<{name}", f'<{name} xmlns="http://hl7.org/fhir"', 1).encode()


async def send(fhir: FhirWorld, method: str, path: str, text: str = "", **options: Any) -> Answer:
    """Send a resource in XML."""
    return await fhir.send(method, path, xml(text) if text else None, media=XML, **options)


def element(answer: Answer) -> ElementTree.Element:
    """The resource of a response in XML."""
    assert answer.headers["content-type"] == f"{XML}; charset=utf-8", answer.body
    return ElementTree.fromstring(answer.body)


def values(answer: Answer, path: str) -> list[str | None]:
    """The values at a path of FHIR's elements: `issue/code`."""
    names = "/".join(F + each for each in path.split("/"))
    return [each.get("value") for each in element(answer).findall(names)]


PATIENT = (
    '<Patient><id value="p1"/><active value="true"/><name><family value="A"/></name></Patient>'
)


async def test_a_record_is_written_and_read(fhir: FhirWorld) -> None:
    made = await send(fhir, "PUT", "/Patient/p1", PATIENT)
    assert (made.status, values(made, "id")) == (201, ["p1"])
    assert (await fhir.send("GET", "/Patient/p1")).json["name"] == [{"family": "A"}]
    height = (
        '<Observation><status value="final"/><code><text value="Taille"/></code>'
        '<subject><reference value="Patient/p1"/></subject>'
        '<valueQuantity><value value="1.750"/><unit value="m"/></valueQuantity></Observation>'
    )
    made = await send(fhir, "POST", "/Observation", height)
    assert made.status == 201
    path = made.headers["location"].partition("/fhir")[2]
    for address, headers in ((path, ACCEPT), (f"{path}?_format=xml", {})):
        read = await fhir.send("GET", address, headers=headers)
        assert values(read, "valueQuantity/value") == ["1.750"]
    for found in (
        await fhir.send("GET", "/Observation?subject=Patient/p1&_format=xml"),
        await fhir.send("POST", "/Observation/_search", headers=ACCEPT | FORM, body=b"code:text=t"),
        await fhir.send("POST", "/Observation/_search", headers=FORM, body=b"_format=xml"),
        await fhir.send("GET", "/Observation/_history", headers=ACCEPT),
        await fhir.send("GET", "/Patient/p1/$everything?_type=Observation", headers=ACCEPT),
    ):
        assert values(found, "entry/resource/Observation/valueQuantity/value") == ["1.750"]
    pretty = await fhir.send("GET", "/Patient/p1?_format=xml&_pretty=true")
    assert b'\n  <active value="true"/>\n' in pretty.body
    head = await fhir.send("HEAD", "/Patient/p1", headers=ACCEPT)
    assert (head.headers["content-type"], head.body) == (f"{XML}; charset=utf-8", b"")
    minimal = await send(fhir, "POST", "/Patient", PATIENT, headers={"prefer": "return=minimal"})
    assert (minimal.status, minimal.body) == (201, b"")


FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_it_is_changed(fhir: FhirWorld) -> None:
    await send(fhir, "PUT", "/Patient/p1", PATIENT)
    patch = (
        '<Parameters><parameter><name value="operation"/>'
        '<part><name value="type"/><valueCode value="replace"/></part>'
        '<part><name value="path"/><valueString value="Patient.active"/></part>'
        '<part><name value="value"/><valueBoolean value="false"/></part>'
        "</parameter></Parameters>"
    )
    patched = await send(fhir, "PATCH", "/Patient/p1", patch)
    assert (patched.status, values(patched, "active")) == (200, ["false"])
    media = "application/json-patch+json"
    operation = [{"op": "add", "path": "/gender", "value": "other"}]
    patched = await fhir.send("PATCH", "/Patient/p1", operation, media=media, headers=ACCEPT)
    assert values(patched, "gender") == ["other"]
    updated = await send(fhir, "PUT", "/Patient/p1", PATIENT)
    assert values(updated, "meta/versionId") == ["4"]
    bundle = (
        '<Bundle><type value="transaction"/><entry><resource>'
        '<Patient><gender value="female"/></Patient></resource><request><method value="POST"/>'
        '<url value="Patient"/></request></entry><entry><request><method value="GET"/>'
        '<url value="Patient/p1?_format=xml"/></request></entry></Bundle>'
    )
    done = await send(fhir, "POST", "", bundle)
    assert values(done, "entry/response/status") == ["201 Created", "200 OK"]
    assert values(done, "entry/resource/Patient/id") == ["p1"]


async def test_operations_and_what_the_server_is(fhir: FhirWorld) -> None:
    wrong = '<Patient><birthDate value="yesterday"/></Patient>'
    parameters = (
        '<Parameters><parameter><name value="resource"/>'
        f"<resource>{wrong}</resource></parameter></Parameters>"
    )
    for body in (wrong, parameters):
        found = await send(fhir, "POST", "/Patient/$validate", body)
        assert (found.status, values(found, "issue/expression")) == (200, ["Patient.birthDate"])
    first, again = [await fhir.send("GET", "/metadata", headers=ACCEPT) for _ in range(2)]
    assert XML in values(first, "format")
    assert first.body == again.body
    assert (await fhir.send("GET", "/metadata")).json["resourceType"] == "CapabilityStatement"


async def test_a_refusal_names_its_place_and_reason(fhir: FhirWorld) -> None:
    malformed = await fhir.send("POST", "/Patient", b"<Patient\n", media=XML)
    assert (malformed.status, values(malformed, "issue/severity")) == (400, ["error"])
    assert "ligne " in str(values(malformed, "issue/diagnostics")[0])
    unknown = await send(fhir, "POST", "/Patient", '<Patient>\n  <wings value="2"/></Patient>')
    assert values(unknown, "issue/diagnostics") == [
        "« Patient » n’a pas d’élément « wings » (ligne 2, colonne 3)."
    ]
    as_json = await send(
        fhir, "POST", "/Patient", "<Basic/>", headers={"accept": "*/json, text/json"}
    )
    assert (as_json.status, as_json.codes) == (400, ["invalid"])
    for path in ("/Patient/none", "/Wings/1", "/%01%0B", "/Patient?wings=%02", "/Patient?%00=2"):
        refused = await fhir.send("GET", path, headers=ACCEPT)
        assert (refused.status >= 400, len(values(refused, "issue/diagnostics"))) == (True, 1)
    form = await fhir.send("POST", "/Patient/_search", headers=FORM, body=b"wings=2&_format=xml")
    assert (form.status, len(values(form, "issue/code"))) == (400, 1)
    neither = await fhir.send("GET", "/Patient", headers={"accept": "text/turtle"})
    assert (neither.status, neither.codes) == (406, ["not-supported"])
    assert await fhir.events() == []


async def test_an_attack_is_refused(fhir: FhirWorld) -> None:
    attack = div("<p onclick='a'>a</p>")
    text = f'<Patient><text><status value="generated"/>{attack}</text></Patient>'
    refused = await send(fhir, "POST", "/Patient", text)
    assert (refused.status, "onclick" in str(values(refused, "issue/diagnostics"))) == (400, True)
    entity = b"<!DOCTYPE Patient [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
    entity += xml('<Patient><id value="&e;"/></Patient>')
    refused = await fhir.send("POST", "/Patient", entity, media=XML)
    assert (refused.status, "DOCTYPE" in str(values(refused, "issue/diagnostics"))) == (400, True)


@pytest.mark.parametrize("size", [10, 400_000])
async def test_a_binary_is_a_resource_or_bytes(fhir: FhirWorld, size: int) -> None:
    content = b"<ClinicalDocument/>".ljust(size)
    made = await fhir.send("PUT", "/Binary/b1", content, media="text/xml")
    assert made.status == 201
    for accept in ("*/*", "application/xml", "text/xml"):
        read = await fhir.send("GET", "/Binary/b1", headers={"accept": accept})
        assert (read.body, read.headers["content-type"]) == (content, "text/xml")
    read = await fhir.send("GET", "/Binary/b1", headers=ACCEPT)
    assert int(read.headers["content-length"]) == len(read.body)
    assert values(read, "contentType") == ["text/xml"]
    (data,) = values(read, "data")
    sent = f'<Binary><contentType value="text/xml"/><data value="{data}"/></Binary>'
    copy = await send(fhir, "PUT", "/Binary/b2", sent.replace("<cont", '<id value="b2"/><cont', 1))
    assert copy.status == 201
    assert (await fhir.send("GET", "/Binary/b2")).body == content
