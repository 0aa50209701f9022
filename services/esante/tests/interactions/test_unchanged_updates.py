"""An update that changes nothing: no version, no event."""

from fhir_world import FhirWorld

SENT = (
    b'{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Pouls"},'
    b'"valueQuantity":{"value":1.0}}'
)


async def test_an_unchanged_update_writes_no_version(fhir: FhirWorld) -> None:
    made = await fhir.send("PUT", "/Observation/o1", SENT)
    again = await fhir.send("PUT", "/Observation/o1", SENT)
    assert (again.status, again.headers["etag"]) == (200, 'W/"1"')
    assert again.body == made.body
    returned = await fhir.send("PUT", "/Observation/o1", made.body.replace(b",", b" ,\n "))
    assert (returned.status, returned.headers["etag"]) == (200, 'W/"1"')
    assert [(e["version"], e["interaction"]) for e in await fhir.events()] == [(1, "create")]
    assert len((await fhir.send("GET", "/Observation/o1/_history")).json["entry"]) == 1


async def test_other_digits_are_a_change(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Observation/o1", SENT)
    more = await fhir.send("PUT", "/Observation/o1", SENT.replace(b"1.0", b"1.00"))
    assert (more.status, more.headers["etag"]) == (200, 'W/"2"')
    space = await fhir.send("PUT", "/Observation/o1", SENT.replace(b"Pouls", b"Pouls pris"))
    assert space.headers["etag"] == 'W/"3"'


async def test_an_unchanged_update_is_still_checked(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Observation/o1", SENT)
    await fhir.send("PUT", "/Observation/o1", SENT.replace(b"final", b"amended"))
    stale = await fhir.send(
        "PUT",
        "/Observation/o1",
        SENT.replace(b"final", b"amended"),
        headers={"If-Match": 'W/"1"'},
    )
    assert stale.status == 412


async def test_unchanged_by_condition_and_in_a_transaction(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Observation/o1", SENT)
    matched = await fhir.send("PUT", "/Observation?_id=o1", SENT)
    assert (matched.status, matched.headers["etag"]) == (200, 'W/"1"')
    bundle = (
        b'{"resourceType":"Bundle","type":"transaction","entry":[{"resource":%s,"request":'
        b'{"method":"PUT","url":"Observation/o1"}}]}' % SENT
    )
    done = await fhir.send("POST", "", bundle)
    (entry,) = done.json["entry"]
    assert (entry["response"]["status"][:3], entry["response"]["etag"]) == ("200", 'W/"1"')
    assert len(await fhir.events()) == 1


async def test_a_deleted_resource_is_written_again(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Observation/o1", SENT)
    await fhir.send("DELETE", "/Observation/o1")
    back = await fhir.send("PUT", "/Observation/o1", SENT)
    assert (back.status, back.headers["etag"]) == (201, 'W/"3"')
