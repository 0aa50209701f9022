"""Browsers are notified of the changes of a journey that matter, once, until it ends."""

import json
import logging

import aiohttp
import pytest
from api_client import get
from boards import update
from replicas import KEY, Replicas
from travellers import late
from valley import TRAIN, Valley

from mobilite.web_push.api.notification_texts import NotificationTexts
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.web_push import web_push_routers
from socle.testing import ServeApp, until

T8 = 'trip_id: "t8" start_date: "20260302"'
CANCELED = "schedule_relationship: CANCELED"


async def test_a_cancelled_train_is_notified_once_with_the_better_plan(replicas: Replicas) -> None:
    await replicas.subscribe()
    await replicas.publish(update(f"{T8} {CANCELED}"))
    (content,) = await replicas.received(1)
    assert content == {
        "journey": replicas.journey_id,
        "title": "Bourg → Hôpital",
        "body": "Supprimé : train TER de 08:15, de Val-sur-Cisse à Ville.\n"
        "Le trajet n'est plus possible. Le meilleur à partir de Bourg arrive à 10:10.",
        "lang": "fr",
    }
    # It runs after all.
    await replicas.publish(update(T8, late(0)))
    content = (await replicas.received(2))[1]
    assert content["body"].startswith("Le trajet est de nouveau possible.\n")


async def test_only_a_delay_that_matters_is_notified(replicas: Replicas) -> None:
    await replicas.subscribe(lang="en")
    await replicas.publish(update(T8, late(240)))
    await replicas.nothing_more()
    await replicas.publish(update(T8, late(360)))
    (content,) = await replicas.received(1)
    assert content["body"].startswith("Train TER: leaves at 08:21 instead of 08:15")
    assert content["lang"] == "en"
    await replicas.publish(update(T8, late(420)))
    await replicas.nothing_more()
    await replicas.publish(update(T8, late(0)))
    content = (await replicas.received(2))[1]
    assert content["body"].startswith("On time again: leaves at 08:15")


async def test_what_is_displayed_as_on_time_is_no_delay(replicas: Replicas) -> None:
    """Not even where a delay of a minute is notified."""
    facts = NotificationTexts().facts
    async with aiohttp.ClientSession(replicas.address) as client:
        for seconds in (-59, 59):
            await replicas.publish(update(T8, late(seconds)))
            state = await get(client, f"journeys/{replicas.journey_id}")
            assert facts(json.dumps(state).encode(), "fr").facts["departure 2"] == 0
        await replicas.publish(update(T8, late(60)))
        state = await get(client, f"journeys/{replicas.journey_id}")
        assert facts(json.dumps(state).encode(), "fr").facts["departure 2"] == 60


async def test_an_alert_and_a_missed_connection(replicas: Replicas) -> None:
    await replicas.subscribe()
    await replicas.publish(
        'entity { id: "w" alert { informed_entity { route_id: "ter" } '
        'header_text { translation { text: "Travaux" language: "fr" } } } }',
    )
    (content,) = await replicas.received(1)
    assert content["body"].startswith("Perturbation, train TER : Travaux\n")
    await replicas.at("08:20:00", update(T8, late(900)))
    content = (await replicas.received(2))[1]
    assert content["body"].startswith("Correspondance manquée à Parvis")


async def test_another_platform_and_the_former_one_again(replicas: Replicas) -> None:
    stops = TRAIN["stops.txt"] + "ville-3,Ville,47.9,1.9,0,ville,3,1\n"
    replicas.valley.city.schedule({**TRAIN, "stops.txt": stops}, "train")
    await replicas.valley.refresh()
    await replicas.subscribe()
    moved = 'arrival { delay: 0 } stop_time_properties { assigned_stop_id: "ville-3" }'
    await replicas.publish(update(T8, f"stop_time_update {{ stop_sequence: 3 {moved} }}"))
    (content,) = await replicas.received(1)
    assert content["body"].startswith("Changement de quai à Ville : quai 3 au lieu de quai 2.\n")
    await replicas.publish(update(T8, late(0)))
    content = (await replicas.received(2))[1]
    assert content["body"].startswith("Quai à Ville : 2.\n")


async def test_the_platforms_of_both_ends_have_a_sentence_each(replicas: Replicas) -> None:
    stops = TRAIN["stops.txt"] + (
        "val-3,Val-sur-Cisse,47.6,1.2,0,val,3,1\nville-3,Ville,47.9,1.9,0,ville,3,1\n"
    )
    replicas.valley.city.schedule({**TRAIN, "stops.txt": stops}, "train")
    await replicas.valley.refresh()
    await replicas.subscribe()
    moved = "".join(
        f"stop_time_update {{ stop_sequence: {sequence} arrival {{ delay: 0 }} "
        f'stop_time_properties {{ assigned_stop_id: "{stop}" }} }}'
        for sequence, stop in ((1, "val-3"), (3, "ville-3"))
    )
    await replicas.publish(update(T8, moved))
    (content,) = await replicas.received(1)
    assert content["body"].startswith(
        "Changement de quai à Val-sur-Cisse : quai 3 au lieu de quai 1.\n"
        "Changement de quai à Ville : quai 3 au lieu de quai 2.\n"
    )
    assert content["body"].count("Changement") == 2


async def test_what_is_known_when_subscribing_is_not_notified(replicas: Replicas) -> None:
    await replicas.publish(update(T8, late(600)))
    await replicas.subscribe()
    await replicas.nothing_more()
    assert replicas.service.messages == []


