"""create, read, vread, update, delete over HTTP, on a real database."""

import asyncio
import itertools

from fhir_world import BASE, FhirWorld
from prometheus_client import generate_latest

PATIENT = b'{ "resourceType" : "Patient",\n "active":true, "birthDate": "1974-12-25" }'


async def test_what_came_in_comes_out(fhir: FhirWorld) -> None:
    sent = (
        b'{ "resourceType" : "Observation",\n\t"status":"final", "code":{"text":"Pouls \\u00e9"},'
        b'"valueQuantity":{"value":0.40, "unit":"mmol/L" , "system" : "urn:x", "code":"x"},'
        b'"_status":{ "extension":[{"url":"urn:y","valueDecimal":1.0}]}}'
    )
    made = await fhir.create(sent)
    created = made.json
    place = f"{BASE}/Observation/{created['id']}/_history/1"
    assert (made.headers["location"], made.headers["etag"]) == (place, 'W/"1"')
    read = await fhir.send("GET", f"/Observation/{created['id']}")
    assert read.status == 200
    assert read.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert read.headers["cache-control"] == "no-store"
    head, tail = sent.split(b'"Observation"')
    assert read.body.startswith(head + b'"Observation", "id" : "%s", ' % created["id"].encode())
    assert read.body.endswith(b'"},' + tail.removeprefix(b","))
    assert created["meta"]["versionId"] == "1"


async def test_the_life_of_a_resource(fhir: FhirWorld) -> None:
    made = await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    assert (made.status, made.headers["etag"]) == (201, 'W/"1"')
    changed = await fhir.send(
        "PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1", "active": True}
    )
    assert (changed.status, changed.headers["etag"]) == (200, 'W/"2"')
    assert (await fhir.send("GET", "/Patient/p1/_history/1")).json.get("active") is None
    assert (await fhir.send("GET", "/Patient/p1/_history/2")).json["active"] is True
    gone = await fhir.send("DELETE", "/Patient/p1")
    assert (gone.status, gone.headers["etag"]) == (204, 'W/"3"')
    assert (await fhir.send("DELETE", "/Patient/p1")).status == 204
    after = await fhir.send("GET", "/Patient/p1")
    assert (after.status, after.codes) == (410, ["deleted"])
    assert (await fhir.send("GET", "/Patient/p1/_history/3")).status == 410
    assert (await fhir.send("GET", "/Patient/p1/_history/2")).status == 200
    back = await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    assert (back.status, back.headers["etag"]) == (201, 'W/"4"')
    events = [(e["id"], e["version"], e["interaction"]) for e in await fhir.events()]
    assert events == [
        ("p1", 1, "create"),
        ("p1", 2, "update"),
        ("p1", 3, "delete"),
        ("p1", 4, "create"),
    ]


