"""Journeys over HTTP: what is answered, in real time, and to bad input."""

from typing import Any

import aiohttp
import pytest
from api_client import ConnectApi
from boards import paris, update
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley, clocks, rides

from mobilite.journeys.api.journey_texts import MODES, TEXTS
from mobilite.journeys.api.reason_texts import REASON_TEXTS
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys

SEVEN_FORTY = "2026-03-02T07:40:00+01:00"
REQUEST = JourneyRequest(VILLAGE, "train:ville", int(paris("07:40:00").timestamp()), window=7200)
T8 = 'trip_id: "t8" start_date: "20260302"'


async def request(client: aiohttp.ClientSession, status: int = 200, **query: Any) -> Any:
    given = {"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY} | query
    sent = {name: value for name, value in given.items() if value is not None}
    async with client.get("journeys", params=sent) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_from_a_village_to_the_hospital(client: aiohttp.ClientSession) -> None:
    page = await request(client)
    assert [clocks(each) for each in page["journeys"]] == [("07:50", "09:10"), ("08:50", "10:10")]
    journey = page["journeys"][0]
    assert rides(journey) == ["bus:b8", None, "train:t8", None, "bus:a1"]
    assert [leg["mode"] for leg in journey["legs"]] == ["bus", "walk", "rail", "walk", "tram"]
    assert journey["duration"] == 80 * 60
    assert journey["transfers"] == 2
    assert (
        journey["walk"]
        == sum(leg["distance"] for leg in journey["legs"] if leg["mode"] == "walk")
        > 0
    )
    assert page["walking"] == {"distance": "straight × 1.3", "max_walk": 1000}
    assert [feed["id"] for feed in page["feeds"]] == ["bus", "train"]
    assert page["message"] is None
    train = journey["legs"][2]
    assert (train["from"]["platform"], train["to"]["platform"]) == ("1", "2")
    assert train["route"]["color"] == "00AA00"
    assert [stop["name"] for stop in train["stops"]] == ["Mi-chemin"]
    assert train["departure"] == train["scheduled_departure"] == "2026-03-02T08:15:00+01:00"
    assert train["state"] == "scheduled"


async def test_the_shape_is_cut_at_the_stops(client: aiohttp.ClientSession) -> None:
    legs = (await request(client))["journeys"][0]["legs"]
    shape = legs[2]["geometry"]["coordinates"]
    assert [[round(lon, 4), round(lat, 4)] for lon, lat in shape] == [
        [1.2001, 47.6001],
        [1.5, 47.7],
        [1.55, 47.75],
        [1.9001, 47.9001],
    ]
    assert legs[0]["geometry"]["coordinates"] == [[1.15, 47.58], [1.2005, 47.6005]]
    assert legs[1]["geometry"]["coordinates"][0] == [1.2005, 47.6005]


async def test_between_points(client: aiohttp.ClientSession) -> None:
    page = await request(client, **{"from": "47.5810,1.1500", "to": "47.93,1.9305"})
    first, *_, last = page["journeys"][0]["legs"]
    assert (first["mode"], last["mode"]) == ("walk", "walk")
    assert (first["from"]["id"], first["to"]["id"]) == (None, VILLAGE)
    assert first["distance"] == 145
    assert first["duration"] == 116
    assert first["arrival"] == "2026-03-02T07:50:00+01:00"
    assert page["journeys"][0]["summary"].startswith(
        "Départ à 07:48, arrivée à 09:10, durée 1 h 22"
    )
    assert "À pied de votre point de départ à Bourg, 145 m" in page["journeys"][0]["summary"]


async def test_a_summary_in_english(client: aiohttp.ClientSession) -> None:
    async with client.get(
        "journeys",
        params={"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY},
        headers={"Accept-Language": "en"},
    ) as answer:
        page = await answer.json()
    assert "train TER from Val-sur-Cisse, platform 1 to Ville" in page["journeys"][0]["summary"]


async def test_a_delay_is_predicted_and_breaks_a_connection(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 300 } }"
    valley.city.publish(update(T8, late), "train")
    await valley.refresh()
    train = (await request(client))["journeys"][0]["legs"][2]
    assert (train["state"], train["departure"][11:16]) == ("predicted", "08:20")
    assert train["scheduled_departure"][11:16] == "08:15"
    later = "stop_time_update { stop_sequence: 1 departure { delay: 1800 } }"
    valley.city.publish(update(T8, later), "train")
    await valley.refresh()
    (journey,) = (await request(client))["journeys"]
    assert clocks(journey) == ("08:50", "10:10")
    (journey, _) = (await request(client, to="train:ville"))["journeys"]
    assert rides(journey)[-1] == "train:t8"
    assert "30 min de retard" in journey["summary"]


async def test_a_cancelled_trip_is_never_offered(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    valley.city.publish(update(f"{T8} schedule_relationship: CANCELED"), "train")
    await valley.refresh()
    for query in (
        {},
        {"window": "0"},
        {"window": "300"},
        {"arrive_by": "true", "at": "2026-03-02T10:30:00+01:00"},
    ):
        page = await request(client, **query)
        assert page["journeys"]
        assert all("train:t8" not in rides(each) for each in page["journeys"])


async def test_silent_real_time_counts_no_more(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 300 } }"
    valley.city.publish(update(T8, late), "train")
    valley.clock.advance(600)
    await valley.refresh()
    train = (await request(client))["journeys"][0]["legs"][2]
    assert (train["state"], train["departure"][11:16]) == ("stale", "08:15")


async def test_alerts_are_in_the_legs_they_touch(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    valley.city.publish(
        'entity { id: "w" alert { informed_entity { route_id: "ter" } '
        'header_text { translation { text: "Travaux" language: "fr" } } } }',
        "train",
    )
    await valley.refresh()
    page = await request(client)
    assert [len(leg["alerts"]) for leg in page["journeys"][0]["legs"]] == [0, 0, 1, 0, 0]
    assert [alert["header"] for alert in page["alerts"]] == ["Travaux"]


async def test_a_stop_closed_by_an_alert_is_not_used(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    ends = int(paris("09:00:00").timestamp())
    valley.city.publish(
        'entity { id: "c" alert { effect: NO_SERVICE informed_entity { stop_id: "parvis" } '
        f"active_period {{ end: {ends} }} }} }}",
        "bus",
    )
    await valley.refresh()
    assert all("bus:a1" not in rides(each) for each in (await request(client))["journeys"])
    assert rides((await request(client, window="0"))["journeys"][0])[-1] == "bus:a2"


async def test_a_search_ends_in_the_timetable_it_began_with(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    before, query = valley.networks.get(), {"to": "train:ville", "window": "120"}
    later = TRAIN["stop_times.txt"].replace("09:", "10:")
    valley.city.schedule({**TRAIN, "stop_times.txt": later}, "train")
    assert clocks((await request(client, **query))["journeys"][1]) == ("08:50", "09:45")
    await valley.refresh()
    assert clocks((await request(client, **query))["journeys"][1]) == ("08:50", "10:45")
    page = plan_journeys(before, REQUEST, now=paris("07:30:00"))
    assert page.journeys[1].arrival == int(paris("09:45:00").timestamp())


async def test_arriving_by_an_instant(client: aiohttp.ClientSession) -> None:
    by = "2026-03-02T10:30:00+01:00"
    page = await request(client, at=by, arrive_by="true")
    assert [clocks(each)[1] for each in page["journeys"]] == ["09:10", "10:10"]
    assert page == {
        **await request(client, at=None, arrive_by=by),
        "generated_at": page["generated_at"],
    }
    (alone,) = (await request(client, at=by, arrive_by="1", window="0"))["journeys"]
    assert clocks(alone) == ("08:50", "10:10")


async def test_later_and_earlier_journeys(client: aiohttp.ClientSession) -> None:
    page = await request(client, window="30")
    assert [clocks(each)[0] for each in page["journeys"]] == ["07:50"]
    later = await request(client, window="60", cursor=page["next"])
    assert [clocks(each)[0] for each in later["journeys"]] == ["08:50"]
    back = await request(client, window="60", cursor=later["previous"])
    assert [clocks(each)[0] for each in back["journeys"]] == ["07:50"]


async def test_nothing_today_leads_to_the_first_tomorrow(client: aiohttp.ClientSession) -> None:
    page = await request(client, at="2026-03-02T11:00:00+01:00")
    assert page["journeys"][0]["departure"] == "2026-03-03T07:50:00+01:00"
    nothing = await request(client, at="2026-03-02T11:00:00+01:00", window="60")
    assert (nothing["journeys"], nothing["message"]) == ([], "Aucun trajet dans cet intervalle.")


async def test_by_way_of_another_place(client: aiohttp.ClientSession) -> None:
    (journey,) = (await request(client, via="train:mi", window="0"))["journeys"]
    assert rides(journey)[2] == "train:t8"
    assert journey["transfers"] == 2
    (stay,) = (await request(client, via="bus:parvis", window="0"))["journeys"]
    assert rides(stay) == ["bus:b8", None, "train:t8", None, "bus:a1"]


async def test_by_way_of_a_point_on_foot(client: aiohttp.ClientSession) -> None:
    ends = {"from": "47.9000,1.9000", "to": "47.9040,1.9000"}
    (journey,) = (await request(client, via="47.9020,1.9010", **ends))["journeys"]
    first, second = journey["legs"]
    assert (first["to"]["lat"], second["from"]["lat"]) == (47.902, 47.902)
    assert first["arrival"] == second["departure"]
    assert "À pied de votre point de départ à votre étape" in journey["summary"]
    # On the way to a train the point is reached on foot, and left on foot.
    (journey,) = (
        await request(
            client, via="47.6020,1.2020", window="0", **{"from": VILLAGE, "to": "train:ville"}
        )
    )["journeys"]
    assert rides(journey) == ["bus:b8", None, None, "train:t8"]
    assert journey["legs"][1]["to"] == journey["legs"][2]["from"]


async def test_a_vehicle_reported_as_inaccessible_is_left_out(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    vehicle = "vehicle { wheelchair_accessible: WHEELCHAIR_INACCESSIBLE }"
    valley.city.publish(update(T8, more=f"delay: 0 {vehicle}"), "train")
    await valley.refresh()
    ends = {"from": "train:val", "to": "train:ville"}
    page = await request(client, wheelchair="true", **ends)
    assert [rides(each) for each in page["journeys"]] == [["train:t9"]]
    (alone,) = (await request(client, wheelchair="true", window="0", **ends))["journeys"]
    assert rides(alone) == ["train:t9"]
    page = await request(client, **ends)
    assert [each["wheelchair"] for each in page["journeys"]] == ["no", "yes"]


async def test_a_late_run_passes_a_stop_that_is_open_again(
    valley: Valley, client: aiohttp.ClientSession
) -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 600 } }"
    ends = int(paris("09:00:00").timestamp())
    valley.city.publish(
        update('trip_id: "a1" start_date: "20260302"', late)
        + 'entity { id: "c" alert { effect: NO_SERVICE informed_entity { stop_id: "parvis" } '
        f"active_period {{ end: {ends} }} }} }}",
        "bus",
    )
    await valley.refresh()
    journey = (await request(client))["journeys"][0]
    assert (rides(journey)[-1], clocks(journey)[1]) == ("bus:a1", "09:20")


async def test_what_a_traveller_wishes(client: aiohttp.ClientSession) -> None:
    modes = await request(client, modes="bus,tram", window="300")
    assert modes["journeys"] == []
    wheelchair = await request(
        client, **{"from": "train:mi", "to": "train:ville", "wheelchair": "true"}
    )
    assert wheelchair["journeys"] == []
    reached = await request(
        client, **{"from": "train:val", "to": "train:ville", "wheelchair": "true"}
    )
    assert [each["wheelchair"] for each in reached["journeys"]] == ["yes", "yes"]
    no_walk = await request(client, max_walk="0", window="300")
    assert no_walk["journeys"] == []


async def test_a_short_way_is_offered_on_foot(client: aiohttp.ClientSession) -> None:
    page = await request(client, **{"from": "47.90,1.90", "to": "47.905,1.90"})
    (journey,) = page["journeys"]
    assert rides(journey) == [None]
    assert journey["walk"] == journey["legs"][0]["distance"] == 723
    assert journey["departure"] == SEVEN_FORTY


async def test_later_pages_on_foot_do_not_find_the_way_too_long(
    client: aiohttp.ClientSession,
) -> None:
    walk = {"from": "47.90,1.90", "to": "47.905,1.90", "modes": "walk"}
    page = await request(client, **walk)
    assert [each["walk"] for each in page["journeys"]] == [723]
    later = await request(client, **walk, cursor=page["next"])
    assert (later["journeys"], later["message"]) == ([], "Aucun trajet dans les 24 heures.")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from": "45.0,-5.0"}, "Aucun arrêt à moins de 1000 m à pied du point de départ."),
        ({"to": "45.0,-5.0"}, "Aucun arrêt à moins de 1000 m à pied de la destination."),
        ({"modes": "walk"}, "Le chemin à pied dépasse 1000 m."),
        ({"modes": "walk", "to": "45.0,-5.0"}, "Le chemin à pied dépasse 1000 m."),
        (
            {"at": "2031-03-02T08:00:00+01:00"},
            "Les horaires connus vont du 01/01/2026 au 31/12/2026.",
        ),
        (
            {"at": "1995-03-02T08:00:00+01:00"},
            "Les horaires connus vont du 01/01/2026 au 31/12/2026.",
        ),
    ],
)
async def test_an_empty_answer_has_a_reason(
    client: aiohttp.ClientSession, query: dict[str, str], sentence: str
) -> None:
    page = await request(client, **query)
    assert (page["journeys"], page["message"]) == ([], sentence)


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ({"to": VILLAGE}, 400, "to"),
        ({"from": "train:val", "to": "train:val-1"}, 400, "to"),
        ({"from": "47.9,1.9", "to": "47.9000,1.9000"}, 400, "to"),
        ({"to": "47.580001,1.150001"}, 400, "to"),  # where the stop is
        ({"via": VILLAGE}, 400, "via"),
        ({"via": ["bus:gare", "bus:gare"]}, 400, "via"),
        ({"to": "bus:nulle-part"}, 404, "to"),
        ({"from": "fantome:x"}, 404, "from"),
        ({"from": "gare"}, 400, "from"),
        ({"from": "91.0,1.9"}, 400, "from"),
        ({"from": ""}, 400, "from"),
        ({"via": "bus:nulle-part"}, 404, "via"),
        ({"modes": "fusée"}, 400, "modes"),
        ({"at": "hier"}, 400, "at"),
        ({"arrive_by": "demain"}, 400, "arrive_by"),
        ({"arrive_by": SEVEN_FORTY}, 400, "arrive_by"),
        ({"max_walk": "-1"}, 400, "max_walk"),
        ({"window": "9999"}, 400, "window"),
        ({"cursor": "abc"}, 400, "cursor"),
        ({"wheelchair": "peut-être"}, 400, "wheelchair"),
    ],
)
async def test_bad_input_is_refused_in_words(
    client: aiohttp.ClientSession, query: dict[str, Any], status: int, parameter: str
) -> None:
    problem = await request(client, status, **query)
    assert parameter in str(problem)
    assert problem["detail"]


