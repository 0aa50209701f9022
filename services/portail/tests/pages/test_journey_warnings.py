"""What a traveller has to know before they choose a journey: access by wheelchair, a night, a wait,
and whether real time confirms it."""

import re
from html import unescape
from typing import Any

import aiohttp
import pytest
from region_api import Region
from region_data import GARE, alert, at, followed, journey, leg, leg_end, place, route

LIFT = {
    "id": "tao:0:lift",
    "header": "Ascenseur hors service",
    "effect": "ACCESSIBILITY_ISSUE",
    "severity": "WARNING",
    "active": True,
}
TRAM = leg(
    "tram",
    leg_end(GARE, "Gare"),
    leg_end("tao:parc", "Parc"),
    "09:05",
    "09:20",
    route=route("A", type=0),
    state="predicted",
    alerts=["tao:0:lift"],
    wheelchair="yes",
)
BUS = leg(
    "bus",
    leg_end("tao:parc", "Parc"),
    leg_end("tao:lac", "Lac"),
    "09:25",
    "09:40",
    route=route("12"),
    state="scheduled",
)


async def page_of(
    region: Region, portal: str, client: aiohttp.ClientSession, *journeys: Any, query: str = ""
) -> str:
    region.places = [place(GARE, "Gare", type="station"), place("tao:parc", "Parc", type="stop")]
    region.journeys = {"journeys": journeys, "alerts": [LIFT]}
    return await read(client, f"{portal}/itineraires?de=gare&vers=parc{query}")


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200, await answer.text()
        text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"wheelchair": "yes"}, "oui, arrêts et véhicules accessibles."),
        ({"wheelchair": "no"}, "non, trajet non accessible."),
        ({"wheelchair_without_alerts": "yes"}, "non, pas sans aide :"),
        ({}, "on ne sait pas. Véhicules accessibles, accès à un arrêt non connu."),
    ],
)
async def test_one_sentence_answers_a_wheelchair(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    members: dict[str, str],
    sentence: str,
) -> None:
    page = await page_of(region, portal, client, journey(TRAM, **members), query="&fauteuil=oui")
    (found,) = re.findall(r'class="trajet-fauteuil">(.*?)</p>', page)
    assert found.startswith(f"En fauteuil roulant : {sentence} <a ")
    # The obstacle is named there, and not a second time above its steps.
    assert page.index("Ascenseur hors service") > page.index("En fauteuil roulant : ")
    assert "Perturbation :" not in page
    assert "en fauteuil roulant</p>" not in page


@pytest.mark.parametrize(
    ("description", "displayed"),
    [
        ("Ascenseur hors service\nAide à l'interphone.", "Aide à l’interphone."),
        ("mot " * 50, "mot " * 39 + "mot…"),
        ("m" * 200, "m" * 160 + "…"),
        (None, ""),
    ],
)
async def test_the_help_at_a_lift_out_of_order_is_on_the_card(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    description: str | None,
    displayed: str,
) -> None:
    region.answers["/alerts/tao:0:lift"] = {**LIFT, "feed": "tao", "description": description}
    usual = journey(TRAM, wheelchair_without_alerts="yes")
    page = await page_of(region, portal, client, usual, query="&fauteuil=oui")
    (found,) = re.findall(r'class="trajet-fauteuil">(.*?)</p>', page)
    (address, text) = re.findall(r'<a href="([^"]+)"[^>]*>[^<]+</a>(.*)', found)[0]
    assert text == (f". {displayed}" if displayed else "")
    # The page of the alert does not advise the search that was just made.
    region.alerts = [alert("lift", "Ascenseur hors service", effect="ACCESSIBILITY_ISSUE")]
    assert "Cherchez un itinéraire accessible" not in await read(client, portal + address)
    advised = address.replace("&fauteuil=oui", "")
    assert "Cherchez un itinéraire accessible" in await read(client, portal + advised)


async def test_a_lift_out_of_order_disturbs_a_known_access(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    usual = journey(TRAM, wheelchair_without_alerts="yes")
    page = await page_of(region, portal, client, usual)
    assert "accès perturbé en fauteuil roulant" in page
    assert "Perturbation :" in page
    assert "trajet-fauteuil" not in page


async def test_a_night_and_a_long_wait_are_stated(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    night = {"departure": at("01:18", "2026-03-03"), "arrival": at("01:30", "2026-03-03")}
    morning = {"departure": at("07:42", "2026-03-03"), "arrival": at("08:51", "2026-03-03")}
    page = await page_of(region, portal, client, journey({**TRAM, **night}, {**BUS, **morning}))
    assert "Le premier part cette nuit à 01:18." in page
    assert '<span class="trajet-jour">cette nuit</span>' in page
    assert "6 h 12 d’attente à Parc" in page
    page = await page_of(region, portal, client, journey(TRAM, BUS))
    assert "d’attente" not in page


@pytest.mark.parametrize(
    ("states", "colour"),
    [
        (("predicted", "predicted"), "suivi-bon"),
        (("predicted", "scheduled"), "suivi-calme"),
        (("no_data", "scheduled"), "suivi-calme"),
    ],
)
async def test_only_real_time_makes_a_journey_green(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    states: tuple[str, str],
    colour: str,
) -> None:
    legs = [{**each, "state": state} for each, state in zip((TRAM, BUS), states, strict=True)]
    region.followed["j"] = followed(journey(*legs))
    page = await read(client, f"{portal}/itineraires/j")
    assert f'class="avis {colour}" id="suivi-resume"' in page
