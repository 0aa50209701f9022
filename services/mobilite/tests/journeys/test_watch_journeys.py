"""A journey that is followed: what changes, from where the traveller is, and how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from boards import paris, update
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley, clocks, rides

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.http.domain.cursors import content_of, opaque
from mobilite.journeys.api.change_texts import CHANGE_TEXTS
from mobilite.journeys.api.journey_now_rendering import JourneyNowRenderer
from mobilite.journeys.api.rendering import JourneyRenderer
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.watch_journeys import JourneySubscription, JourneySubscriptions
from mobilite.streams.flows.subscriptions import Subscriptions
from socle.errors import Refusal
from socle.testing import ServeApp, until

QUERY = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}
B8, T8, A1 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("b8", "t8", "a1"))
CANCELED = "schedule_relationship: CANCELED"


def late(seconds: int, sequence: int = 1) -> str:
    return f"stop_time_update {{ stop_sequence: {sequence} departure {{ delay: {seconds} }} }}"


class Traveller:
    """Follows the first journey from the village to the hospital."""

    def __init__(self, valley: Valley) -> None:
        self.valley, costs = valley, JourneyCosts(read_factors())
        networks, clock = valley.networks, valley.clock
        self.subscriptions = JourneySubscriptions(
            Subscriptions(networks, clock),
            networks,
            clock,
            JourneyNowRenderer(JourneyRenderer(costs)),
        )
        self.journey_id = ""
        self.journey: JourneySubscription | None = None

    def publish(self, clock: str, message: str, feed_id: str = "train") -> None:
        """An operator's message at a local time."""
        instant = paris(clock)
        self.valley.clock.advance((instant - self.valley.clock.now()).total_seconds())
        self.valley.city.now = instant
        self.valley.city.publish(message, feed_id)

    async def now(self, clock: str, languages: tuple[str, ...] = ()) -> Any:
        """The journey at a local time, with all that was published before."""
        self.valley.clock.advance((paris(clock) - self.valley.clock.now()).total_seconds())
        await self.valley.refresh()
        journey = await self.subscriptions.open(self.journey_id, languages)
        if journey is self.journey:
            journey.refresh()
        self.journey = journey
        rendered = journey.newer_than(None)
        assert rendered is not None
        return json.loads(rendered.body)


@pytest.fixture
def valley() -> Valley:
    return Valley()


@pytest_asyncio.fixture
async def client(valley: Valley, serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    await valley.refresh()
    address = await serve_app(valley.app())
    async with aiohttp.ClientSession(f"{address}/mobilite/v1/") as session:
        yield session


@pytest_asyncio.fixture
async def traveller(valley: Valley, client: aiohttp.ClientSession) -> Traveller:
    found = Traveller(valley)
    found.journey_id = (await get(client, "journeys", **QUERY))["journeys"][0]["id"]
    return found


async def get(client: aiohttp.ClientSession, path: str, status: int = 200, **query: Any) -> Any:
    async with client.get(path, params=query) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def changes(state: Any) -> list[tuple[str, int]]:
    return [(each["type"], each["leg"]) for each in state["changes"]]


async def test_a_journey_is_found_again_by_its_id(
    client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    found = await get(client, "journeys", **QUERY)
    state = await get(client, f"journeys/{traveller.journey_id}")
    (journey,) = state["journeys"]
    assert {**journey, "reasons": []} == {**found["journeys"][0], "reasons": []}
    assert (state["from"], state["to"], state["feeds"]) == (
        found["from"], found["to"], found["feeds"],
    )  # fmt: skip
    assert (state["status"], state["possible"], state["changes"]) == ("upcoming", True, [])
    assert state["summary"] == "Tout se passe comme prévu : arrivée à 09:10."
    assert state["alternatives"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"from": "47.5810,1.1500", "to": "47.93,1.9305"},
        {"from": "47.9000,1.9000", "to": "47.9040,1.9000"},
        {"from": "47.90,1.90", "to": "47.9040,1.9000", "via": "47.9020,1.9010"},
        {"from": VILLAGE, "to": "train:ville", "via": "47.6020,1.2020"},
        {"via": "train:mi"},
        {"via": "bus:parvis", "max_walk": "2000", "modes": "tram,bus,rail"},
    ],
)
async def test_every_journey_is_found_again(
    client: aiohttp.ClientSession, query: dict[str, str]
) -> None:
    for found in (await get(client, "journeys", **(QUERY | query)))["journeys"]:
        (journey,) = (await get(client, f"journeys/{found['id']}"))["journeys"]
        assert {**journey, "reasons": []} == {**found, "reasons": []}


