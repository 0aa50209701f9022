"""What a patient's token discloses of other records, and what a scope with a query permits.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import BASE, Answer, FhirWorld

MINE, OTHERS = "Observation/mine", "Observation/theirs"
EVERYTHING: dict[str, Any] = {"role": "patient", "patient": "me", "scope": "patient/*.cruds"}


def observation(own_id: str, subject: str, category: str = "laboratory", **members: Any) -> Any:
    return {
        "resourceType": "Observation",
        "id": own_id,
        "status": "final",
        "code": {"text": "x"},
        "category": [{"coding": [{"system": "urn:c", "code": category}]}],
        "subject": {"reference": f"Patient/{subject}"},
    } | members


async def populate(fhir: FhirWorld) -> None:
    for resource in (
        {"resourceType": "Patient", "id": "me"},
        {"resourceType": "Patient", "id": "other"},
        observation("mine", "me"),
        observation("theirs", "other"),
    ):
        place = f"/{resource['resourceType']}/{resource['id']}"
        assert (await fhir.send("PUT", place, resource)).status == 201


def anonymised(answer: Answer, name: str) -> tuple[int, str]:
    """Status and body of an answer, without the id of the resource."""
    return answer.status, answer.body.decode().replace(name, "NAME")


async def test_another_s_record_is_as_one_that_is_not(fhir: FhirWorld) -> None:
    await populate(fhir)
    patch = {"media": "application/json-patch+json"}
    test = [{"op": "test", "path": "/status", "value": "final"}]
    ways: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
        ("GET", "", None, {}),
        ("GET", "/_history", None, {}),
        ("GET", "/_history/1", None, {}),
        ("GET", "/_history/9", None, {}),
        ("PATCH", "", test, patch),
        ("DELETE", "", None, {}),
        ("DELETE", "", None, {"headers": {"if-match": 'W/"1"'}}),
        ("POST", "/$validate", None, {}),
        ("GET", "?_elements=status", None, {"headers": {"if-none-match": 'W/"1"'}}),
    )
    for method, end, body, options in ways:
        other, never = [
            anonymised(
                await fhir.send(method, f"/Observation/{name}{end}", body, **EVERYTHING, **options),
                name,
            )
            for name in ("theirs", "never")
        ]
        assert other == never, (method, end)
        assert other[0] == 404, (method, end)
    # Without the permission to create, an update does not disclose whether a resource exists.
    changes = EVERYTHING | {"scope": "patient/*.rus"}
    for name in ("theirs", "never"):
        put = await fhir.send("PUT", f"/Observation/{name}", observation(name, "me"), **changes)
        assert put.status == 404
    # A deleted resource is not found with restricted grants.
    await fhir.send("DELETE", f"/{OTHERS}")
    assert (await fhir.send("GET", f"/{OTHERS}", **EVERYTHING)).status == 404
    assert (await fhir.send("GET", f"/{OTHERS}")).status == 410


async def test_the_id_of_another_s_deleted_record_is_not_taken_over(fhir: FhirWorld) -> None:
    await populate(fhir)
    assert (await fhir.send("PUT", "/Observation/gone", observation("gone", "other"))).status == 201
    assert (await fhir.send("DELETE", "/Observation/gone")).status == 204
    patient = EVERYTHING
    laboratory = {"scope": "system/Observation.cruds?category=laboratory"}
    creates = {"scope": "system/Observation.cs system/Observation.u?category=laboratory"}
    blind = EVERYTHING | {"scope": "patient/*.c"}
    exam = observation("theirs", "other", "exam")
    assert (await fhir.send("PUT", f"/{OTHERS}", exam)).status == 200
    for caller in (patient, laboratory, creates, blind):
        # As if it existed, in a request of its own, under a condition and in a transaction.
        for condition, expected in (("", 404), ("?code=none", 409)):
            answers = []
            for name in ("theirs", "gone"):
                new = observation(name, "me")
                path = condition or f"/{name}"
                put = await fhir.send("PUT", f"/Observation{path}", new, **caller)
                within = bundle(entry("PUT", f"Observation{path}", new))
                answer = await fhir.send("POST", "", within, **caller)
                answers.append((anonymised(put, name), anonymised(answer, name)))
            assert answers[0] == answers[1], (caller, condition)
            if caller is not blind:
                assert {each[0] for each in answers[0]} == {expected}, (caller, condition)
    assert (await fhir.send("GET", "/Observation/gone")).status == 410
    # Whoever can write every resource brings it back.
    back = await fhir.send("PUT", "/Observation/gone", observation("gone", "other"))
    assert (back.status, back.headers["etag"]) == (201, 'W/"3"')


async def test_transactions_disclose_no_more(fhir: FhirWorld) -> None:
    await populate(fhir)
    for bundle_type in ("transaction", "batch"):
        for make in (
            lambda name: entry("DELETE", f"Observation/{name}"),
            lambda name: entry("GET", f"Observation/{name}"),
        ):
            other, never = [
                anonymised(
                    await fhir.send(
                        "POST", "", bundle(make(n), bundle_type=bundle_type), **EVERYTHING
                    ),
                    n,
                )
                for n in ("theirs", "never")
            ]
            assert other == never
            assert "404" in f"{other[0]}{other[1]}"
    # Deleting an absent resource requires the permission too.
    reads = EVERYTHING | {"scope": "patient/*.rs"}
    for url in ("Observation/never", "Observation?code=never", MINE):
        answer = await fhir.send("POST", "", bundle(entry("DELETE", url)), **reads)
        assert answer.status == 403, url
        assert (await fhir.send("DELETE", f"/{url}", **reads)).status == 403, url
    reference = {"reference": "Patient?_id=other"}
    new = observation("x", "me", performer=[reference])
    answer = await fhir.send("POST", "", bundle(entry("POST", "Observation", new)), **EVERYTHING)
    assert (answer.status, "aucune ressource" in answer.diagnostics) == (400, True)


async def test_conditions_find_what_can_be_searched(fhir: FhirWorld) -> None:
    await populate(fhir)
    new = observation("x", "me")
    other = {"headers": {"if-none-exist": "_id=theirs"}}
    assert (await fhir.send("POST", "/Observation", new, **EVERYTHING, **other)).status == 201
    mine = {"headers": {"if-none-exist": "_id=mine"}}
    assert (await fhir.send("POST", "/Observation", new, **EVERYTHING, **mine)).status == 200
    # The match is returned only to callers who can read it.
    blind = EVERYTHING | {"scope": "patient/*.cs"}
    assert (await fhir.send("POST", "/Observation", new, **blind, **mine)).status == 403
    within = bundle(entry("POST", "Observation", new, ifNoneExist="_id=mine"))
    representation = {"headers": {"prefer": "return=representation"}}
    assert (await fhir.send("POST", "", within, **blind, **representation)).status == 403
    assert (await fhir.send("DELETE", "/Observation?_id=theirs", **EVERYTHING)).status == 204
    assert (await fhir.send("GET", f"/{OTHERS}")).status == 200


async def test_no_caller_takes_from_another_s_record(fhir: FhirWorld) -> None:
    """Standing in it as an author is enough to read it, not to take it away."""
    await populate(fhir)
    shared = observation("shared", "other", performer=[{"reference": "Patient/me"}])
    assert (await fhir.send("PUT", "/Observation/shared", shared)).status == 201
    assert (await fhir.send("GET", "/Observation/shared", **EVERYTHING)).status == 200
    taken = observation("shared", "me")
    assert (await fhir.send("PUT", "/Observation/shared", taken, **EVERYTHING)).status == 403
    patch = [{"op": "replace", "path": "/subject/reference", "value": "Patient/me"}]
    media = {"media": "application/json-patch+json"}
    assert (
        await fhir.send("PATCH", "/Observation/shared", patch, **EVERYTHING, **media)
    ).status == 403
    assert (await fhir.send("DELETE", "/Observation/shared", **EVERYTHING)).status == 403
    assert (await fhir.send("GET", "/Observation/shared")).json["meta"]["versionId"] == "1"


async def test_a_disguised_reference_leads_into_no_other_record(fhir: FhirWorld) -> None:
    await populate(fhir)
    host = BASE.removeprefix("https://")
    disguises = [
        "Patient/other",
        f"{BASE}/Patient/other",
        f"HTTPS://{host.upper()}/Patient/other",
        f"//{host}/Patient/other",
        f"{BASE.replace('.org', '.org:443')}/Patient/other",
        f"{BASE}/x/../Patient/other/",
        f"{BASE}/Patient/%6fther?x=y",
        "Patient/other#",
        "Patient/other#x",
        "Patient//other",
        " Patient/other",
    ]
    for literal in disguises:
        sent = observation("new", "me", performer=[{"reference": literal}])
        answer = await fhir.send("PUT", "/Observation/new", sent, **EVERYTHING)
        # Those that are no references at all are refused by the validator first.
        expected = 400 if literal.startswith(("//", " ", "Patient//")) else 403
        assert (literal, answer.status) == (literal, expected)
    for literal in ("https://other.example.org/fhir/Patient/other", "Practitioner/x#y"):
        sent = observation("new", "me", performer=[{"reference": literal}])
        assert (await fhir.send("PUT", "/Observation/new", sent, **EVERYTHING)).status < 300


async def test_a_scope_narrowed_by_a_query_opens_what_it_finds(fhir: FhirWorld) -> None:
    await populate(fhir)
    only = EVERYTHING | {"scope": "patient/Observation.cruds?category=laboratory"}
    exam = observation("exam", "me", "exam")
    assert (await fhir.send("PUT", "/Observation/exam", exam, **only)).status == 403
    assert (await fhir.send("PUT", "/Observation/exam", exam)).status == 201
    new = observation("new", "me", valueString="1")
    for number, status in ((1, 201), (2, 200)):
        put = await fhir.send(
            "PUT", "/Observation/new", new | {"issued": f"202{number}-01-01T00:00:00Z"}, **only
        )
        assert put.status == status
    # Before and after, it is of those.
    assert (await fhir.send("PUT", "/Observation/new", exam | {"id": "new"}, **only)).status == 403
    assert (await fhir.send("PUT", "/Observation/exam", new | {"id": "exam"}, **only)).status == 404
    patch = [{"op": "replace", "path": "/category/0/coding/0/code", "value": "exam"}]
    media = {"media": "application/json-patch+json"}
    assert (await fhir.send("PATCH", "/Observation/new", patch, **only, **media)).status == 403
    assert (await fhir.send("GET", "/Observation/exam", **only)).status == 404
    assert (await fhir.send("DELETE", "/Observation/exam", **only)).status == 404
    # So are its versions.
    assert (await fhir.send("PUT", "/Observation/new", exam | {"id": "new"})).status == 200
    assert (await fhir.send("GET", "/Observation/new/_history/1", **only)).status == 404
    assert (await fhir.send("PUT", "/Observation/new", new)).status == 200
    for version, status in (("1", 200), ("2", 200), ("3", 404), ("4", 200)):
        old = await fhir.send("GET", f"/Observation/new/_history/{version}", **only)
        assert old.status == status, version
    history = await fhir.send("GET", "/Observation/new/_history", **only)
    versions = [each["resource"]["meta"]["versionId"] for each in history.json["entry"]]
    assert versions == ["4", "2", "1"]
    assert (await fhir.send("DELETE", "/Observation/new", **only)).status == 204


async def test_a_professional_s_narrowed_scope_is_not_of_one_patient(fhir: FhirWorld) -> None:
    await populate(fhir)
    scope = {"scope": "system/Observation.crud?category=laboratory"}
    for name in ("mine", "theirs"):
        assert (await fhir.send("GET", f"/Observation/{name}", **scope)).status == 200
    both = observation("both", "me", performer=[{"reference": "Patient/other"}])
    assert (await fhir.send("PUT", "/Observation/both", both, **scope)).status == 201
    exam = observation("exam", "me", "exam")
    assert (await fhir.send("POST", "/Observation", exam, **scope)).status == 403
    # What cannot be understood opens nothing; nor does what leads elsewhere.
    for query in ("wings=2", "subject.name=x", "_has:Provenance:target:agent=x"):
        narrowed = {"scope": f"system/Observation.crud?{query}"}
        assert (await fhir.send("GET", "/Observation/mine", **narrowed)).status == 404
        assert (await fhir.send("POST", "/Observation", both, **narrowed)).status == 403
