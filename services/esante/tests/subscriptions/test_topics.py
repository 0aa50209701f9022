"""Subscriptions to topics (R5 backport): handshake, Bundles, heartbeat, $status, $events."""

from typing import Any

import pytest
from fhir_world import BASE
from subscription_world import SubscriptionWorld, TestSubscriber, to_topic

from socle.testing import until

PATIENT = {"resourceType": "Patient", "id": "lucie"}
TOPIC = f"{BASE}/SubscriptionTopic/Patient"


def status_of(bundle: Any) -> dict[str, Any]:
    """The SubscriptionStatus of a notification: name → value, the events as a list."""
    first = bundle["entry"][0]["resource"]
    assert (bundle["type"], first["resourceType"]) == ("history", "Parameters")
    found: dict[str, Any] = {"events": []}
    for each in first["parameter"]:
        if each["name"] == "notification-event":
            parts = {part["name"]: part for part in each["part"]}
            focus = parts.get("focus", {}).get("valueReference", {}).get("reference")
            found["events"].append((parts["event-number"]["valueString"], focus))
        else:
            found[each["name"]] = next(v for name, v in each.items() if name.startswith("value"))
    return found


async def test_a_handshake_precedes_the_first_notification(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    made = (await world.fhir.create(to_topic(subscriber.address, "Patient", "gender=male"))).json
    assert made["status"] == "requested"
    await world.settle()
    (handshake,) = subscriber.requests
    assert (handshake.method, handshake.headers["content-type"]) == (
        "POST",
        "application/fhir+json",
    )
    assert status_of(handshake.json) == {
        "subscription": {"reference": f"{BASE}/Subscription/{made['id']}"},
        "topic": TOPIC,
        "status": "requested",
        "type": "handshake",
        "events-since-subscription-start": "0",
        "events": [],
    }
    assert await world.status(made["id"]) == ("active", None)
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT | {"gender": "female"})
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT | {"gender": "male"})
    await world.settle()
    notification = subscriber.requests[-1].json
    status = status_of(notification)
    assert (status["type"], status["events-since-subscription-start"]) == (
        "event-notification",
        "1",
    )
    assert status["events"] == [("1", f"{BASE}/Patient/lucie")]
    assert notification["entry"][1:] == [
        {
            "fullUrl": f"{BASE}/Patient/lucie",
            "request": {"method": "PUT", "url": "Patient/lucie"},
            "response": {"status": "200"},
        }
    ]
    # A Bundle of this server's own is valid to it.
    answer = await world.fhir.send("POST", "/Bundle/$validate", notification)
    assert "error" not in [each["severity"] for each in answer.json["issue"]]


@pytest.mark.parametrize("content", ["empty", "full-resource"])
async def test_the_content_is_what_was_requested(
    world: SubscriptionWorld, subscriber: TestSubscriber, content: str
) -> None:
    requested = to_topic(subscriber.address, "Patient", content=content, max_count=2)
    made = (await world.fhir.create(requested)).json["id"]
    await world.settle()
    for version in range(3):
        patient = PATIENT | {"multipleBirthInteger": version}
        await world.fhir.send("PUT", "/Patient/lucie", patient)
    await world.settle()
    _, *notifications = [each.json for each in subscriber.requests]
    numbers = [[number for number, _ in status_of(each)["events"]] for each in notifications]
    assert [number for each in numbers for number in each] == ["1", "2", "3"]
    assert max(map(len, numbers)) <= 2
    entries = [entry for each in notifications for entry in each["entry"][1:]]
    if content == "empty":
        assert entries == []
        assert {focus for each in notifications for _, focus in status_of(each)["events"]} == {None}
    else:
        found = [entry["resource"]["multipleBirthInteger"] for entry in entries]
        assert found == [0, 1, 2]
    query = f"/Subscription/{made}/$events?eventsSinceNumber=2&content=full-resource"
    past = (await world.fhir.send("GET", query)).json
    status = status_of(past)
    assert (status["type"], [number for number, _ in status["events"]]) == (
        "query-event",
        ["2", "3"],
    )
    assert [each["resource"]["multipleBirthInteger"] for each in past["entry"][1:]] == [1, 2]
    until_one = {"name": "eventsUntilNumber", "valueString": "1"}
    body = {"resourceType": "Parameters", "parameter": [until_one]}
    answer = await world.fhir.send("POST", f"/Subscription/{made}/$events", body)
    assert [number for number, _ in status_of(answer.json)["events"]] == ["1"]


async def test_a_handshake_that_fails_is_an_error_until_it_succeeds(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    subscriber.status = 404
    made = (await world.fhir.create(to_topic(subscriber.address, "Patient"))).json["id"]
    await world.settle()
    assert await world.status(made) == ("error", "L'abonné a répondu 404.")
    await world.fhir.send("PUT", "/Patient/lucie", PATIENT)
    await world.match()
    subscriber.status = 200
    await world.retry_now()
    await until(world.idle)
    assert await world.status(made) == ("active", None)
    found = [status_of(each.json) for each in subscriber.requests]
    # What changed before the handshake is no event.
    assert [(each["type"], each["events"]) for each in found] == [("handshake", [])] * 2


async def test_a_heartbeat_is_sent_while_nothing_happens(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    await world.fhir.create(to_topic(subscriber.address, "Patient", heartbeat_period=60))
    await world.settle()
    await world.retry_now()  # as after a minute
    await until(world.idle)
    found = [status_of(each.json)["type"] for each in subscriber.requests]
    assert found == ["handshake", "heartbeat"]


async def test_the_topics_are_in_the_capability_statement(world: SubscriptionWorld) -> None:
    statement = (await world.fhir.send("GET", "/metadata")).json
    (found,) = [r for r in statement["rest"][0]["resource"] if r["type"] == "Subscription"]
    assert TOPIC in [each["valueCanonical"] for each in found["extension"]]
    assert {each["name"] for each in found["operation"]} >= {"status", "events"}