async def test_a_thousand_places_on_the_way_are_refused(client: aiohttp.ClientSession) -> None:
    query = [("from", VILLAGE), ("to", HOSPITAL), *[("via", "1,2")] * 1000]
    async with client.get("journeys", params=query) as answer:
        assert answer.status == 400
        assert "3 fois au plus" in (await answer.json())["detail"]


async def test_an_answer_can_be_cached(valley: Valley, client: aiohttp.ClientSession) -> None:
    query = {"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY}
    async with client.get("journeys", params=query) as answer:
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"].startswith("public")
        assert answer.headers["vary"] == "accept-language"
    valley.clock.advance(2)
    async with client.get("journeys", params=query, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304


@pytest.mark.parametrize("place", ["from", "to", "via"])
async def test_an_answer_with_a_position_is_stored_nowhere(
    client: aiohttp.ClientSession, place: str
) -> None:
    query = {"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY, place: "47.6010,1.2010"}
    async with client.get("journeys", params=query) as answer:
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-store")


async def test_before_the_first_timetable(connect_api: ConnectApi) -> None:
    valley = Valley(files={})
    assert valley.networks.why_not() == "le calcul des trajets se prépare"
    client = await connect_api(valley.app())
    assert (await request(client, 503))["detail"].startswith("Les horaires ne sont pas encore")
    valley.city.schedule(BUS, "bus")
    await valley.refresh()
    assert valley.networks.get().timetables.feeds == {"bus": 0}


def test_the_texts_exist_in_both_languages() -> None:
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()
    assert REASON_TEXTS["fr"].keys() == REASON_TEXTS["en"].keys()
    assert MODES["fr"].keys() == MODES["en"].keys()
