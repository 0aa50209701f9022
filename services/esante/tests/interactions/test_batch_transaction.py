"""batch and transaction over HTTP: references resolved, all or nothing."""

import asyncio
import base64
import json
from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import BASE, FhirWorld


def observation(subject: str, **members: Any) -> Any:
    made = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    return made | {"subject": {"reference": subject}} | members


async def version_count(fhir: FhirWorld) -> int:
    count = await fhir.pool.fetchval("SELECT count(*) FROM version")
    assert count == await fhir.pool.fetchval("SELECT count(*) FROM outbox")
    return int(count)


async def test_references_between_entries_are_resolved(fhir: FhirWorld) -> None:
    one, two = "urn:uuid:8f1c1b5e-0000-4000-8000-000000000001", "http://old/Observation/7"
    text = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{one}">x</a> {one}</div>'
    answer = await fhir.send(
        "POST",
        "",
        bundle(
            entry("POST", "Patient", {"resourceType": "Patient"}, one),
            entry(
                "POST",
                "Observation",
                observation(
                    one,
                    text={"status": "generated", "div": text},
                    identifier=[{"system": "urn:ietf:rfc:3986", "value": one}],
                ),
                two,
            ),
            entry("POST", "Observation", observation(one, hasMember=[{"reference": two}])),
            # A relative reference, as on the server it comes from.
            entry(
                "POST",
                "Observation",
                observation(one, derivedFrom=[{"reference": "Observation/7"}]),
            ),
        ),
    )
    assert answer.status == 200, answer.body
    returned = answer.json
    assert returned["type"] == "transaction-response"
    places = [each["response"]["location"].split("/_history")[0] for each in returned["entry"]]
    assert [each["response"]["status"] for each in returned["entry"]] == ["201 Created"] * 4
    first = (await fhir.send("GET", f"/{places[1]}")).json
    assert first["subject"]["reference"] == places[0]
    assert f'href="{places[0]}"' in first["text"]["div"]
    assert f"x</a> {one}" in first["text"]["div"]
    assert first["identifier"][0]["value"] == one
    second = (await fhir.send("GET", f"/{places[2]}")).json
    assert second["hasMember"][0]["reference"] == places[1]
    third = (await fhir.send("GET", f"/{places[3]}")).json
    assert third["derivedFrom"][0]["reference"] == places[1]


async def test_a_bundle_that_is_stored_has_references_of_its_own(fhir: FhirWorld) -> None:
    name = "urn:uuid:8f1c1b5e-0000-4000-8000-000000000001"
    document = bundle(
        {"fullUrl": name, "resource": {"resourceType": "Patient"}},
        {"resource": observation(name)},
        bundle_type="collection",
    )
    answer = await fhir.send("POST", "", bundle(entry("POST", "Bundle", document)))
    assert answer.status == 200, answer.body
    place = answer.json["entry"][0]["response"]["location"].split("/_history")[0]
    stored = (await fhir.send("GET", f"/{place}")).json
    assert stored["entry"][1]["resource"]["subject"]["reference"] == name


async def test_references_in_a_circle(fhir: FhirWorld) -> None:
    one, two = "urn:uuid:00000000-0000-4000-8000-00000000000a", "urn:uuid:b"
    answer = await fhir.send(
        "POST",
        "",
        bundle(
            entry(
                "POST", "Observation", observation("Patient/p", hasMember=[{"reference": two}]), one
            ),
            entry(
                "POST", "Observation", observation("Patient/p", hasMember=[{"reference": one}]), two
            ),
        ),
    )
    assert answer.status == 200, answer.body
    places = [e["response"]["location"].split("/_history")[0] for e in answer.json["entry"]]
    for own, other in (places, places[::-1]):
        assert (await fhir.send("GET", f"/{own}")).json["hasMember"][0]["reference"] == other


async def test_every_method_of_an_entry(fhir: FhirWorld) -> None:
    for name in ("a", "b", "c"):
        await fhir.send("PUT", f"/Patient/{name}", {"resourceType": "Patient", "id": name})
    patch = base64.b64encode(b'[{"op":"add","path":"/active","value":true}]').decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch}
    answer = await fhir.send(
        "POST",
        "",
        bundle(
            entry("GET", "Patient/d"),
            entry("PUT", "Patient/a", {"resourceType": "Patient", "id": "a", "gender": "male"}),
            entry("PATCH", "Patient/b", binary, ifMatch='W/"1"'),
            entry("DELETE", "Patient/c"),
            entry("DELETE", "Patient/never"),
            entry("PUT", "Patient/d", {"resourceType": "Patient", "id": "d"}),
            entry("GET", "Patient/c"),
        ),
        headers={"prefer": "return=representation"},
    )
    assert answer.status == 200, answer.body
    returned = answer.json["entry"]
    statuses = [each["response"]["status"][:3] for each in returned]
    assert statuses == ["200", "200", "200", "204", "204", "201", "410"]
    assert returned[0]["resource"]["id"] == "d"
    assert returned[2]["resource"]["active"] is True
    assert returned[1]["response"]["etag"] == 'W/"2"'