async def test_a_subscription_ends_at_the_arrival(replicas: Replicas) -> None:
    added = await replicas.subscribe()
    assert added["until"] == "2026-03-02T14:10:00+00:00"
    await replicas.at("09:11:00")
    await replicas.none_left()
    assert replicas.service.messages == []
    error = await replicas.subscribe(410)
    assert error["detail"] == "Ce trajet est terminé."


async def test_a_journey_that_became_impossible_ends_when_it_would_have_arrived(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(1)
    await replicas.at("09:11:00", update(f"{T8} {CANCELED}"))
    await replicas.none_left()


async def test_an_expired_subscription_is_deleted_whatever_becomes_of_its_journey(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    await replicas.pool.execute("UPDATE push_subscription SET until = '2026-03-02T00:00:00Z'")
    await replicas.none_left()


async def test_a_gone_browser_is_deleted(replicas: Replicas) -> None:
    await replicas.subscribe()
    replicas.service.status = 410
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.none_left()
    assert replicas.service.attempts == 1


async def test_a_push_service_that_is_overloaded_is_left_alone_for_as_long_as_it_states(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    replicas.service.status, replicas.service.answer_headers = 429, {"retry-after": "120"}
    await replicas.publish(update(T8, late(360)))
    await until(lambda: replicas.service.attempts == 1)
    replicas.service.status = 201
    await replicas.publish(update(T8, late(420)))
    await replicas.nothing_more()
    replicas.valley.clock.advance(121)
    await replicas.publish(update(T8, late(480)))
    (content,) = await replicas.received(1)
    assert content["body"].startswith("Train TER : départ à 08:23 au lieu de 08:15")


async def test_who_unsubscribes_is_not_notified(replicas: Replicas) -> None:
    added = await replicas.subscribe()
    await replicas.unsubscribe("another", 404)
    await replicas.unsubscribe(added["id"])
    assert await replicas.count() == 0
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.nothing_more()
    await replicas.unsubscribe(added["id"], 404)
    assert replicas.service.messages == []


async def test_subscribing_again_replaces(replicas: Replicas) -> None:
    first = await replicas.subscribe()
    second = await replicas.subscribe(lang="en")
    assert (first["id"] != second["id"], await replicas.count()) == (True, 1)
    await replicas.publish(update(f"{T8} {CANCELED}"))
    (content,) = await replicas.received(1)
    assert content["lang"] == "en"


async def test_what_cannot_be_followed_is_refused(replicas: Replicas) -> None:
    found, service = replicas.journey_id, replicas.service.address
    for journey_id in ("nothing", "x" * 2001):
        replicas.journey_id = journey_id
        assert (await replicas.subscribe(400))["parameter"] == "journey_id"
    replicas.journey_id = await replicas.find(at="2026-03-09T07:40:00+01:00")
    assert "sept jours" in (await replicas.subscribe(400))["detail"]
    replicas.journey_id = found
    replicas.service.address = "https://127.0.0.1"
    assert (await replicas.subscribe(400))["parameter"] == "endpoint"
    replicas.service.address = service
    keys = replicas.service.target()["keys"]
    for name in ("p256dh", "auth"):
        refused = await replicas.subscribe(400, keys=keys | {name: ""})
        assert (refused["parameter"], f"La clé {name} manque" in refused["detail"]) == (name, True)
        others = {other: key for other, key in keys.items() if other != name}
        assert f"keys.{name}" in str(await replicas.subscribe(400, keys=others))
    assert await replicas.count() == 0


async def test_a_browser_has_twenty_subscriptions_at_most(replicas: Replicas) -> None:
    await replicas.subscribe()
    await replicas.pool.execute(
        "INSERT INTO push_subscription (id, subject_type, subject_id, language, endpoint, "
        "endpoint_digest, p256dh, auth, until, notified, confirmed, added, replica, leased_until) "
        "SELECT id || n, subject_type, subject_id || n, language, endpoint, endpoint_digest, "
        "p256dh, auth, until, notified, true, added, 'other', 'infinity' "
        "FROM push_subscription, generate_series(1, 20) n"
    )
    await replicas.subscribe(429)
    await replicas.subscribe(name="another")


async def test_nothing_personal_is_logged(
    replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    added = await replicas.subscribe()
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(1)
    await replicas.unsubscribe(added["id"])
    secrets = (replicas.service.target()["endpoint"], replicas.journey_id, added["id"])
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.name != "uvicorn.access"  # the platform writes none (`socle.service.server`)
    ]
    lines = [line for line in lines if any(secret in line for secret in secrets)]
    assert lines == []


async def test_without_a_key_nothing_is_offered(serve_app: ServeApp) -> None:
    valley = Valley()
    app = valley.app()
    for router in web_push_routers(None, 300):
        router.add_to(app, prefix=PREFIX)
    address = f"{await serve_app(app)}/mobilite/v1/"
    target = {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "", "auth": ""}}
    async with aiohttp.ClientSession(address) as client:
        assert await get(client, "web-push") == {"public_key": None, "delay": 300}
        for subject in ("journeys/j", "routes/r", "stops/s"):
            async with client.post(f"{subject}/subscriptions", json=target) as answer:
                assert answer.status == 415


async def test_browsers_get_the_key(replicas: Replicas) -> None:
    async with aiohttp.ClientSession(replicas.address) as client:
        assert await get(client, "web-push") == {"public_key": KEY.public, "delay": 300}
