"""Browsers are notified of a line or a stop: disruptions, their end, cancelled departures."""

import pytest
from boards import update
from replicas import Replicas
from travellers import late
from valley import BUS, TRAIN

from mobilite.gtfs.domain.ids import FeedId

T8, T9 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("t8", "t9"))
A1 = 'trip_id: "a1" start_date: "20260302"'
CANCELED = "schedule_relationship: CANCELED"
TER, PARVIS = "routes/train:ter", "stops/bus:parvis"
EIGHT_TO_NINE = {"start": "08:00", "end": "09:00"}


def alert(name: str, header: str, more: str = "") -> str:
    text = f'header_text {{ translation {{ text: "{header}" language: "fr" }} }}'
    return (
        f'entity {{ id: "{name}" alert {{ informed_entity {{ route_id: "ter" }} {text} {more} }} }}'
    )


async def test_a_disruption_of_a_line_and_its_end(replicas: Replicas) -> None:
    added = await replicas.subscribe(subject=TER)
    assert added["until"] == "2026-05-31T06:30:00+00:00"
    (first,) = replicas.service.confirmations
    assert first.content["body"].startswith("C'est noté : les perturbations")
    ends = int(replicas.valley.clock.now().timestamp()) + 7200
    await replicas.publish(alert("w", "Travaux", f"active_period {{ end: {ends} }}"))
    (content,) = await replicas.received(1)
    assert {name: content[name] for name in ("route", "title", "body", "lang")} == {
        "route": "train:ter",
        "title": "Ligne TER · train",
        "body": "Travaux (jusqu'à 09:30)",
        "lang": "fr",
    }
    # Under another id it is the same; what is mere information is none.
    await replicas.publish(alert("v", "Travaux") + alert("i", "Enquête", "severity_level: INFO"))
    await replicas.nothing_more()
    await replicas.publish("")
    content = (await replicas.received(2))[1]
    assert content["body"] == "Terminé : Travaux"


async def test_what_is_known_or_of_another_line_is_not_notified(replicas: Replicas) -> None:
    await replicas.publish(alert("w", "Travaux"))
    await replicas.subscribe(subject=TER)
    await replicas.subscribe(subject="routes/bus:t")
    await replicas.publish(alert("w", "Travaux") + alert("x", "Grève"))
    (content,) = await replicas.received(1)
    assert (content["route"], content["body"]) == ("train:ter", "Grève")


async def test_cancelled_departures_of_a_line_are_one_message(replicas: Replicas) -> None:
    await replicas.subscribe(subject=TER, lang="en")
    await replicas.publish(update(f"{T8} {CANCELED}") + update(f"{T9} {CANCELED}"))
    (content,) = await replicas.received(1)
    assert content["body"] == "2 departures cancelled on line TER until 09:30: 08:15, 09:15."
    await replicas.publish(update(f"{T9} {CANCELED}"))
    content = (await replicas.received(2))[1]
    assert content["body"] == "Running after all: 08:15."
    assert content["title"] == "Line TER · train"


async def test_a_departure_that_is_cancelled_at_a_stop_within_the_hour(replicas: Replicas) -> None:
    await replicas.subscribe(subject=PARVIS)
    await replicas.publish(update(f"{A1} {CANCELED}"), "bus")
    await replicas.nothing_more()
    # Both at once: without an await between them, the notifier sees neither alone.
    replicas.valley.city.publish(update(f"{A1} {CANCELED}") + alert_at_parvis(), "bus")
    await replicas.at("08:00:00")
    (content,) = await replicas.received(1)
    assert content["stop"] == "bus:parvis"
    assert content["title"] == "Parvis · Réseau bus"
    assert content["body"] == "Supprimé : A de 08:55 vers Hôpital.\nArrêt déplacé"


def alert_at_parvis() -> str:
    return 'entity { id: "p" alert { informed_entity { stop_id: "parvis" } effect: STOP_MOVED } }'


async def test_what_an_alert_announces_is_not_notified_departure_by_departure(
    replicas: Replicas,
) -> None:
    await replicas.subscribe(subject=TER)
    await replicas.subscribe(subject="stops/train:val")
    closed = alert("w", "Plus de trains", "effect: NO_SERVICE")
    skipped = "stop_time_update { stop_sequence: 1 schedule_relationship: SKIPPED }"
    await replicas.publish(closed + update(f"{T8} {CANCELED}") + update(T9, skipped))
    bodies = [content["body"] for content in await replicas.received(2)]
    assert bodies == ["Plus de trains", "Plus de trains"]


async def test_a_cancelled_departure_that_an_alert_announces_later_is_not_restored(
    replicas: Replicas,
) -> None:
    await replicas.subscribe(subject=TER)
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(1)
    closed = alert("w", "Plus de trains", "effect: NO_SERVICE")
    await replicas.publish(closed + update(f"{T8} {CANCELED}"))
    assert (await replicas.received(2))[1]["body"] == "Plus de trains"


async def test_a_hub_has_the_traffic_of_all_its_networks(replicas: Replicas) -> None:
    hub = replicas.valley.city.live.places.current.hubs.find_of_stop("train:val")
    assert hub is not None
    await replicas.subscribe(subject=f"stops/{hub.id}")
    await replicas.publish(update(f"{T8} {CANCELED}"))
    (content,) = await replicas.received(1)
    assert (content["stop"], content["title"]) == (hub.id, hub.name)
    assert content["body"] == "Supprimé : TER de 08:15 vers Ville."


