"""The board of a stop, as its HTML says it."""

import html
import re
from typing import Any

import aiohttp
from region_api import Region
from region_data import GARE, Json, alert, at, board, departure, route, silent, stop

from socle.clock import ManualClock


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=5"
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def spoken(page: str) -> list[str]:
    """The departures as a screen reader reads them: in order, without what is hidden from it."""
    rows = re.findall(r'<li class="depart .*?</li>', page, re.S)
    read_aloud = [re.sub(r"<(\w+)[^>]*aria-hidden.*?</\1>", "", row, flags=re.S) for row in rows]
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in read_aloud]


async def test_a_departure_on_time_a_late_one_and_one_without_prediction(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    late = departure("2", "09:05", "predicted", predicted=at("09:09"), delay=240)
    region.boards[GARE] = board(
        departure("1", "09:03", "predicted", wheelchair="yes"), late, departure("3", "09:20")
    )
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert spoken(page) == [
        "Ligne A vers Hôpital , 3 min , 09:03 , à l’heure accessible en fauteuil roulant",
        "Ligne A vers Hôpital , 9 min , prévu à 09:05 , attendu à 09:09 , retard 4 min "
        ", accès non connu en fauteuil roulant",
        "Ligne A vers Hôpital , 09:20 , horaire théorique , accès non connu en fauteuil roulant",
    ]
    assert "mis à jour il y a 20 s" in page
    assert "inconnu pour 2 de ces départs" in page
    assert "Données : Orléans Métropole, licence etalab-2.0." in page


async def test_a_cancellation_stays_on_the_board_and_comes_first(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(
        departure("1", "09:03", "cancelled"), departure("2", "09:04", "skipped")
    )
    first, second = spoken(await read(client, f"{portal}/arrets/tao:gare"))
    assert first.startswith("Supprimé : Ligne A vers Hôpital , 09:03")
    assert second.startswith("Arrêt non desservi : Ligne A vers Hôpital , 09:04")
    english = {"accept-language": "en"}
    async with client.get(f"{portal}/arrets/tao:gare", headers=english) as answer:
        first, second = spoken(await answer.text())
    assert first.startswith("Cancelled: Line A to Hôpital , 09:03")
    assert second.startswith("Not stopping here: Line A to Hôpital , 09:04")


async def test_the_board_is_requested_in_the_language_of_the_reader(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    message = "No more departures on Monday 2 March: the next one is on Tuesday 3 March at 06:10."
    region.boards[GARE] = board(message=message, feeds=silent("none", "No live times.", None))
    for language in ("en", "fr"):
        headers = {"accept-language": language}
        async with client.get(f"{portal}/arrets/tao:gare", headers=headers) as answer:
            page = await answer.text()
        (requested,) = [each for each in region.requests if f"lang={language}" in each]
        assert requested.startswith("/stops/tao%3Agare/departures?")
        assert f'id="aucun">{message}' in page
        assert ">No live times.<" in page


async def test_a_run_of_an_unknown_line_to_an_unknown_place_is_rendered(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    added = departure("1", "09:03", "added", headsign="", platform_code="4")
    added["route"] = {**route("navette", None), "short_name": None, "type": None}
    region.boards[GARE] = board(added)
    page = await read(client, f"{portal}/arrets/tao:gare")
    (line,) = spoken(page)
    assert line.startswith("Ligne navette vers destination inconnue , 09:03")
    assert "quai 4" in line
    assert "-1" not in line


def summary(number: str, **members: Any) -> Json:
    content = alert(number, f"Annonce {number}", **members)
    return {name: content[name] for name in ("id", "header", "effect", "severity", "active")}


async def test_alerts_stand_above_the_departures_and_are_folded(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(departure("1", "09:03"), alerts=[summary("1")])
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert "<summary>1 perturbation</summary>" in page
    assert re.search(r'<details class="alertes alertes-graves" id="alertes">', page)
    assert page.index("Annonce 1") < page.index('<ol class="departs"')


async def test_a_departure_is_marked_for_what_disrupts_its_own_line_or_run_alone(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    line, stop, news = "tao:0:line", "tao:0:stop", "tao:0:news"
    alerts = [
        summary("line", severity="UNKNOWN_SEVERITY"),
        summary("stop"),
        summary("news", severity="INFO"),
    ]
    region.boards[GARE] = board(
        departure("1", "09:03", alerts=[line, stop], own_alerts=[line]),
        departure("2", "09:04", alerts=[stop, news], own_alerts=[news]),
        alerts=alerts,
    )
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert "<summary>2 perturbations, 1 information</summary>" in page
    marked = ["perturbation annoncée" in each for each in spoken(page)]
    assert marked == [True, False]
    region.boards["tao:tous"] = board(departure("1", "09:03", own_alerts=[line]), alerts=alerts)
    page = await read(client, f"{portal}/arrets/tao:tous")
    assert "perturbation annoncée" not in page
    display = await read(client, f"{portal}/arrets/tao:gare?affichage=borne")
    assert "Annonce line" in display
    assert "Annonce news" not in display


async def test_silence_and_emptiness_are_rendered(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    content = "Temps réel interrompu depuis 08:41 le 02/03 : horaires théoriques."
    region.boards[GARE] = board(
        departure("1", "09:03", "stale"), feeds=silent("stale", content, None)
    )
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert content in page
    assert "mis à jour il y a" not in page
    empty = "Aucun départ dans les 7 jours."
    region.boards["tao:vide"] = board(stop=stop("tao:vide", "Vide"), message=empty)
    page = await read(client, f"{portal}/arrets/tao:vide")
    assert page.count(empty) == 1


async def test_later_is_a_page_that_does_not_live(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(departure("1", "09:03"), next="c+1/")
    region.pages["c+1/"] = board(departure("9", "06:10", scheduled=at("06:10", "2026-03-03")))
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert "data-flux" in page
    (later,) = re.findall(r'href="([^"]*apres=[^"]*)"', page)
    page = await read(client, portal + later)
    assert "data-flux" not in page
    assert ">demain<" in page
    assert "Revenir à maintenant" in page


async def test_the_large_display_has_nothing_to_touch_and_refreshes_without_scripts(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(*(departure(str(n), f"09:{n:02}") for n in range(10, 40)))
    page = await read(client, f"{portal}/arrets/tao:gare?affichage=borne")
    assert len(spoken(page)) == 12
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page
    assert not re.search(r"<(a|button|summary|input)\b", page)


async def test_the_last_known_board_without_past_departures_is_rendered_while_the_api_is_away(
    region: Region, portal: str, client: aiohttp.ClientSession, manual_clock: ManualClock
) -> None:
    region.boards[GARE] = board(departure("1", "09:01"), departure("2", "09:30"))
    await read(client, f"{portal}/arrets/tao:gare")
    region.go_away()
    manual_clock.advance(110)
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert "Voici les horaires connus à 09:00" in page
    assert len(spoken(page)) == 2
    manual_clock.advance(12)
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert len(spoken(page)) == 1


async def test_what_comes_from_networks_is_text_and_never_markup(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    evil_summary = {"id": f"tao:0:{evil}", "header": evil, "severity": evil, "language": evil}
    line = departure("1", "09:03", headsign=evil, route=route(evil, evil), ends_at=evil)
    region.boards[GARE] = board(line, alerts=[evil_summary], stop=stop(name=evil), message=evil)
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page
    assert not re.search(r"<[^>]*\bonerror\s*=[^>]*>", re.sub(r'"[^"]*"', '""', page))


async def test_members_the_api_does_not_send_yet_are_optional(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    content = departure("1", "09:03", "predicted")
    for name in ("wheelchair", "pickup", "approximate", "ends_at", "platform_code", "start_time"):
        del content[name]
    region.boards[GARE] = {**board({**content, "new": {}}), "new": 1}
    assert "à l’heure" in spoken(await read(client, f"{portal}/arrets/tao:gare"))[0]
