"""A journey that is followed: what changes, from where the traveller is, and how it ends."""

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import aiohttp
import pytest
from api_client import get
from boards import paris, update
from travellers import QUERY, Traveller, changes, late
from valley import TRAIN, VILLAGE, Valley, clocks, rides

from mobilite.journeys.api.change_texts import CHANGE_TEXTS
from socle.errors import Refusal
from socle.testing import until

T8, A1 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("t8", "a1"))
CANCELED = "schedule_relationship: CANCELED"


async def test_a_missed_connection_has_a_better_plan_from_the_next_stop(
    valley: Valley, traveller: Traveller
) -> None:
    traveller.publish("08:20:00", update(T8, late(900)))
    state = await traveller.now("08:20:00")
    assert (state["status"], state["possible"]) == ("under_way", False)
    assert ("missed_connection", 4) in changes(state)
    assert state["whereabouts"]["place"]["id"] == "train:val-1"
    traveller.publish("08:35:00", update(T8, late(900)))
    state = await traveller.now("08:35:00")
    assert (state["whereabouts"]["place"]["id"], state["whereabouts"]["leg"]) == ("train:mi", 2)
    assert state["whereabouts"]["at"][11:16] == "08:45"
    (best, *_) = state["alternatives"]["journeys"]
    assert rides(best) == ["train:t8", None, "bus:a2"]
    assert clocks(best) == ("08:46", "10:10")
    assert state["summary"].endswith("à partir de Mi-chemin arrive à 10:10.")
    message = next(e["message"] for e in state["changes"] if e["type"] == "missed_connection")
    assert message.startswith("Correspondance manquée à Parvis : tram A part à 08:55, vous y serez")


@pytest.mark.parametrize(
    ("delay", "end"), [(580, "moins d'une minute avant que vous y soyez."), (660, "serez à 08:56.")]
)
async def test_no_two_times_that_are_displayed_alike_are_compared(
    traveller: Traveller, delay: int, end: str
) -> None:
    traveller.publish("08:00:00", update(T8, late(delay)))
    message = (await traveller.now("08:00:00"))["changes"][-1]["message"]
    assert message.startswith("Correspondance manquée à Parvis : tram A part à 08:55,")
    assert message.endswith(end)
    arrival = "stop_time_update { stop_sequence: 3 arrival { delay: 90 } }"
    traveller.publish("08:00:00", update(T8, late(30), arrival))
    (change,) = (await traveller.now("08:00:00"))["changes"]
    assert change["message"] == "Train TER : arrivée à 08:46 au lieu de 08:45."


async def test_a_train_cancelled_before_the_journey_is_replaced_from_the_origin(
    valley: Valley, traveller: Traveller
) -> None:
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    state = await traveller.now("07:35:00")
    assert (state["status"], changes(state)) == ("upcoming", [("cancelled", 2)])
    assert state["changes"][0]["message"] == (
        "Supprimé : train TER de 08:15, de Val-sur-Cisse à Ville."
    )
    assert state["whereabouts"]["place"]["id"] == VILLAGE
    assert [clocks(each) for each in state["alternatives"]["journeys"]] == [("08:50", "10:10")]