async def test_what_reads_in_a_transaction_sees_what_it_wrote(fhir: FhirWorld) -> None:
    """At any position; and a failing read rolls nothing back."""
    answer = await fhir.send(
        "POST",
        "",
        bundle(
            entry("GET", "Patient?active=true&_sort=_id&_elements=active&_total=accurate"),
            entry("GET", "Patient/a", ifNoneMatch='W/"1"'),
            entry("GET", "Patient/a", ifNoneMatch='W/"7"'),
            entry("HEAD", "Patient/a"),
            entry("GET", "Patient/a/_history"),
            entry("GET", "Patient/a/_history/1"),
            entry("GET", "Patient/b/Observation?code:text=x"),
            entry("GET", "Patient?wings=2"),
            entry("GET", "metadata?_elements=fhirVersion"),
            *(
                entry("PUT", f"Patient/{name}", {"resourceType": "Patient", "id": name} | active)
                for name, active in (("a", {"active": True}), ("b", {"active": True}), ("c", {}))
            ),
            entry("POST", "Observation", observation("Patient/b")),
        ),
    )
    assert answer.status == 200, answer.body
    returned = answer.json["entry"]
    statuses = [each["response"]["status"][:3] for each in returned]
    assert statuses == ["200", "304", *["200"] * 5, "400", "200", *["201"] * 4]
    found = returned[0]["resource"]
    assert (found["total"], [e["resource"]["id"] for e in found["entry"]]) == (2, ["a", "b"])
    assert [returned[1]["response"]["etag"], "resource" in returned[1]] == ['W/"1"', False]
    assert returned[2]["resource"]["active"] is True
    assert len(returned[4]["resource"]["entry"]) == len(returned[6]["resource"]["entry"]) == 1
    assert "wings" in returned[7]["response"]["outcome"]["issue"][0]["diagnostics"]
    assert await version_count(fhir) == 4


