"""Malformed input of any kind is refused with a sentence: no internal error, nothing written."""

import base64
from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import FhirWorld
from multidict import CIMultiDict

FAR = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
JSON_PATCH = "application/json-patch+json"


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def refused(fhir: FhirWorld, method: str, path: str, body: Any = None, **how: Any) -> None:
    answer = await fhir.send(method, path, body, **how)
    assert 400 <= answer.status < 500, (method, path, body, answer.body)
    assert answer.diagnostics


async def version_count(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM version"))


async def test_two_credentials_in_one_request(fhir: FhirWorld) -> None:
    both = CIMultiDict([("Authorization", "Bearer a"), ("Authorization", "Bearer b")])
    await refused(fhir, "GET", "/metadata", headers=both)


async def test_instants_beyond_any_calendar(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/a", {"resourceType": "Patient", "id": "a"})
    since = {"if-modified-since": "Fri, 31 Dec 9999 23:59:59 GMT"}
    assert (await fhir.send("GET", "/Patient/a", headers=since)).status == 304
    for far in (
        "1 Jan 99999999999999999999 00:00:00 GMT",
        "1 Jan 2020 00:00:00 +99999999999999999",
    ):
        since = {"if-modified-since": f"Mon, {far}"}
        assert (await fhir.send("GET", "/Patient/a", headers=since)).status == 200
    page = await fhir.send("GET", "/Patient?_sort=_lastUpdated&_count=0")
    assert page.status == 200
    for moment in FAR:
        await refused(fhir, "GET", f"/_history?_cursor={cursor(f'{moment}|Patient|a|1')}")
        await refused(fhir, "GET", f"/Patient?birthdate={moment.replace('+', '%2B')}")
    await fhir.send("PUT", "/Patient/b", {"resourceType": "Patient", "id": "b"})
    first = (await fhir.send("GET", "/Patient?_sort=_lastUpdated&_count=1")).json
    following = next(each["url"] for each in first["link"] if each["relation"] == "next")
    place = following.partition("_cursor=")[2]
    for made_up in (cursor("[]"), place[:-2], place[::-1], "%C3%A9"):
        await refused(fhir, "GET", f"/Patient?_sort=_lastUpdated&_count=1&_cursor={made_up}")


async def test_patches_of_any_shape(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/a", {"resourceType": "Patient", "id": "a"})
    for operation in ({"op": ["add"], "path": "/x"}, {"op": {}, "path": "/x"}, {"op": None}, 5, []):
        await refused(fhir, "PATCH", "/Patient/a", [operation], media=JSON_PATCH)
    for path in ("Patient.name[1.5]", "Patient.name[-1]", "Patient.name['x']", "Patient.name["):
        parts = [
            {"name": "type", "valueCode": "replace"},
            {"name": "path", "valueString": path},
            {"name": "value", "valueString": "x"},
        ]
        parameters = {
            "resourceType": "Parameters",
            "parameter": [{"name": "operation", "part": parts}],
        }
        await refused(fhir, "PATCH", "/Patient/a", parameters)
    binary = {"resourceType": "Binary", "contentType": JSON_PATCH, "data": "é"}
    answer = await fhir.send("POST", "", bundle(entry("PATCH", "Patient/a", binary)))
    assert answer.status == 400
    batch = await fhir.send(
        "POST", "", bundle(entry("PATCH", "Patient/a", binary), bundle_type="batch")
    )
    assert batch.json["entry"][0]["response"]["status"][:3] == "400"
    assert await version_count(fhir) == 1


async def test_a_patch_does_not_swell_a_resource(fhir: FhirWorld) -> None:
    long = {"url": "urn:x", "valueString": "x" * 900_000}
    patient = {"resourceType": "Patient", "id": "a", "extension": [long]}
    assert (await fhir.send("PUT", "/Patient/a", patient)).status == 201
    copy = {"op": "copy", "from": "/extension/0", "path": "/extension/-"}
    await refused(fhir, "PATCH", "/Patient/a", [copy] * 20, media=JSON_PATCH)
    grown = 1
    while (await fhir.send("PATCH", "/Patient/a", [copy], media=JSON_PATCH)).status == 200:
        grown += 1
    assert grown == 9  # of 900,000 characters each, within eight million
    parts = [
        {"name": "type", "valueCode": "delete"},
        {"name": "path", "valueString": "Patient.birthDate"},
    ]
    many = [{"name": "operation", "part": parts}] * 1000
    await refused(fhir, "PATCH", "/Patient/a", {"resourceType": "Parameters", "parameter": many})


async def test_references_to_what_is_no_type(fhir: FhirWorld) -> None:
    for reference in ("Foo?x=y", "Patient?wings=2", "Patient?identifier=%00", "Patient?", "Foo/1"):
        resource = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "subject": {"reference": reference},
        }
        await refused(fhir, "POST", "", bundle(entry("POST", "Observation", resource)))
    assert await version_count(fhir) == 0


async def test_value_sets_that_take_in_too_much(fhir: FhirWorld) -> None:
    def taking(url: str, *others: str) -> Any:
        include = [{"valueSet": [each]} for each in others]
        value_set = {"resourceType": "ValueSet", "url": url, "status": "draft"}
        return value_set | {"compose": {"include": include}}

    known = "http://hl7.org/fhir/ValueSet/administrative-gender"
    for level in range(15):
        below = f"urn:vs:{level - 1}" if level else known
        await fhir.create(taking(f"urn:vs:{level}", *[below] * 20))
    top = await fhir.send("GET", "/ValueSet/$expand?url=urn:vs:14")
    assert (top.status, top.json["expansion"]["total"]) == (200, 4)
    every = "http://hl7.org/fhir/ValueSet/all-types"
    many = {"name": "valueSet", "resource": taking("urn:many", *[every] * 4000)}
    await refused(
        fhir, "POST", "/ValueSet/$expand", {"resourceType": "Parameters", "parameter": [many]}
    )
    await fhir.create(taking("urn:loop", "urn:back"))
    await fhir.create(taking("urn:back", "urn:loop"))
    await refused(fhir, "GET", "/ValueSet/$expand?url=urn:loop")