async def test_the_id_stays_whatever_the_delay_and_the_platform(
    valley: Valley, traveller: Traveller
) -> None:
    stop = 'stop_time_properties { assigned_stop_id: "ville-3" }'
    moved = f" stop_time_update {{ stop_sequence: 3 arrival {{ delay: 120 }} {stop} }}"
    # No trip of the timetable calls at this platform.
    stops = TRAIN["stops.txt"] + "ville-3,Ville,47.9,1.9,0,ville,3,1\n"
    valley.city.schedule({**TRAIN, "stops.txt": stops}, "train")
    traveller.publish("07:40:00", update(T8, late(120) + moved))
    state = await traveller.now("07:40:00")
    (journey,) = state["journeys"]
    assert journey["legs"][2]["to"]["platform"] == "3"
    assert journey["id"] == traveller.journey_id
    assert changes(state) == [("times", 2), ("platform", 2)]
    assert [each["message"] for each in state["changes"]] == [
        "train TER : départ à 08:17 au lieu de 08:15, arrivée à 08:47 au lieu de 08:45.",
        "Changement de quai à Ville : quai 3 au lieu de quai 2.",
    ]
    assert state["summary"] == "Le trajet reste possible : arrivée à 09:10."
    english = await traveller.now("07:40:00", ("en",))
    assert english["changes"][1]["message"] == (
        "Change of platform at Ville: platform 3 instead of platform 2."
    )


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


async def test_a_skipped_and_a_closed_stop(valley: Valley, traveller: Traveller) -> None:
    skipped = "stop_time_update { stop_sequence: 3 schedule_relationship: SKIPPED }"
    valley.city.publish(update(T8, skipped), "train")
    ends = int(paris("12:00:00").timestamp())
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
    assert other["arrival"] > "2026-03-03"


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
        {"type": "alert", "leg": 2, "message": "Perturbation, train TER : Travaux"}
    ]
    assert state["alerts"][0]["header"] == "Travaux"
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


async def test_an_event_comes_with_the_operators_message(
    valley: Valley, client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    networks = asyncio.create_task(valley.networks.run())
    async with client.post(f"journeys/{traveller.journey_id}/watch") as answer:
        assert (await event(answer))["possible"]
        valley.city.publish(update(f"{A1} {CANCELED}"), "bus")
        state = await event(answer)
        assert (changes(state), state["possible"]) == ([("cancelled", 4)], False)
    networks.cancel()


async def event(answer: aiohttp.ClientResponse) -> Any:
    """The content of the next event."""
    async with asyncio.timeout(30):
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


def _changed(journey_id: str, **fields: Any) -> str:
    content: Any = content_of(journey_id, 6000)
    return opaque({**content, **fields})


async def test_forged_ids_are_refused(client: aiohttp.ClientSession, traveller: Traveller) -> None:
    known = traveller.journey_id
    content: Any = content_of(known, 6000)
    bus, train, tram = content["steps"]
    wrong = {
        400: [
            "abc",
            known[:-3],
            known + "AA",
            "A" * 7000,
            opaque("text"),
            opaque([]),
            opaque({**content, "more": 1}),
            _changed(known, steps=[]),
            _changed(known, steps=[bus] * 50),
            _changed(known, steps=[0, bus]),
            _changed(known, steps=[bus, tram]),  # no way from one to the other
            _changed(known, steps=[train, tram]),  # not near the origin
            _changed(known, steps=[bus, train, [*tram[:1], "20261341", *tram[2:]]]),
            _changed(known, departure=10**12),
            _changed(known, steps=[], departure=10**12),
            _changed(known, origin=HOSPITAL),
            _changed(known, destination="nowhere"),
            _changed(known, wishes={"max_walk": "many"}),
        ],
        404: [
            _changed(known, origin="bus:nowhere"),
            _changed(known, steps=[bus, ["train:t7", *train[1:]], tram]),
            _changed(known, steps=[bus, ["nowhere:t8", *train[1:]], tram]),
            _changed(known, steps=[bus, [*train[:3], "ville-2", 3, "val-1", 1], tram]),
            _changed(known, steps=[bus, [*train[:1], "20270302", *train[2:]], tram]),
        ],
        410: [_changed(known, steps=[bus, [*train[:1], "20250302", *train[2:]], tram])],
    }
    for status, ids in wrong.items():
        for each in ids:
            problem = await get(client, f"journeys/{each}", status)
            assert problem["detail"]
            async with client.post(f"journeys/{each}/watch") as answer:
                assert answer.status == status


async def test_before_the_first_timetable(serve_app: ServeApp, traveller: Traveller) -> None:
    valley = Valley(files={})
    address = await serve_app(valley.app())
    async with aiohttp.ClientSession(f"{address}/mobilite/v1/") as client:
        await get(client, f"journeys/{traveller.journey_id}", 503)
        async with client.post(f"journeys/{traveller.journey_id}/watch") as answer:
            assert answer.status == 503
    valley.city.schedule(BUS, "bus")
    await valley.refresh()


def test_the_sentences_exist_in_both_languages() -> None:
    assert CHANGE_TEXTS["fr"].keys() == CHANGE_TEXTS["en"].keys()
