"""The page of journeys: a form, journeys in words, and what is wrong."""

import re
from html import unescape
from urllib.parse import parse_qs

import aiohttp
from region_api import GARE, Region, at, journey, leg, leg_end, route, stop

PARC = "tao:parc"
TRAM = leg(
    "tram",
    leg_end(GARE, "Gare d'Orléans", "A1"),
    leg_end(PARC, "Parc"),
    "09:05",
    "09:20",
    route=route("A", type=0),
    headsign="Hôpital",
    state="predicted",
    scheduled_departure=at("09:00"),
    stops=[leg_end("tao:x", "X")],
)
WALK = leg("walk", leg_end(PARC, "Parc"), leg_end(None, None), "09:20", "09:25")


def furnish(region: Region) -> None:
    region.stops = [stop(), stop(PARC, "Parc"), stop("tao:parc-2", "Parc des Sports")]
    region.journeys = {"journeys": [journey(TRAM, WALK)], "alerts": [], "next": "plus"}


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200, await answer.text()
        return re.sub(r"\s+", " ", unescape(await answer.text()))


def requested(region: Region) -> dict[str, list[str]]:
    """The last query for journeys."""
    query = next(each for each in reversed(region.requests) if each.startswith("/journeys"))
    return parse_qs(query.partition("?")[2])


async def test_a_name_becomes_a_stop_and_a_journey_words(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert requested(region) == {"from": [GARE], "to": [PARC], "lang": ["fr"]}
    for words in (
        "Gare d’Orléans → Parc",
        ">09:05</time>",
        "1 h 20",
        "sans changement · 350 m à pied",
        "retard 5 min",
        "Tram vers Hôpital",
        "quai A1",
        "1 arrêt entre les deux",
        "À pied 350 m",
        "Parc des Sports",
    ):
        assert words in page, words


async def test_a_chosen_stop_stays_as_long_as_its_name_does(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    chosen = "vers_nom=Parc+des+Sports&vers_arret=tao:parc-2&vers="
    await read(client, f"{portal}/itineraires?de=gare&{chosen}Parc+des+Sports")
    assert requested(region)["to"] == ["tao:parc-2"]
    await read(client, f"{portal}/itineraires?de=parc&{chosen}gare")
    assert requested(region)["to"] == [GARE]


async def test_the_time_of_the_form_and_later_journeys(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    query = "de=gare&vers=parc&sens=arriver&jour=2026-03-29&heure=08:30"
    page = await read(client, f"{portal}/itineraires?{query}")
    assert requested(region)["at"] == ["2026-03-29T08:30:00+02:00"]
    assert requested(region)["arrive_by"] == ["true"]
    (later,) = re.findall(r'href="([^"]+)">Plus tard', page)
    await read(client, portal + later)
    assert requested(region)["cursor"] == ["plus"]


async def test_a_point_is_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    async with client.get(f"{portal}/itineraires?de=47.9,1.9&vers=parc") as answer:
        assert answer.headers["cache-control"] == "no-store"
    assert requested(region)["from"] == ["47.9,1.9"]


async def test_no_journey_has_a_reason(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    region.journeys = {"journeys": [], "message": "Aucun trajet dans les 24 heures."}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert "Aucun trajet dans les 24 heures." in page


async def test_what_is_wrong_is_stated_above_the_form_s_result(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    for query, sentence in (
        ("de=gare", "Écrivez un départ et une arrivée."),
        ("de=gare&vers=zzz", "Aucun arrêt ne s’appelle « zzz »."),
        ("de=gare&vers=%21", "Aucun arrêt ne s’appelle « ! »."),
        ("de=gare&vers=gare", "sont le même endroit"),
        ("de=gare&vers=parc&heure=25:99", "Ce jour ou cette heure n’existe pas"),
        ("de=gare&vers=parc&jour=0001-01-01", "Ce jour ou cette heure n’existe pas"),
        ("de=x&de_nom=x&de_arret=tao:inconnu&vers=parc", "Ce trajet ne peut pas être cherché"),
    ):
        page = await read(client, f"{portal}/itineraires?{query}")
        assert sentence in page.replace("\N{NO-BREAK SPACE}", " "), query
        assert 'role="alert"' in page


async def test_the_page_in_english(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc", "en")
    assert requested(region)["lang"] == ["en"]
    assert "no change · 350 m on foot" in page