async def test_versions_that_never_were(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    for version in ("2", "0", "-1", "x", "99999999999999", "1.0", "%C2%B2"):
        answer = await fhir.send("GET", f"/Patient/p1/_history/{version}")
        assert (answer.status, answer.codes) == (404, ["not-found"]), version
    assert (await fhir.send("GET", "/Patient/other/_history/1")).status == 404


async def test_updates_at_the_same_moment_make_a_version_each(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    answers = await asyncio.gather(
        *(
            fhir.send(
                "PUT",
                "/Patient/p1",
                {"resourceType": "Patient", "id": "p1", "name": [{"text": str(each)}]},
            )
            for each in range(8)
        )
    )
    assert {answer.status for answer in answers} == {200}
    assert {a.headers["etag"] for a in answers} == {f'W/"{v}"' for v in range(2, 10)}
    for answer in answers:
        version = answer.json["meta"]["versionId"]
        assert (await fhir.send("GET", f"/Patient/p1/_history/{version}")).body == answer.body
    assert [e["version"] for e in await fhir.events()] == list(range(1, 10))


async def test_preconditions(fhir: FhirWorld) -> None:
    numbers = itertools.count()

    async def put(**headers: str) -> int:
        written_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"resourceType": "Patient", "id": "p1", "multipleBirthInteger": next(numbers)}
        return (await fhir.send("PUT", "/Patient/p1", body, headers=written_headers)).status

    assert await put(if_match='W/"1"') == 412
    assert await put(if_none_match="*") == 201
    assert await put(if_none_match="*") == 412
    assert await put(if_match='W/"1"') == 200
    assert await put(if_match='W/"1"') == 412
    assert await put(if_match='"2"') == 200
    assert await put(if_match="un") == 400
    stale = await fhir.send("DELETE", "/Patient/p1", headers={"if-match": 'W/"1"'})
    assert (stale.status, stale.codes) == (412, ["conflict"])
    etag = {"if-none-match": 'W/"3"'}
    assert (await fhir.send("GET", "/Patient/p1", headers=etag)).status == 304
    assert (await fhir.send("GET", "/Patient/p1", headers={"if-none-match": 'W/"2"'})).status == 200
    moment = (await fhir.send("GET", "/Patient/p1")).headers["last-modified"]
    since = {"if-modified-since": moment}
    assert (await fhir.send("GET", "/Patient/p1", headers=since)).status == 304
    long_ago = {"if-modified-since": "Mon, 02 Mar 2020 08:00:00 GMT"}
    assert (await fhir.send("GET", "/Patient/p1", headers=long_ago)).status == 200


WRONG: tuple[tuple[str, str, bytes | None, str, int], ...] = (
    ("POST", "/Patient", b"<Patient/>", "application/x+xml", 415),
    ("POST", "/Patient", b"{}", "text/plain", 415),
    ("POST", "/Patient", b"{}", "application/json; charset=latin1", 415),
    ("POST", "/Patient", b"", "application/json", 400),
    ("POST", "/Patient", b'{"resourceType":"Observation"}', "application/json", 400),
    ("POST", "/Patient", b'{"resourceType":["Patient"]}', "application/json", 400),
    ("POST", "/Patient", b'{"resourceType":"Patient","meta":3}', "application/json", 400),
    ("PUT", "/Patient/p1", b'{"resourceType":"Patient"}', "application/json", 400),
    ("PUT", "/Patient/p1", b'{"resourceType":"Patient","id":"p2"}', "application/json", 400),
    ("PUT", "/Patient/p_1", b'{"resourceType":"Patient","id":"p_1"}', "application/json", 400),
    ("PUT", "/Patient", b'{"resourceType":"Patient","id":"p1"}', "application/json", 400),
    ("GET", "/Patients/p1", None, "", 404),
    ("GET", "/Patient/p1/x/y/z", None, "", 404),
    ("GET", "/Patient/p%001", None, "", 404),
    ("GET", "/Patient/%FF", None, "", 404),
    ("GET", "/Patient/p1?_format=ttl", None, "", 406),
    ("GET", "/metadata?mode=complete", None, "", 400),
    ("GET", "/Patient/p1?_sumary=true", None, "", 400),
    ("GET", "/Patient/p1?_summary=peu", None, "", 400),
    ("OPTIONS", "/Patient/p1", None, "", 405),
)


async def test_what_is_wrong_is_named(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    for method, path, body, media, status in WRONG:
        answer = await fhir.send(method, path, body, media=media)
        assert answer.status == status, (method, path, answer.body)
        assert answer.diagnostics
    assert len(await fhir.events()) == 1


async def test_what_is_absent_is_named(fhir: FhirWorld) -> None:
    for media, named in (("", "Content-Type"), ("application/json", "« resourceType »")):
        answer = await fhir.send("POST", "/Patient", b"{}", media=media)
        assert f"{named} manque" in answer.diagnostics


async def test_each_mode_has_the_complete_statement(fhir: FhirWorld) -> None:
    statement = await fhir.send("GET", "/metadata")
    for mode in ("full", "normative", "terminology"):
        answer = await fhir.send("GET", f"/metadata?mode={mode}")
        assert (answer.status, answer.body) == (200, statement.body)


async def test_made_up_addresses_are_no_labels_of_the_metrics(fhir: FhirWorld) -> None:
    for path in ("/Patient/_invented-one", "/$invented-two", "/Patient/p1/$invented-three"):
        assert (await fhir.send("GET", path)).status == 404
    assert b"invented" not in generate_latest()


async def test_a_body_past_the_limit_is_refused_and_nothing_stored(fhir: FhirWorld) -> None:
    body = b'{"resourceType":"Patient","x":"' + b"x" * (9 * 1024 * 1024) + b'"}'
    answer = await fhir.send("POST", "/Patient", body)
    assert (answer.status, answer.codes) == (413, ["too-long"])

    async def parts():  # type: ignore[no-untyped-def]
        for _ in range(100):
            yield b" " * 1024 * 1024

    url = f"{fhir.address}/fhir/Patient"
    headers = {"x-regionlab-token": fhir._token("integrator", "system/*.cruds", None)}
    headers["content-type"] = "application/fhir+json"
    try:
        async with fhir.client.post(url, data=parts(), headers=headers) as answered:
            assert answered.status == 413
    except OSError:
        pass  # the server closed on what went on coming
    assert await fhir.events() == []


async def test_answers_as_preferred(fhir: FhirWorld) -> None:
    minimal = await fhir.create(PATIENT, headers={"prefer": "return=minimal"})
    assert minimal.body == b""
    assert "content-type" not in minimal.headers
    answered = await fhir.create(PATIENT, headers={"prefer": "return=OperationOutcome"})
    assert answered.codes == ["informational"]
    representation = await fhir.create(PATIENT, headers={"prefer": "return=representation"})
    path = f"/Patient/{representation.json['id']}"
    turtle = await fhir.send("GET", path, headers={"accept": "text/turtle"})
    assert (turtle.status, turtle.codes) == (406, ["not-supported"])
    assert "XML" in turtle.diagnostics
    for accept in ("application/json", "*/*;q=0.1, text/html", "application/fhir+json"):
        assert (await fhir.send("GET", path, headers={"accept": accept})).status == 200
    assert (await fhir.send("GET", path + "?_format=application/fhir+json")).status == 200
    indented = await fhir.send("GET", path + "?_pretty=true")
    assert indented.body.startswith(b'{\n  "resourceType": "Patient",\n')
    assert indented.json == representation.json
    some = await fhir.send("GET", path + "?_elements=birthDate")
    assert set(some.json) == {"resourceType", "id", "meta", "birthDate"}
    assert some.json["meta"]["tag"][0]["code"] == "SUBSETTED"
    short = await fhir.send("GET", path + "?_summary=true")
    assert set(short.json) == {"resourceType", "id", "meta", "active", "birthDate"}
    data = await fhir.send("GET", path + "?_summary=data")
    assert data.json["meta"]["tag"][0]["code"] == "SUBSETTED"
    head = await fhir.send("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == 'W/"1"'
    lenient = {"prefer": "handling=lenient"}
    assert (await fhir.send("GET", path + "?x=1", headers=lenient)).status == 200


async def test_scopes_decide(fhir: FhirWorld) -> None:
    for name in ("p1", "p2"):
        await fhir.send("PUT", f"/Patient/{name}", {"resourceType": "Patient", "id": name})

    async def status(method: str, path: str, scope: str, body: object = None) -> int:
        patient = None if scope.startswith("system/") else "p1"
        answer = await fhir.send(method, path, body, scope=scope, patient=patient)
        assert answer.status < 400 or answer.diagnostics
        return answer.status

    assert await status("GET", "/Patient/p1", "system/Observation.rs") == 403
    assert await status("GET", "/Patient/p1", "") == 403
    assert await status("GET", "/Patient/p1", "patient/Patient.r") == 200
    # Another patient's resource is like an absent one.
    assert await status("GET", "/Patient/p2", "patient/Patient.r") == 404
    assert await status("GET", "/Patient/p3", "patient/Patient.r") == 404
    assert await status("GET", "/Patient/p2/_history/1", "patient/*.r") == 404
    assert await status("DELETE", "/Patient/p2", "patient/*.cruds") == 404
    body = {"resourceType": "Patient", "id": "p2"}
    assert await status("PUT", "/Patient/p2", "patient/*.cruds", body) == 404
    assert await status("PUT", "/Patient/p3", "patient/*.cruds", body | {"id": "p3"}) == 403
    assert await status("POST", "/Patient", "system/*.rs", body) == 403
    # An author in another patient's record cannot write in it.
    others = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/p2"},
        "performer": [{"reference": "Patient/p1"}],
    }
    assert await status("POST", "/Observation", "patient/*.cruds", others) == 403
    await fhir.send("PUT", "/Observation/o1", others)
    assert await status("GET", "/Observation/o1", "patient/*.r") == 200
    assert await status("DELETE", "/Observation/o1", "patient/*.cruds") == 403
    woman = {"resourceType": "Patient", "id": "p1", "gender": "female"}
    assert await status("PUT", "/Patient/p1", "system/*.cruds", woman) == 200
    # A scope that a query narrows opens what the query finds.
    assert await status("GET", "/Patient/p1", "patient/Patient.r?gender=female") == 200
    assert await status("GET", "/Patient/p1", "patient/Patient.r?gender=male") == 404
    assert await status("GET", "/Patient/p2", "patient/Patient.r?gender=female") == 404
    assert await status("GET", "/Patient/p1", "patient/Patient.r?wings=2") == 404
    assert await status("GET", "/Patient/p1/_history/1", "patient/Patient.r?gender=female") == 404
    assert await status("PUT", "/Patient/p1", "patient/Patient.u?gender=female", woman) == 200
    answer = await fhir.send("GET", "/Patient/p1", role="anonymous", scope="")
    assert (answer.status, answer.codes) == (401, ["login"])


async def test_the_capability_statement_lists_what_is_served(fhir: FhirWorld) -> None:
    answer = await fhir.send("GET", "/metadata", role="anonymous", scope="")
    assert answer.status == 200
    rest = answer.json["rest"][0]
    patient = next(each for each in rest["resource"] if each["type"] == "Patient")
    codes = {each["code"] for each in patient["interaction"]}
    assert {"read", "vread", "create", "update", "delete"} <= codes
    traces = next(each for each in rest["resource"] if each["type"] == "AuditEvent")
    traced = {each["code"] for each in traces["interaction"]}
    assert codes - traced == {"patch", "delete"}
    assert traces["conditionalDelete"] == "not-supported"
    assert "meta-add" not in {each["name"] for each in traces["operation"]}
    assert answer.json["fhirVersion"] == "4.0.1"


async def test_a_reference_by_our_own_address_places_a_resource_in_that_record(
    fhir: FhirWorld,
) -> None:
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    note = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "Poids"},
        "subject": {"reference": f"{BASE}/Patient/p1"},
    }
    await fhir.send("PUT", "/Observation/o1", note)
    await fhir.send("PUT", "/Observation/o1", note | {"status": "amended"})
    for path in ("/Observation/o1", "/Observation/o1/_history/1", "/Observation/o1/_history"):
        for patient, status in (("p1", 200), ("p2", 404)):
            answer = await fhir.send("GET", path, scope="patient/*.rs", patient=patient)
            assert (answer.status, path) == (status, path), answer.body
