"""A subscription of a professional follows the records that are open to them, and no others."""

from typing import Any

from subscription_world import SubscriptionWorld, TestSubscriber, event_stream, stream

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
}
JSON = "application/fhir+json"


def weight(kg: int, patient: str) -> Any:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "poids"},
        "valueInteger": kg,
        "subject": {"reference": f"Patient/{patient}"},
    }


def circle(status: str) -> Any:
    return {
        "resourceType": "CareTeam",
        "id": "circle",
        "status": status,
        "subject": {"reference": "Patient/open"},
        "participant": [{"member": {"reference": "Practitioner/camille"}}],
    }


async def numbers(world: SubscriptionWorld) -> int:
    return int(await world.fhir.pool.fetchval("SELECT events FROM subscription"))


async def test_closed_records_are_neither_sent_nor_counted(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    fhir = world.fhir
    await fhir.send("PUT", "/CareTeam/circle", circle("active"))
    channel = {"payload": JSON}
    made = await world.subscribe(subscriber.address, "Observation?", channel=channel, **CAMILLE)
    await fhir.create(weight(1, "closed"))
    await fhir.create(weight(2, "open"))
    await world.settle()
    assert [each.json["valueInteger"] for each in subscriber.requests] == [2]
    assert await numbers(world) == 1
    # A member who is removed while they listen receives nothing more, from the next change on.
    await fhir.send("PUT", "/CareTeam/circle", circle("inactive"))
    await fhir.create(weight(3, "open"))
    await world.settle()
    assert len(subscriber.requests) == 1
    assert await numbers(world) == 1
    # Nor what was counted before, when it is asked for again.
    path = f"/Subscription/{made}/$events?content=full-resource"
    events = (await fhir.send("GET", path, **CAMILLE)).json["entry"]
    assert len(events) == 1  # the state alone


async def test_what_was_closed_before_its_delivery_is_withheld(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    fhir = world.fhir
    await fhir.send("PUT", "/CareTeam/circle", circle("active"))
    channel = {"payload": JSON}
    await world.subscribe(subscriber.address, "Observation?", channel=channel, **CAMILLE)
    subscriber.status = 500
    await fhir.create(weight(1, "open"))
    await world.settle()
    assert len(subscriber.requests) == 1  # failed: it is sent again
    await fhir.send("PUT", "/CareTeam/circle", circle("inactive"))
    subscriber.status = 200
    await world.retry_now()
    await world.settle()
    assert len(subscriber.requests) == 1


async def test_who_leaves_the_circle_while_listening_receives_nothing_more(
    world: SubscriptionWorld,
) -> None:
    fhir = world.fhir
    await fhir.send("PUT", "/CareTeam/circle", circle("active"))
    made = (await fhir.create(stream("Observation?", payload=JSON), **CAMILLE)).json["id"]
    async with event_stream(fhir, made, **CAMILLE) as client:
        for kg, status in ((1, "active"), (2, "inactive"), (3, "active")):
            await fhir.send("PUT", "/CareTeam/circle", circle(status))
            await fhir.create(weight(kg, "open"))
            await world.match()
        found = [(await client.next()).resources[0]["valueInteger"] for _ in range(2)]
    assert found == [1, 3]
