"""Subscriptions by criteria (R4): what they notify, how, and when they stop."""

from datetime import timedelta
from typing import Any

from subscription_world import SubscriptionWorld, TestSubscriber, subscription

from socle.testing import until

PATIENT = {"resourceType": "Patient", "id": "lucie"}
JSON = "application/fhir+json"


def weight(kg: float, patient: str = "lucie", code: str = "29463-7") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "valueQuantity": {"value": kg, "unit": "kg"},
    }


async def test_a_change_that_matches_is_sent_and_no_other(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    fhir = world.fhir
    await fhir.create(weight(60))  # before the subscription
    criteria = "Observation?code=http://loinc.org|29463-7&patient=lucie"
    answer = await fhir.create(
        subscription(f"{subscriber.address}/fhir?hook=1", criteria, payload=JSON)
    )
    assert answer.json["status"] == "active"
    await fhir.create(weight(60, code="8867-4"))
    await fhir.create(weight(60, patient="marc"))
    made = (await fhir.create(weight(61.50))).json
    path = f"/Observation/{made['id']}"
    updated = (await fhir.send("PUT", path, weight(62) | {"id": made["id"]})).body
    await fhir.send("DELETE", path)
    await world.settle()
    first, second = subscriber.requests
    assert (first.method, first.path) == ("PUT", f"/fhir/Observation/{made['id']}")
    assert first.headers["content-type"] == JSON
    assert first.json["valueQuantity"]["value"] == 61.5
    assert second.body == updated  # the version that matched, as it is stored


async def test_a_record_that_is_handled_again_notifies_nothing_more(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    await world.subscribe(subscriber.address, "Patient?")
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT)
    await world.settle()
    await world.match(again=True)
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT | {"active": True})
    await world.settle()
    assert [each.method for each in subscriber.requests] == ["POST", "POST"]
    assert [each.body for each in subscriber.requests] == [b"", b""]  # no payload: a ping


async def test_secrets_are_sent_and_not_returned(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    fhir = world.fhir
    header = ["Authorization: Bearer secret-7", "X-Hook: 1"]
    channel = {"header": header}
    made = await world.subscribe(subscriber.address, "Patient?", channel=channel)
    path = f"/Subscription/{made}"
    read = (await fhir.send("GET", path)).json
    assert read["channel"]["header"] == ["Authorization: ***", "X-Hook: ***"]
    # What was read can be written again: the values are those that are stored.
    read["reason"] = "autre"
    assert (await fhir.send("PUT", path, read)).status == 200
    await fhir.send("PUT", "/Patient/lucie", PATIENT)
    await world.settle()
    (request,) = subscriber.requests
    assert request.headers["authorization"] == "Bearer secret-7"
    assert request.headers["x-hook"] == "1"
    # But not for another endpoint, where the secret would be read.
    read["channel"]["endpoint"] = f"{subscriber.address}/autre"
    refused = await fhir.send("PUT", path, read)
    assert refused.status == 422
    assert refused.json["issue"][0]["expression"] == ["Subscription.channel.header[0]"]
    for address in (path, f"{path}/_history", "/Subscription", f"{path}/$status"):
        assert b"secret-7" not in (await fhir.send("GET", address)).body
    log = "SELECT count(*) FROM version WHERE content LIKE '%secret-7%'"
    assert await fhir.pool.fetchval(log) == 0


async def test_one_that_is_off_deleted_or_over_stops(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    fhir = world.fhir
    off, deleted = [await world.subscribe(subscriber.address, "Patient?") for _ in range(2)]
    end = (await fhir.pool.fetchval("SELECT now()")) + timedelta(hours=1)
    ending = subscription(subscriber.address, "Patient?") | {"end": end.isoformat()}
    over = (await fhir.create(ending)).json["id"]
    patch = [{"op": "replace", "path": "/status", "value": "off"}]
    answer = await fhir.send(
        "PATCH", f"/Subscription/{off}", patch, media="application/json-patch+json"
    )
    assert answer.json["status"] == "off"
    await fhir.send("DELETE", f"/Subscription/{deleted}")
    # Its end comes.
    ended = "UPDATE subscription SET ends = clock_timestamp() WHERE id = $1 RETURNING ends"
    end = await fhir.pool.fetchval(ended, over)
    await fhir.send("PUT", "/Patient/lucie", PATIENT)
    await world.dispatcher._dependencies.queue.wake_ended(end)
    await world.settle()
    assert subscriber.requests == []
    assert await world.status(over) == ("off", None)
    assert (await fhir.send("GET", f"/Subscription/{deleted}")).status == 410
    # Turned on again, it receives what changes from then on.
    again = subscription(subscriber.address, "Patient?") | {"id": off}
    assert (await fhir.send("PUT", f"/Subscription/{off}", again)).json["status"] == "active"
    await fhir.send("PUT", "/Patient/marc", PATIENT | {"id": "marc"})
    await world.settle()
    assert len(subscriber.requests) == 1


async def test_an_endpoint_that_fails_is_tried_again_in_order(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    subscriber.status = 503
    made = await world.subscribe(subscriber.address, "Patient?", channel={"payload": JSON})
    for version in range(3):
        patient = PATIENT | {"multipleBirthInteger": version}
        await world.fhir.send("PUT", "/Patient/lucie", patient)
    await world.settle()
    assert await world.status(made) == ("active", None)  # after one failure
    for _ in range(2):
        await world.retry_now()
        await until(world.idle)
    status, error = await world.status(made)
    assert (status, error) == ("error", "L'abonné a répondu 503.")
    assert [each.json["multipleBirthInteger"] for each in subscriber.requests] == [0, 0, 0]
    found = (await world.fhir.send("GET", f"/Subscription/{made}/$status")).json
    parameters = found["entry"][0]["resource"]["parameter"]
    assert {each["name"]: each for each in parameters}["error"]["valueCodeableConcept"] == {
        "text": "L'abonné a répondu 503."
    }
    subscriber.status, subscriber.requests = 200, []
    await world.retry_now()
    await until(world.idle)
    assert [each.json["multipleBirthInteger"] for each in subscriber.requests] == [0, 1, 2]
    assert await world.status(made) == ("active", None)


async def test_a_redirect_is_not_followed(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    subscriber.status, subscriber.location = 307, f"{subscriber.address}/interne"
    await world.subscribe(f"{subscriber.address}/hook", "Patient?")
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT)
    await world.settle()
    assert [each.path for each in subscriber.requests] == ["/hook"]
    error = await world.fhir.pool.fetchval("SELECT error FROM subscription")
    assert error == "L'abonné redirige (307) : ce n'est pas suivi."
