"""What is sent never exceeds what the author of a subscription can read at that time."""

from typing import Any

from subscription_world import SubscriptionWorld, TestSubscriber, subscription

JSON = "application/fhir+json"


def observation(status: str = "final", **members: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": status, "code": {"text": "x"}, **members}


async def test_a_scope_with_a_query_bounds_what_is_notified(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    scope = "system/Subscription.cruds system/Observation.rs?status=final"
    of = {"scope": scope, "channel": {"payload": JSON}}
    await world.subscribe(subscriber.address, "Observation?", **of)
    await world.fhir.create(observation("preliminary"))
    await world.fhir.create(observation("final"))
    await world.settle()
    assert [each.json["status"] for each in subscriber.requests] == ["final"]


async def test_what_left_the_grant_before_its_delivery_is_withheld(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    scope = "system/Subscription.cruds system/Observation.rs?status=final"
    of = {"scope": scope, "channel": {"payload": JSON}}
    made = await world.subscribe(subscriber.address, "Observation?", **of)
    stored = (await world.fhir.create(observation())).json
    entered = stored | {"status": "entered-in-error"}
    await world.fhir.send("PUT", f"/Observation/{stored['id']}", entered)
    deleted = (await world.fhir.create(observation())).json["id"]
    await world.fhir.send("DELETE", f"/Observation/{deleted}")
    await world.settle()
    assert subscriber.requests == []
    state = await world.fhir.pool.fetchrow("SELECT events, delivered, failures FROM subscription")
    assert state is not None
    assert tuple(state) == (2, 2, 0)
    # Neither by $events, whose caller's permissions count.
    query = f"/Subscription/{made}/$events?content=full-resource"
    wide = (await world.fhir.send("GET", query)).json
    assert len(wide["entry"]) == 3
    narrow = (await world.fhir.send("GET", query, scope=scope)).json
    assert len(narrow["entry"]) == 1
    none = await world.fhir.send("GET", query, scope="system/Observation.rs")
    assert none.status == 403


async def test_the_permissions_are_those_its_author_wrote_it_with_last(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    channel = {"payload": JSON}
    made = await world.subscribe(subscriber.address, "Observation?", channel=channel)
    again = subscription(subscriber.address, "Observation?", **channel) | {"id": made}
    scope = "system/Subscription.cruds system/Observation.rs?status=final"
    answer = await world.fhir.send("PUT", f"/Subscription/{made}", again, scope=scope)
    assert answer.status == 200
    # Someone with wider ones tags it, and cannot change it.
    tag = {"name": "meta", "valueMeta": {"tag": [{"system": "urn:essai", "code": "vu"}]}}
    added = {"resourceType": "Parameters", "parameter": [tag]}
    answer = await world.fhir.send("POST", f"/Subscription/{made}/$meta-add", added, account="b")
    assert answer.status == 200
    wider = again | {"criteria": "Observation?status=preliminary"}
    answer = await world.fhir.send("PUT", f"/Subscription/{made}", wider, account="b")
    assert (answer.status, "auteur" in answer.diagnostics) == (422, True)
    await world.fhir.create(observation("preliminary"))
    await world.settle()
    assert subscriber.requests == []


async def test_a_patient_cannot_subscribe_outside_their_record(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    answer = await world.fhir.send(
        "POST",
        "/Subscription",
        subscription(subscriber.address, "Observation?"),
        role="patient",
        scope="patient/*.cruds",
        patient="lucie",
    )
    assert answer.status == 403