async def test_a_bicycle_is_a_better_plan_only_where_it_is(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    traveller = Traveller(valley)
    found = await get(client, "journeys", **QUERY, modes="transit,bicycle")
    by_bus = next(each for each in found["journeys"] if rides(each)[0] == "bus:b8")
    traveller.journey_id = by_bus["id"]
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    alternatives = (await traveller.now("07:35:00"))["alternatives"]["journeys"]
    assert "bicycle" in [each["legs"][0]["mode"] for each in alternatives]
    valley.city.publish("", "train")
    assert (await traveller.now("08:50:00"))["possible"]
    valley.city.publish(update(f"{A1} {CANCELED}"), "bus")
    alternatives = (await traveller.now("08:52:00"))["alternatives"]["journeys"]
    assert [rides(each) for each in alternatives] == [["bus:a2"]]


async def test_a_broken_journey_is_not_followed_forever(
    valley: Valley, traveller: Traveller
) -> None:
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    assert (await traveller.now("15:00:00"))["status"] == "under_way"
    with pytest.raises(Refusal, match="terminé"):
        await traveller.now("15:11:00")


async def test_a_train_cancelled_while_people_wait_for_it_is_not_boarded(
    valley: Valley, traveller: Traveller
) -> None:
    await traveller.now("08:12:00")
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    for clock in ("08:14:00", "08:20:00"):
        state = await traveller.now(clock)
        assert (state["possible"], state["whereabouts"]["leg"]) == (False, None)
        assert state["whereabouts"]["place"]["id"] == "train:val-1"
        assert rides(state["alternatives"]["journeys"][0]) == ["train:t9", None, "bus:a2"]


async def test_a_train_cancelled_on_the_way_puts_people_off_at_its_next_stop(
    valley: Valley, traveller: Traveller
) -> None:
    assert (await traveller.now("08:20:00"))["possible"]
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    state = await traveller.now("08:22:00")
    assert state["whereabouts"]["place"]["id"] == "train:mi"
    assert (state["whereabouts"]["at"][11:16], state["whereabouts"]["leg"]) == ("08:30", 2)
    assert rides(state["alternatives"]["journeys"][0]) == ["train:t9", None, "bus:a2"]
    # They stay where the train has stopped.
    state = await traveller.now("08:50:00")
    assert (state["possible"], state["status"]) == (False, "under_way")
    assert (state["whereabouts"]["place"]["id"], state["whereabouts"]["leg"]) == ("train:mi", None)


async def test_a_missed_tram_stays_missed(valley: Valley, traveller: Traveller) -> None:
    for clock in ("08:20:00", "08:56:00"):
        traveller.publish(clock, update(T8, late(900)))
        await traveller.now(clock)
    # The past stops of the train are no longer reported.
    traveller.publish("09:05:00", "")
    state = await traveller.now("09:05:00")
    assert (state["possible"], state["whereabouts"]["place"]["id"]) == (False, "bus:parvis")
    assert rides(state["alternatives"]["journeys"][0]) == ["bus:a2"]
    assert state["changes"] == [
        {
            "type": "missed_connection",
            "leg": 4,
            "end": None,
            "message": "Manqué : tram A de 08:55, de Parvis à Hôpital.",
        }
    ]


async def test_a_skipped_and_a_closed_stop(valley: Valley, traveller: Traveller) -> None:
    skipped = "stop_time_update { stop_sequence: 3 schedule_relationship: SKIPPED }"
    valley.city.publish(update(T8, skipped), "train")
    ends = int(paris("09:30:00").timestamp())
    valley.city.publish(
        'entity { id: "c" alert { effect: NO_SERVICE informed_entity { stop_id: "parvis" } '
        f"active_period {{ end: {ends} }} }} }}",
        "bus",
    )
    state = await traveller.now("07:40:00")
    assert [each for each in changes(state) if each[0] != "alert"] == [
        ("skipped_stop", 2),
        ("closed_stop", 4),
    ]
    assert not state["possible"]
    (other,) = state["alternatives"]["journeys"]
    assert clocks(other) == ("08:50", "10:10")


async def test_real_time_confirms_a_journey_ride_by_ride(
    valley: Valley, traveller: Traveller
) -> None:
    assert (await traveller.now("07:40:00"))["summary"].startswith("Horaires prévus")
    for feed_id, trips in (("train", ("t8",)), ("bus", ("b8", "a1"))):
        content = "".join(update(f'trip_id: "{each}"', late(0), entity=each) for each in trips)
        valley.city.publish(content, feed_id)
        state = await traveller.now("07:41:00")
        partly = feed_id == "train"
        assert state["summary"].startswith("Rien n'a changé" if partly else "Tout se passe")
        assert state["changes"] == []


async def test_an_alert_that_touches_a_leg(valley: Valley, traveller: Traveller) -> None:
    await traveller.now("07:40:00")
    valley.city.publish(
        'entity { id: "w" alert { informed_entity { route_id: "ter" } '
        'header_text { translation { text: "Travaux" language: "fr" } } } }',
        "train",
    )
    state = await traveller.now("07:41:00")
    assert state["possible"]
    assert state["changes"] == [
        {
            "type": "alert",
            "leg": 2,
            "end": None,
            "message": "Perturbation, train TER : Travaux",
        }
    ]
    assert state["alerts"][0]["header"] == "Travaux"
    assert state["summary"].startswith("Votre trajet reste comme prévu : arrivée à ")
    assert state["summary"].endswith(". Une perturbation est signalée.")
    # It touches nobody who has left the train.
    assert (await traveller.now("08:46:00"))["changes"] == []


async def test_a_timetable_without_the_trip(valley: Valley, traveller: Traveller) -> None:
    await traveller.now("08:00:00")
    gone = {
        name: "\n".join(row for row in TRAIN[name].split("\n") if "t8," not in row)
        for name in ("trips.txt", "stop_times.txt")
    }
    valley.city.schedule({**TRAIN, **gone}, "train")
    state = await traveller.now("08:01:00")
    assert (state["possible"], changes(state)) == (False, [("withdrawn", 2)])
    assert rides(state["alternatives"]["journeys"][0])[-1] == "bus:a2"
    with pytest.raises(Refusal, match="n'existe pas") as refused:
        await Traveller.now(_another(traveller), "08:02:00")
    assert refused.value.category == "not_found"


def _another(traveller: Traveller) -> Traveller:
    other = Traveller(traveller.valley)
    other.journey_id = traveller.journey_id
    return other


async def test_another_timetable_with_the_same_trip(valley: Valley, traveller: Traveller) -> None:
    later = TRAIN["stop_times.txt"].replace("08:45", "08:50").replace("e-2,3", "e-2,9")
    more = TRAIN["stops.txt"] + "nouveau,Nouveau,47.8,1.5,0,,,\n"
    valley.city.schedule({**TRAIN, "stops.txt": more, "stop_times.txt": later}, "train")
    state = await traveller.now("08:01:00")
    assert state["possible"]
    assert state["journeys"][0]["legs"][2]["arrival"][11:16] == "08:50"


async def test_the_stream_ends_after_the_arrival(
    valley: Valley, client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    await traveller.now("09:11:00")
    async with client.post(f"journeys/{traveller.journey_id}/watch") as answer:
        assert answer.content_type == "text/event-stream"
        valley.clock.advance(10)
        events = [line async for line in answer.content if line.startswith(b"data: ")]
    (state,) = [json.loads(event.removeprefix(b"data: ")) for event in events]
    assert (state["status"], state["whereabouts"]) == ("arrived", None)
    assert state["summary"] == "Arrivée à destination."


async def test_the_tram_is_cancelled_while_its_passenger_is_on_the_train(
    valley: Valley, client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    traveller.publish("08:20:00", update(T8, late(0)))
    await valley.refresh()
    networks = asyncio.create_task(valley.networks.run())
    async with client.post(f"journeys/{traveller.journey_id}/watch") as answer:
        state = await event(answer)
        assert (state["status"], state["possible"]) == ("under_way", True)
        valley.city.publish(update(f"{A1} {CANCELED}"), "bus")
        # The prediction of the train can be an event of its own.
        while state["possible"]:
            state = await event(answer)
    networks.cancel()
    assert (changes(state), state["possible"]) == ([("cancelled", 4)], False)
    assert (state["whereabouts"]["place"]["id"], state["whereabouts"]["leg"]) == ("train:mi", 2)
    # The best is to stay on the train, and to take the next tram.
    (best, *_) = state["alternatives"]["journeys"]
    assert (rides(best), clocks(best)) == (["train:t8", None, "bus:a2"], ("08:31", "10:10"))
    assert state["summary"].endswith("à partir de Mi-chemin arrive à 10:10.")
    assert (await get(client, f"journeys/{best['id']}"))["possible"]


async def event(answer: aiohttp.ClientResponse) -> Any:
    """The content of the next event."""
    async with asyncio.timeout(60):
        async for line in answer.content:
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
    raise EOFError


async def test_listeners_share_one_search(valley: Valley, traveller: Traveller) -> None:
    first = await traveller.subscriptions.open(traveller.journey_id, ())
    assert await traveller.subscriptions.open(traveller.journey_id, ()) is first
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(traveller.subscriptions.listen(first, None)) for _ in range(5)
        ]
        values = [await anext(listener) for listener in listeners]
        assert all(value is values[0] for value in values)
        tags = [value.tag for value in values if value is not None]
        valley.city.publish(update(T8, late(120)), "train")
        await valley.refresh()
        await until(lambda: first.newer_than(tags[0]) is not None)
        later = [await anext(listener) for listener in listeners]
        assert all(value is later[0] and value is not values[0] for value in later)


async def test_another_bus_does_not_disturb(valley: Valley, traveller: Traveller) -> None:
    journey = await traveller.subscriptions.open(traveller.journey_id, ())
    with traveller.subscriptions.listen(journey, None) as listener:
        value = await anext(listener)
        valley.city.publish(update('trip_id: "b9" start_date: "20260302"', late(60)), "bus")
        await valley.refresh()
        assert value is not None
        assert journey.newer_than(value.tag) is None


def test_the_sentences_exist_in_both_languages() -> None:
    assert CHANGE_TEXTS["fr"].keys() == CHANGE_TEXTS["en"].keys()
