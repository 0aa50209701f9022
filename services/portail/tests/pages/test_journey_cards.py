"""The page of journeys: what a traveller reads first, how journeys differ, and their steps."""

import re
from html import unescape
from typing import Any

import aiohttp
import pytest
from region_api import Region
from region_data import GARE, at, emissions, journey, leg, leg_end, place, route

from socle.clock import ManualClock

PARC = "tao:parc"
TRAIN = leg(
    "rail",
    leg_end("sncf:meung", "Meung-sur-Loire", "1"),
    leg_end("sncf:orleans", "Orléans", "6"),
    "09:05",
    "09:20",
    route=route("K2", type=2, id="sncf:K2/1"),
    state="scheduled",
    trip_id="sncf:K2-0905",
    start_date="20260302",
    stops=[{**leg_end("sncf:x", "La Chapelle"), "state": "predicted", "departure": at("09:12")}],
)
INSIDE = leg(
    "walk",
    leg_end("sncf:orleans", "Orléans", "6"),
    leg_end("tao:orleans", "Orléans", "A"),
    "09:20",
    "09:23",
    distance=0,
    steps=[{"text": "escalier"}, {"text": "couloir"}],
)
TRAM = leg(
    "tram",
    leg_end("tao:orleans", "Orléans", "A"),
    leg_end(PARC, "Parc"),
    "09:28",
    "09:40",
    route=route("A", type=0),
    state="scheduled",
    trip_id="tao:A-1",
    start_date="20260302",
    start_time="09:28:00",
)
SLOW = {**TRAIN, "arrival": at("09:52"), "to": leg_end(PARC, "Parc")}


async def page_of(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    *journeys: Any,
    query: str = "",
    language: str = "fr",
    **members: Any,
) -> str:
    region.places = [place(GARE, "Gare", type="station"), place(PARC, "Parc", type="stop")]
    region.journeys = {"journeys": journeys, "next": "plus", "previous": "avant", **members}
    address = f"{portal}/itineraires?de=gare&vers=parc{query}"
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200, await answer.text()
        text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def cards(page: str) -> list[str]:
    return re.split(r'<li class="trajet[ "]', page)[1:]


@pytest.mark.parametrize(
    ("query", "summary"),
    [
        ("", "Partir maintenant"),
        ("&jour=2026-03-02&heure=18:30", "Partir aujourd’hui à 18:30"),
        ("&heure=09:30&sens=arriver", "Arriver aujourd’hui à 09:30"),
        ("&heure=09:00&sens=arriver", "Arriver aujourd’hui à 09:00"),
        ("&heure=08:59&sens=arriver", "Arriver demain à 08:59"),
        ("&jour=2026-03-02&heure=08:59&sens=arriver", "Arriver aujourd’hui à 08:59"),
        ("&jour=2026-03-03&heure=03:00&sens=arriver", "Derniers départs, aujourd’hui"),
        ("&jour=2026-03-03&heure=08:00", "Partir demain à 08:00"),
        ("&quel_jour=demain&jour=2026-04-01&heure=08:00", "Partir demain à 08:00"),
        ("&quel_jour=aujourdhui&jour=2026-04-01&heure=08:00", "Partir aujourd’hui à 08:00"),
        ("&quel_jour=aujourdhui", "Partir maintenant"),
        ("&quel_jour=aujourdhui&heure=08:59&sens=arriver", "Arriver demain à 08:59"),
        ("&quel_jour=autre&jour=2026-02-27&heure=08:00", "Partir vendredi 27 février à 08:00"),
        ("&jour=2026-02-27&heure=08:00", "Partir vendredi 27 février à 08:00"),
        (
            "&fauteuil=oui&marche=lente&a_pied=500&velo=bicycle",
            "Partir maintenant · en fauteuil roulant · mon vélo · marche lente (3 km/h) · "
            "500 m au plus à pied",
        ),
    ],
)
async def test_the_form_is_folded_into_a_line_above_its_results(
    region: Region, portal: str, client: aiohttp.ClientSession, query: str, summary: str
) -> None:
    page = await page_of(region, portal, client, journey(TRAIN), query=query)
    assert f'<summary><span id="recherche-resume">{summary}</span>' in page
    assert page.index("<summary><span id=") < page.index('name="de"') < page.index("09:05")
    assert ("choisies" in page) == ("fauteuil" in query)
    # Without results the form is open.
    page = await page_of(region, portal, client, query=query)
    assert 'class="recherche-pliee"' not in page
    assert 'name="de"' in page