async def test_nothing_is_stored_of_what_fails(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/a", {"resourceType": "Patient", "id": "a"})
    new = entry("POST", "Patient", {"resourceType": "Patient"})
    put = {"resourceType": "Patient", "id": "a"}
    wrong = (
        (bundle(new, entry("PUT", "Patient/a", put, ifMatch='W/"7"')), 412),
        (bundle(new, entry("PUT", "Patient/a", put, ifNoneMatch="*")), 412),
        (bundle(new, entry("PUT", "Patient/a", put, ifNoneMatch='W/"1"')), 400),
        (bundle(new, entry("PUT", "Patient/a", put, ifNoneMatch="*", ifMatch='W/"1"')), 412),
        (bundle(new, entry("POST", "Patient", {"resourceType": "Observation"})), 400),
        (bundle(new, entry("POST", "Observation", observation("urn:uuid:nobody"))), 400),
        (bundle(new, entry("PUT", "Patient/a", put), entry("DELETE", "Patient/a")), 400),
        (bundle(new, entry("PUT", "Patient/a", put), entry("PUT", "Patient/a", put)), 400),
        (bundle(new, entry("PATCH", "Patient/never", {"resourceType": "Binary"})), 415),
        (bundle(new, entry("PUT", "Patient/b", put)), 400),
        (bundle(new, entry("POST", "Patient/a", put)), 400),
        (bundle(new, entry("DELETE", "Patient")), 400),
        (bundle(new, entry("POST", "Patients", put)), 400),
        (bundle(new, {"resource": put}), 400),
        (bundle(new, entry("DANCE", "Patient", put)), 400),
        (bundle(new, bundle_type="collection"), 400),
        ({"resourceType": "Patient"}, 400),
        ({"resourceType": "Bundle", "type": "transaction", "entry": 3}, 400),
    )
    for body, status in wrong:
        answer = await fhir.send("POST", "", body)
        assert answer.status == status, (body, answer.body)
        assert answer.diagnostics
        assert await version_count(fhir) == 1
    refused = await fhir.send("POST", "", bundle(new, new), scope="system/Patient.rs")
    assert refused.status == 403
    assert refused.json["issue"][0]["expression"] == ["Bundle.entry[0]"]
    # Each entry requires its own permission.
    mixed = bundle(new, entry("POST", "Observation", observation("Patient/a")))
    assert (await fhir.send("POST", "", mixed, scope="system/Patient.cruds")).status == 403
    assert await version_count(fhir) == 1


async def test_a_batch_answers_each_entry_by_itself(fhir: FhirWorld) -> None:
    answer = await fhir.send(
        "POST",
        "",
        bundle(
            entry("POST", "Patient", {"resourceType": "Patient"}),
            entry("GET", "Patient/never"),
            entry("POST", "Patient", {"resourceType": "Observation"}),
            entry("PUT", "Patient/a", {"resourceType": "Patient", "id": "a"}),
            entry("GET", f"{BASE}/Patient/a"),
            entry("GET", "metadata"),
            entry("GET", "Patient/a/$summary?_format=html"),
            bundle_type="batch",
        ),
    )
    assert answer.status == 200
    returned = answer.json
    assert returned["type"] == "batch-response"
    statuses = [each["response"]["status"][:3] for each in returned["entry"]]
    assert statuses == ["201", "404", "400", "201", "200", "200", "406"]
    assert returned["entry"][1]["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert returned["entry"][4]["resource"]["id"] == "a"
    assert await version_count(fhir) == 2


async def test_thousands_of_entries(fhir: FhirWorld) -> None:
    patient = "urn:uuid:p"
    entries = [entry("POST", "Patient", {"resourceType": "Patient"}, patient)]
    entries += [entry("POST", "Observation", observation(patient)) for _ in range(2999)]
    answer = await fhir.send("POST", "", bundle(*entries))
    assert answer.status == 200, answer.body[:500]
    assert len(answer.json["entry"]) == 3000
    assert await version_count(fhir) == 3000
    place = answer.json["entry"][0]["response"]["location"].split("/_history")[0]
    count = await fhir.pool.fetchval(
        "SELECT count(*) FROM resource WHERE content LIKE $1", f'%"reference": "{place}"%'
    )
    assert count == 2999


async def test_transactions_over_the_same_resources_wait_or_try_again(fhir: FhirWorld) -> None:
    """In opposite orders, some of them new: no deadlock, no lost version."""

    def body(names: list[str], at: int) -> Any:
        other = {"resourceType": "Patient", "multipleBirthInteger": at}
        return bundle(*(entry("PUT", f"Patient/{n}", other | {"id": n}) for n in names))

    names = ["a", "b", "c", "d"]
    answers = await asyncio.gather(
        *(fhir.send("POST", "", body(names if at % 2 else names[::-1], at)) for at in range(8))
    )
    assert {each.status for each in answers} == {200}, [each.body for each in answers]
    for name in names:
        events = [e["version"] for e in await fhir.events() if e["id"] == name]
        assert events == list(range(1, 9))
    assert json.loads(answers[0].body)["type"] == "transaction-response"


async def test_null_is_an_id_as_any_other(fhir: FhirWorld) -> None:
    """Resources that are written together are in the record of that patient."""
    own = {"role": "patient", "scope": "patient/*.rs", "patient": "null"}
    await fhir.send("PUT", "/Patient/null", {"resourceType": "Patient", "id": "null"})
    two = bundle(*[entry("POST", "Observation", observation("Patient/null"))] * 2)
    written = (await fhir.send("POST", "", two)).json["entry"]
    for each in written:
        own_path = "/" + each["response"]["location"].partition("/_history")[0]
        assert (await fhir.send("GET", own_path, **own)).status == 200


async def test_an_address_that_the_resource_gives(fhir: FhirWorld) -> None:
    """HAPI's client sends no `request.url` for the resources of `withResources`."""
    created = {"resourceType": "Patient", "name": [{"family": "Un"}]}
    for bundle_type in ("transaction", "batch"):
        entries = [
            {"resource": created, "request": {"method": "POST"}},
            {"resource": created | {"id": bundle_type}, "request": {"method": "PUT"}},
        ]
        bundle = {"resourceType": "Bundle", "type": bundle_type, "entry": entries}
        answer = await fhir.send("POST", "", bundle)
        assert answer.status == 200, answer.body
        statuses = [each["response"]["status"] for each in answer.json["entry"]]
        assert statuses == ["201 Created"] * 2, answer.body
        assert (await fhir.send("GET", f"/Patient/{bundle_type}")).status == 200
    for refused in (
        {"resource": created, "request": {"method": "PUT"}},
        {"resource": created, "request": {"method": "PATCH"}},
        {"request": {"method": "POST"}},
        {"request": {"method": "GET"}},
    ):
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [refused]}
        answer = await fhir.send("POST", "", bundle)
        assert (answer.status, "url" in answer.diagnostics) == (400, True), answer.body
