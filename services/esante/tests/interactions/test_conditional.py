"""Conditional create, update, patch and delete, alone and in transactions, at the same moment."""

import asyncio
from typing import Any

from fhir_world import FhirWorld

SYSTEM = "urn:oid:1.2.250.1.71.4.2.1"


def practitioner(value: str, **members: Any) -> dict[str, Any]:
    made = {"resourceType": "Practitioner", "identifier": [{"system": SYSTEM, "value": value}]}
    return made | members


def condition(value: str) -> str:
    return f"identifier={SYSTEM}|{value}"


def post(resource: Any, full_url: str = "", **request: str) -> Any:
    resource_type = resource["resourceType"]
    made = {"resource": resource, "request": {"method": "POST", "url": resource_type} | request}
    return made | ({"fullUrl": full_url} if full_url else {})


def transaction(*entries: Any) -> Any:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


async def living(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM resource"))


async def test_fifty_at_once_make_one(fhir: FhirWorld) -> None:
    """From requests and from transactions, with the same criteria."""
    headers = {"if-none-exist": condition("8001")}
    body = practitioner("8001")
    bundle = transaction(post(body, ifNoneExist=condition("8001")))
    answers = await asyncio.gather(
        *(fhir.send("POST", "/Practitioner", body, headers=headers) for _ in range(40)),
        *(fhir.send("POST", "", bundle) for _ in range(10)),
    )
    assert await living(fhir) == 1
    assert len(await fhir.events()) == 1
    statuses = [each.status for each in answers[:40]]
    statuses += [int(a.json["entry"][0]["response"]["status"][:3]) for a in answers[40:]]
    assert sorted(statuses) == [200] * 49 + [201]
    own = {each.json["id"] for each in answers[:40]}
    own |= {a.json["entry"][0]["response"]["location"].split("/")[1] for a in answers[40:]}
    assert len(own) == 1


async def test_fifty_at_once_for_one_person_in_other_words_make_one(
    fhir: FhirWorld,
) -> None:
    """Their conditions differ and name one identifier, or their contents do."""
    body = practitioner("8001", gender="female")
    body["identifier"].append({"system": "urn:other", "value": "a-1"})
    conditions = (
        condition("8001"),
        "identifier=8001",
        condition("8001") + "&gender=female",
        "gender=female&" + condition("8001"),
        condition("8001,8002"),
        "identifier=urn:other|A-1",
        "gender=female",  # without identifier, which the content has
    )

    async def write(at: int) -> tuple[int, str]:
        criteria = conditions[at % len(conditions)]
        if at % 3 == 0:
            answer = await fhir.send("PUT", f"/Practitioner?{criteria}", body)
        elif at % 3 == 1:
            headers = {"if-none-exist": criteria}
            answer = await fhir.send("POST", "/Practitioner", body, headers=headers)
        else:
            answer = await fhir.send("POST", "", transaction(post(body, ifNoneExist=criteria)))
            response = answer.json["entry"][0]["response"]
            return int(response["status"][:3]), response["location"].split("/")[1]
        return answer.status, answer.json["id"]

    answers = await asyncio.gather(*(write(at) for at in range(50)))
    assert await living(fhir) == 1
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({own for _, own in answers}) == 1


async def test_who_names_thousands_is_alone_with_them(fhir: FhirWorld) -> None:
    """More identifiers than PostgreSQL could lock one by one for several such writers."""
    body = practitioner("8001")
    body["identifier"] += [{"system": "urn:s", "value": str(at)} for at in range(3100)]
    few = practitioner("8001")
    headers = {"if-none-exist": condition("8001")}
    answers = await asyncio.gather(
        *(
            fhir.send("POST", "/Practitioner", few if at % 4 else body, headers=headers)
            for at in range(20)
        )
    )
    assert await living(fhir) == 1
    assert sorted(each.status for each in answers) == [200] * 19 + [201]


async def test_a_condition_in_the_address_of_a_create(fhir: FhirWorld) -> None:
    """As fhirpy's `get_or_create` has it."""
    path = f"/Practitioner?{condition('1')}"
    made = await fhir.send("POST", path, practitioner("1"))
    again = await fhir.send("POST", path + "&_pretty=true", practitioner("1"))
    assert [made.status, again.status, again.json["id"]] == [201, 200, made.json["id"]]
    for query, headers in (
        (condition("1"), {"if-none-exist": condition("1")}),
        ("wings=2", {}),
        ("wings=2", {"prefer": "handling=lenient"}),
    ):
        path = f"/Practitioner?{query}"
        assert (await fhir.send("POST", path, practitioner("1"), headers=headers)).status == 400
    some = await fhir.send("POST", "/Practitioner?_elements=active", practitioner("9", active=True))
    assert (some.status, "identifier" in some.json) == (201, False)
    assert await living(fhir) == 2


async def test_conditional_create(fhir: FhirWorld) -> None:
    for value in ("1", "2", "2"):
        await fhir.create(practitioner(value))

    async def create(criteria: str) -> Any:
        headers = {"if-none-exist": criteria}
        return await fhir.send("POST", "/Practitioner", practitioner("1"), headers=headers)

    found = await create(condition("1"))
    assert (found.status, found.json["identifier"][0]["value"]) == (200, "1")
    several = await create(condition("2"))
    assert (several.status, several.codes) == (412, ["multiple-matches"])
    assert (await create("?" + condition("3"))).status == 201
    for wrong in ("", "_sort=name", "wings=2", "identifier:wings=2", "identifier=a%00", "name=%ff"):
        answer = await create(wrong)
        assert answer.status == 400, wrong
    assert await living(fhir) == 4


async def test_conditional_update_patch_and_delete(fhir: FhirWorld) -> None:
    path = f"/Practitioner?{condition('1')}"
    made = await fhir.send("PUT", path, practitioner("1"))
    assert made.status == 201
    own = made.json["id"]
    changed = await fhir.send("PUT", path, practitioner("1", active=True))
    assert (changed.status, changed.json["id"], changed.headers["etag"]) == (200, own, 'W/"2"')
    other = await fhir.send("PUT", path, practitioner("1", id="another"))
    assert other.status == 400
    stale = await fhir.send("PUT", path, practitioner("1"), headers={"if-match": 'W/"1"'})
    assert stale.status == 412
    named = await fhir.send("PUT", f"/Practitioner?{condition('5')}", practitioner("5", id="five"))
    assert (named.status, named.json["id"]) == (201, "five")
    taken = await fhir.send("PUT", f"/Practitioner?{condition('6')}", practitioner("6", id="five"))
    assert taken.status == 409
    patch = b'[{"op":"replace","path":"/active","value":false}]'
    media = "application/json-patch+json"
    patched = await fhir.send("PATCH", path, patch, media=media)
    assert (patched.status, patched.json["active"]) == (200, False)
    unmatched = await fhir.send("PATCH", f"/Practitioner?{condition('9')}", patch, media=media)
    assert unmatched.status == 404
    assert (await fhir.send("DELETE", path)).status == 204
    assert (await fhir.send("GET", f"/Practitioner/{own}")).status == 410
    assert (await fhir.send("DELETE", path)).status == 204
    for each in ("2", "2"):
        await fhir.create(practitioner(each))
    assert (await fhir.send("DELETE", f"/Practitioner?{condition('2')}")).status == 412
    assert (await fhir.send("DELETE", "/Practitioner")).status == 400
    assert (await fhir.send("DELETE", "/Practitioner?_pretty=true")).status == 400


async def test_updates_at_once_on_a_condition_make_one_with_a_version_each(
    fhir: FhirWorld,
) -> None:
    path = f"/Practitioner?{condition('1')}"
    answers = await asyncio.gather(
        *(
            fhir.send("PUT", path, practitioner("1") | {"name": [{"text": f"Lucie {at}"}]})
            for at in range(10)
        )
    )
    assert await living(fhir) == 1
    assert sorted(each.status for each in answers) == [200] * 9 + [201]
    assert {each.headers["etag"] for each in answers} == {f'W/"{v}"' for v in range(1, 11)}


async def test_conditions_in_a_transaction(fhir: FhirWorld) -> None:
    known = (await fhir.create(practitioner("1"))).json["id"]
    await fhir.create(practitioner("2"))
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "performer": [
            {"reference": "urn:uuid:one"},
            {"reference": f"Practitioner?{condition('2')}"},
            {"reference": f"Practitioner?{condition('3')}"},
        ],
    }
    update = {
        "resource": practitioner("4"),
        "request": {"method": "PUT", "url": f"Practitioner?{condition('4')}"},
    }
    answer = await fhir.send(
        "POST",
        "",
        transaction(
            post(practitioner("1"), "urn:uuid:one", ifNoneExist=condition("1")),
            post(practitioner("3"), "urn:uuid:three", ifNoneExist=condition("3")),
            update,
            post(observation),
        ),
    )
    assert answer.status == 200, answer.body
    responses = [each["response"] for each in answer.json["entry"]]
    assert [each["status"][:3] for each in responses] == ["200", "201", "201", "201"]
    made = (await fhir.send("GET", f"/{responses[3]['location'].split('/_')[0]}")).json
    places = [each["reference"] for each in made["performer"]]
    assert places[0] == f"Practitioner/{known}"
    second = (await fhir.send("GET", f"/{places[1]}")).json
    assert second["identifier"][0]["value"] == "2"
    assert places[2] == responses[1]["location"].split("/_")[0]
    before = await living(fhir)
    unmatched = observation | {"performer": [{"reference": f"Practitioner?{condition('9')}"}]}
    await fhir.create(practitioner("2"))
    several = observation | {"performer": [{"reference": f"Practitioner?{condition('2')}"}]}
    same = post(practitioner("7"), ifNoneExist=condition("7"))
    twin = post(practitioner("7"), ifNoneExist=condition("7") + "&active=true")
    null = post(practitioner("7"), ifNoneExist="identifier=a%00b")
    for wrong, status in (
        (transaction(post(practitioner("8")), null), 400),
        (transaction(post(practitioner("8")), post(unmatched)), 400),
        (transaction(post(practitioner("8")), post(several)), 412),
        (transaction(same, same), 400),
        (transaction(same, twin), 400),
    ):
        refused = await fhir.send("POST", "", wrong)
        assert refused.status == status, refused.body
        assert "Bundle.entry[1]" in refused.json["issue"][0]["expression"][0]
    assert await living(fhir) == before + 1