async def test_a_journey_differs_from_the_fastest_one_in_words(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    fast = journey(TRAIN, INSIDE, TRAM, transfers=1, walk=800)
    slow = journey(SLOW, transfers=0, walk=100)
    later = {**TRAM, "arrival": at("09:42")}
    same = journey(TRAIN, INSIDE, later, transfers=1, walk=850)
    walk = journey(leg("walk", leg_end(None, None), leg_end(PARC, "Parc"), "09:00", "10:05"))
    found = [fast, slow, same, walk]
    texts = [
        re.findall(r'<p class="trajet-ecart">([^<]+)', card)
        for card in cards(await page_of(region, portal, client, *found))
    ]
    assert texts == [
        [],
        ["12 min de plus, 1 changement de moins, 700 m à pied de moins que le plus rapide"],
        [],
        ["30 min de plus, 450 m à pied de moins que le plus rapide"],
    ]
    page = await page_of(region, portal, client, *found, language="en")
    assert "12 min more, 1 change less, 700 m on foot less than the fastest" in page
    assert "trajet-ecart" not in await page_of(region, portal, client, fast)


async def test_of_equal_emissions_one_journey_is_put_forward(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    least = {"reasons": ["least_co2e"], "emissions": emissions(40)}
    found = [
        journey(SLOW, **least),
        journey(TRAIN, INSIDE, TRAM, **least),
        journey(SLOW, emissions=emissions(90)),
    ]
    first, second, third = cards(await page_of(region, portal, client, *found))
    assert "trajet-eco" in second
    assert "trajet-eco" not in first + third
    assert '<li class="raison">Le moins de CO₂' in first
    assert "Le moins de CO₂" not in third


async def test_a_change_is_one_place_with_both_platforms(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, journey(TRAIN, INSIDE, TRAM))
    steps = page.partition('<ol class="etapes">')[2].partition("trajet-suivre")[0]
    assert re.findall(r'<div class="etape-lieu"> <p><a href="([^"]+)">([^<]+)', steps) == [
        ("/arrets/sncf:meung", "Meung-sur-Loire"),
        ("/arrets/tao:orleans", "Orléans"),
        ("/arrets/tao:parc", "Parc"),
    ]
    for words in (
        '<span class="etape-quai">voie 1</span>',
        '<span class="quai-nom">voie 6</span>',
        '<p class="etape-quai">quai A</p>',
        "Changement · 3 min",
        "Dans la gare : escalier, couloir",
        ">09:20</time>",
        ">09:28</time>",
        "1 arrêt entre les deux</summary>",
        ">09:12</time> La Chapelle</li>",
        '<a class="etape-ligne" href="/lignes/sncf:K2%2F1">',
        '<a href="/courses/sncf:K2-0905?date=20260302&ligne=sncf:K2%2F1">Suivre cette course',
        '<a href="/courses/tao:A-1?date=20260302&depart=09:28:00&ligne=tao:A">',
    ):
        assert words in steps, words


async def test_an_alert_of_every_journey_is_displayed_once(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    alerts = [
        {"id": "tao:0:1", "header": "Travaux", "severity": "info", "active": True},
        {"id": "tao:0:2", "header": "Grève", "severity": "severe", "active": True},
    ]
    touched = {**TRAM, "alerts": ["tao:0:1"]}
    both = {**TRAM, "alerts": ["tao:0:1", "tao:0:2"]}
    page = await page_of(region, portal, client, journey(touched), journey(both), alerts=alerts)
    assert page.count("Perturbation sur tous ces trajets :") == 1
    first, second = cards(page)
    assert "note-alerte" not in first
    assert re.findall(r'note-alerte">(\S+ :) <a [^>]+>([^<]+)', second) == [
        ("Perturbation :", "Grève")
    ]
    (only,) = cards(await page_of(region, portal, client, journey(both), alerts=alerts))
    assert '2 perturbations, dont : <a href="/perturbations' in only
    assert only.index("Grève") < only.index("Travaux")


async def test_the_day_is_displayed_once_and_another_day_is_announced(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    tomorrow = {**TRAIN, "departure": at("06:00", "2026-03-03"), "arrival": at("06:30")}
    tomorrow["arrival"] = at("06:30", "2026-03-03")
    found = [journey(tomorrow), journey(tomorrow)]
    page = await page_of(region, portal, client, *found)
    assert page.count('<span class="trajet-jour">demain</span>') == 1
    assert "Le premier part demain matin à 06:00." in page
    page = await page_of(region, portal, client, *found, query="&jour=2026-03-03&heure=05:00")
    assert "Le premier part" not in page
    assert "Le premier part" not in await page_of(region, portal, client, *found, query="&suite=x")


async def test_the_button_of_the_day_is_chosen_again_on_the_page_of_results(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    for query, chosen in (
        ("", "aujourdhui"),
        ("&quel_jour=demain", "demain"),
        ("&jour=2026-03-03", "demain"),
        ("&quel_jour=autre&jour=2026-03-05", "autre"),
    ):
        page = await page_of(region, portal, client, journey(TRAIN), query=query)
        assert re.findall(r'name="quel_jour" value="(\w+)" checked', page) == [chosen]
        later = re.findall(r'href="([^"]+)">Plus tard', page)[0]
        # A link names the date, which stays that of the search.
        assert "quel_jour" not in later
        assert ("jour=2026-03-03" in later) == (chosen == "demain")


async def test_to_arrive_in_time_the_last_departure_is_first(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    earlier = journey({**TRAIN, "departure": at("07:05"), "arrival": at("07:20")})
    found, query = (earlier, journey(TRAIN)), "&heure=10:00&sens=arriver"
    page = await page_of(region, portal, client, *found, query=query)
    assert "Le dernier départ pour arriver avant 10:00 est en premier." in page
    order = ["Plus tard", ">09:05<", ">07:05<", "Plus tôt"]
    assert [*map(page.index, order)] == sorted(map(page.index, order))
    page = await page_of(region, portal, client, *found)
    assert "est en premier" not in page
    order = ["Plus tôt", ">07:05<", ">09:05<", "Plus tard"]
    assert [*map(page.index, order)] == sorted(map(page.index, order))


async def test_the_last_departures_of_a_day_are_a_link_away(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, journey(TRAIN), query="&jour=2026-03-05")
    (address,) = re.findall(r'href="([^"]+)">Derniers départs', page)
    assert "jour=2026-03-06&heure=03%3A00" in address
    day = "2026-03-05"
    found = [
        journey({**TRAIN, "departure": at(clock, day), "arrival": at("09:20", day)})
        for clock in ("07:05", "09:05")
    ]
    query = address.partition("vers_lieu=")[2].partition("&")[2]
    page = await page_of(region, portal, client, *found, query=f"&{query}")
    assert "at=2026-03-06T03%3A00%3A00&arrive_by=true" in region.requests[-1]
    assert 'id="recherche-resume">Derniers départs, jeudi 5 mars</span>' in page
    # The very last one is what is searched for.
    assert page.index(">09:05<") < page.index(">07:05<")


async def test_the_last_departure_of_the_day_is_marked(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    def leaving(clock: str, day: str = "2026-03-02") -> Any:
        return journey({**TRAIN, "departure": at(clock, day), "arrival": at("03:00", "2026-03-04")})

    walk = leg("walk", leg_end(None, None), leg_end(PARC, "Parc"), "23:50", "23:59")
    sentence = "C’est le dernier départ de la journée."
    query = "&jour=2026-03-03&heure=03:00&sens=arriver"
    found = [leaving("22:05"), leaving("00:40", "2026-03-03"), journey(walk)]
    page = await page_of(region, portal, client, *found, query=query)
    assert [sentence in card for card in cards(page)] == [True, False, False]
    assert page.index(sentence) < page.index(">00:40<") < page.index(">23:50<")
    later = [leaving("08:12", "2026-03-03")]
    for journeys, more in ((found, f"{query}&suite=x"), (found, ""), (later, query)):
        assert sentence not in await page_of(region, portal, client, *journeys, query=more)
    assert "Départs, demain</span>" in await page_of(region, portal, client, *later, query=query)
    page = await page_of(region, portal, client, *found, query=query, language="en")
    assert "This is the last departure of the day." in page


async def test_the_times_of_a_late_journey_count_its_delay(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    late = {**TRAM, "state": "predicted", "scheduled_departure": at("09:17")}
    page = await page_of(region, portal, client, journey(late))
    assert '<span class="etat">retard de 11 min compris</span>' in page
    assert re.search(r'>09:28</time> <s class="trajet-prevu">.*?09:17</s>', page)
    page = await page_of(region, portal, client, journey(late), language="en")
    assert "11 min of delay included" in page
    for minute, state in (("27", "retard de 1 min compris"), ("28", "à l’heure"), ("30", "avance")):
        other = {**late, "scheduled_departure": at(f"09:{minute}")}
        (card,) = cards(await page_of(region, portal, client, journey(other)))
        assert f'<span class="etat">{state}' in card.partition("trajet-couts")[0]


async def test_after_midnight_the_last_departures_are_those_of_the_night(
    region: Region, portal: str, client: aiohttp.ClientSession, manual_clock: ManualClock
) -> None:
    for hours, day in ((17, "2026-03-03"), (1, "2026-03-04")):
        manual_clock.advance(hours * 3600)
        page = await page_of(region, portal, client, journey(TRAIN))
        (address,) = re.findall(r'href="([^"]+)">Derniers départs', page)
        assert f"jour={day}&heure=03%3A00" in address


async def test_the_price_of_a_car_journey_is_not_known(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    way = leg("car", leg_end(None, None), leg_end("car_park:1", "P+R"), "08:30", "09:00")
    page = await page_of(region, portal, client, journey({**way, "parking": {}}, TRAIN))
    assert "prix non connu" in page
    assert "prix non connu" not in await page_of(region, portal, client, journey(TRAIN))
