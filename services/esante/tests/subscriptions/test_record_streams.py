"""Event streams of a patient's application: never more than the record, and no outgoing call."""

from typing import Any

from subscription_world import (
    SubscriptionWorld,
    TestSubscriber,
    event_stream,
    stream,
    subscription,
)

from esante.search.domain.declared_compartments import SUBSCRIPTION_PATIENT

JSON = "application/fhir+json"
LUCIE: dict[str, Any] = {
    "role": "patient",
    "scope": "patient/*.cruds",
    "patient": "lucie",
    "account": "lucie",
}
MARC = LUCIE | {"patient": "marc", "account": "marc"}


def observation(patient: str, **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "a"},
        "subject": {"reference": f"Patient/{patient}"},
        **members,
    }


def in_record(resource: dict[str, Any], *patients: str) -> dict[str, Any]:
    """The Subscription with the extension that names its patients."""
    references = [{"reference": f"Patient/{each}"} for each in patients]
    return resource | {
        "extension": [{"url": SUBSCRIPTION_PATIENT, "valueReference": each} for each in references]
    }


async def test_a_stream_has_the_events_of_the_record_alone(world: SubscriptionWorld) -> None:
    fhir = world.fhir
    made = (await fhir.create(stream("Observation?", payload=JSON), **LUCIE)).json
    assert made["extension"][0]["valueReference"] == {"reference": "Patient/lucie"}
    left = (await fhir.create(observation("lucie"))).json
    await fhir.create(observation("marc"))
    await world.match()
    await fhir.send("PUT", f"/Observation/{left['id']}", left | observation("marc"))
    last = (await fhir.create(observation("lucie"))).json["id"]
    await world.match()
    async with event_stream(fhir, made["id"], since=1, **LUCIE) as client:
        # What is another's by now is withheld.
        event = await client.next()
        assert (event.id, event.resources[0]["id"]) == ("2", last)
    # Written again and narrowed by its own application.
    again = made | {"criteria": "Observation?status=amended"}
    answer = await fhir.send("PUT", f"/Subscription/{made['id']}", again, **LUCIE)
    assert answer.status == 200, answer.body
    found = await fhir.send("GET", "/Subscription?", **LUCIE)
    assert [each["resource"]["id"] for each in found.json["entry"]] == [made["id"]]


async def test_a_subscription_of_a_record_is_of_no_other(world: SubscriptionWorld) -> None:
    fhir = world.fhir
    name = (await fhir.create(stream("Observation?"), **LUCIE)).json["id"]
    path = f"/Subscription/{name}"
    for method, address in (
        ("GET", path),
        ("GET", f"{path}/$event-stream"),
        ("GET", f"{path}/$events"),
        ("DELETE", path),
    ):
        assert (await fhir.send(method, address, **MARC)).status == 404, address
    assert "entry" not in (await fhir.send("GET", "/Subscription?", **MARC)).json
    # Not even of another application of the same person, which has no scope for it.
    narrow = LUCIE | {"scope": "patient/Observation.rs"}
    assert (await fhir.send("GET", f"{path}/$event-stream", **narrow)).status == 403


async def test_what_a_patient_cannot_subscribe_to(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    hook = subscription(subscriber.address, "Observation?")
    for resource, status in (
        (hook, 403),
        (in_record(hook, "lucie"), 403),
        (in_record(hook, "lucie") | {"status": "off"}, 403),
        (in_record(stream("Observation?"), "marc"), 403),
        (in_record(stream("Observation?"), "lucie", "marc"), 403),
        (stream("Practitioner?"), 422),
        (stream("Subscription?"), 422),
    ):
        answer = await world.fhir.send("POST", "/Subscription", resource, **LUCIE)
        assert answer.status == status, answer.body
    scope = LUCIE | {"scope": "patient/Subscription.cruds"}
    answer = await world.fhir.send("POST", "/Subscription", stream("Observation?"), **scope)
    assert answer.status == 422
    # An application with access to every record subscribes as before.
    await world.fhir.create(in_record(hook, "lucie"))


async def test_a_patient_has_ten_subscriptions(world: SubscriptionWorld) -> None:
    entry = {
        "resource": stream("Observation?"),
        "request": {"method": "POST", "url": "Subscription"},
    }
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry] * 11}
    answers = (await world.fhir.send("POST", "/", bundle, **LUCIE)).json["entry"]
    statuses = [each["response"]["status"][:3] for each in answers]
    assert statuses == ["201"] * 10 + ["429"]