async def test_what_a_transaction_deletes_is_no_match_of_its_creates(fhir: FhirWorld) -> None:
    """Deletes are processed first. https://hl7.org/fhir/R4/http.html#trules"""
    old = (await fhir.create(practitioner("1"))).json["id"]
    create = post(practitioner("1"), ifNoneExist=condition("1"))
    delete = {"request": {"method": "DELETE", "url": f"Practitioner?{condition('1')}"}}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "performer": [{"reference": f"Practitioner?{condition('1')}"}],
    }
    for entries in ([create, delete], [delete, create]):
        answer = await fhir.send("POST", "", transaction(*entries, post(observation)))
        assert answer.status == 200, answer.body
        responses = [each["response"] for each in answer.json["entry"]]
        created, deleted = (responses[entries.index(each)] for each in (create, delete))
        assert (created["status"], deleted["status"]) == ("201 Created", "204 No Content")
        new = created["location"].split("/")[1]
        assert (await fhir.send("GET", f"/Practitioner/{old}")).status == 410
        assert (await fhir.send("GET", f"/Practitioner/{new}")).status == 200
        place = responses[2]["location"].split("/_history")[0]
        stored = (await fhir.send("GET", f"/{place}")).json
        assert stored["performer"] == [{"reference": f"Practitioner/{new}"}]
        old = new
    # So it is with a delete by id; and without a match of the delete.
    by_id = {"request": {"method": "DELETE", "url": f"Practitioner/{old}"}}
    other = {"request": {"method": "DELETE", "url": f"Practitioner?{condition('9')}"}}
    never = post(practitioner("9"), ifNoneExist=condition("9"))
    answer = await fhir.send("POST", "", transaction(create, by_id, never, other))
    statuses = [each["response"]["status"][:3] for each in answer.json["entry"]]
    assert statuses == ["201", "204", "201", "204"]
    gone = {"request": {"method": "DELETE", "url": f"Practitioner?{condition('1')}"}}
    dangling = await fhir.send("POST", "", transaction(gone, post(observation)))
    assert (dangling.status, "aucune ressource" in dangling.diagnostics) == (400, True)
    # Twice one condition is refused otherwise.
    update = {"resource": practitioner("1"), "request": delete["request"] | {"method": "PUT"}}
    for wrong in ((delete, delete), (delete, update), (delete, create, create)):
        assert (await fhir.send("POST", "", transaction(*wrong))).status == 400


async def test_a_caller_who_reads_no_format_of_fhir_is_refused_before_anything_is_written(
    fhir: FhirWorld,
) -> None:
    resource = {"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": "ttl"}]}
    turtle = {"accept": "text/turtle"}
    path = "/Patient?identifier=urn:s%7Cttl"
    assert (await fhir.send("PUT", path, resource, headers=turtle)).status == 406
    patch = [{"op": "add", "path": "/active", "value": True}]
    media = "application/json-patch+json"
    assert (await fhir.send("PATCH", path, patch, headers=turtle, media=media)).status == 406
    assert await fhir.events() == []