async def test_outside_the_chosen_hours_news_waits(replicas: Replicas) -> None:
    await replicas.subscribe(subject=TER, times=EIGHT_TO_NINE)
    await replicas.subscribe(subject=PARVIS, times={"days": [2, 3, 4, 5, 6, 7]})
    await replicas.publish(alert("w", "Travaux") + alert("x", "Grève"))
    await replicas.nothing_more()
    await replicas.at("08:00:00", alert("w", "Travaux"))
    (content,) = await replicas.received(1)
    assert content["body"] == "Travaux"
    assert int(replicas.service.messages[0].headers["ttl"]) == 3600
    await replicas.at("09:00:00", alert("y", "Neige"))
    await replicas.nothing_more()


async def test_messages_are_paced(replicas: Replicas) -> None:
    await replicas.subscribe(subject=TER)
    published = ""
    for number in range(2):
        published += alert(str(number), f"Annonce {number}")
        await replicas.publish(published)
        await replicas.received(number + 1)
    published += "".join(alert(str(number), f"Annonce {number}") for number in range(2, 7))
    await replicas.publish(published)
    await replicas.nothing_more()
    await replicas.at("07:46:00", published + update(T8, late(60)))
    content = (await replicas.received(3))[2]
    assert content["body"] == "Annonce 2\nAnnonce 3\nAnnonce 4\nAutres annonces : 2."


async def test_renewing_retains_what_was_notified_and_changes_the_hours(replicas: Replicas) -> None:
    first = await replicas.subscribe(subject=TER, times=EIGHT_TO_NINE)
    await replicas.publish(alert("w", "Travaux"))
    replicas.valley.clock.advance(60)
    second = await replicas.subscribe(subject=TER)
    assert second["id"] != first["id"]
    assert second["until"] > first["until"]
    (content,) = await replicas.received(1)
    assert content["body"] == "Travaux"
    # A browser that is confirmed gets no other first message.
    await replicas.subscribe(subject=PARVIS)
    assert (len(replicas.service.confirmations), await replicas.count()) == (1, 2)


async def test_another_language_begins_anew(replicas: Replicas) -> None:
    words = "".join(
        f'translation {{ text: "{text}" language: "{language}" }}'
        for language, text in (("fr", "Travaux"), ("en", "Works"))
    )
    entity = f'alert {{ informed_entity {{ route_id: "ter" }} header_text {{ {words} }} }}'
    works = f'entity {{ id: "w" {entity} }}'
    await replicas.publish(works)
    await replicas.subscribe(subject=TER)
    await replicas.subscribe(subject=TER, lang="en")
    await replicas.publish(works + alert("x", "Grève"))
    (content,) = await replicas.received(1)
    assert (content["lang"], content["body"]) == ("en", "Grève")


async def test_the_hours_can_end_at_midnight(replicas: Replicas) -> None:
    await replicas.subscribe(subject=TER, times={"start": "06:00", "end": "00:00"})
    await replicas.publish(alert("w", "Travaux"))
    await replicas.received(1)


async def test_who_unsubscribes_is_not_notified_of_a_line(replicas: Replicas) -> None:
    added = await replicas.subscribe(subject=TER)
    await replicas.unsubscribe(added["id"], 404, subject=PARVIS)
    await replicas.unsubscribe(added["id"], subject=TER)
    await replicas.publish(alert("w", "Travaux"))
    await replicas.nothing_more()
    assert (await replicas.count(), replicas.service.messages) == (0, [])


async def test_a_line_that_the_timetables_no_longer_have_is_notified_as_lost(
    replicas: Replicas,
) -> None:
    await replicas.subscribe(subject=TER)
    await replicas.stop()
    replicas.valley.city.schedule(BUS, "train")
    replicas.run(replicas.make()[0])
    (content,) = await replicas.received(1)
    assert content["title"] == "Ligne suivie"
    assert content["body"].startswith("Plus aux horaires")
    await replicas.none_left()


async def test_while_the_timetable_of_a_line_is_away_it_is_not_lost(replicas: Replicas) -> None:
    await replicas.subscribe(subject=TER)
    await replicas.publish(alert("w", "Travaux"))
    await replicas.received(1)
    replicas.valley.city.live.withdraw(FeedId("train"))
    await replicas.nothing_more()
    replicas.valley.city.schedule(TRAIN, "train")
    await replicas.publish(alert("w", "Travaux") + alert("x", "Grève"))
    content = (await replicas.received(2))[1]
    assert (content["body"], await replicas.count()) == ("Grève", 1)


@pytest.mark.parametrize("subject", ["routes/train:nowhere", "stops/bus:nowhere", "stops/hub:x"])
async def test_what_does_not_exist_is_refused(replicas: Replicas, subject: str) -> None:
    await replicas.subscribe(404, subject=subject)
    assert await replicas.count() == 0


@pytest.mark.parametrize(
    "times",
    [{"days": []}, {"days": [0]}, {"days": [8]}, {"start": "6:00"}, {"end": "24:01"}],
)
async def test_hours_that_do_not_exist_are_refused(replicas: Replicas, times: object) -> None:
    await replicas.subscribe(400, subject=TER, times=times)
