"""`/indicateurs`: yesterday first, then every figure with its n, its table and its files."""

import re
from xml.etree import ElementTree as ET

import aiohttp
from indicators_data import TODAY, YESTERDAY, furnish_indicators, punctuality, regularity
from region_api import Region
from region_data import route

MINUS_ONE_WEEK = "2026-02-23"


async def read(
    client: aiohttp.ClientSession, address: str, language: str = "fr", status: int = 200
) -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == status
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip()


def section(page: str, key: str) -> str:
    """The section with that heading."""
    found = re.search(rf'<section[^>]* aria-labelledby="{key}">.*?</section>', page, re.DOTALL)
    assert found, key
    return found[0]


def cells(markup: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", markup, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def drawn(markup: str) -> ET.Element:
    """The chart of a section."""
    found = re.search(r'<svg class="graphe-trace".*?</svg>\s*</div>', markup, re.DOTALL)
    assert found
    return ET.fromstring(f"<div>{found[0]}")


async def test_yesterday_comes_first_by_network(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = await read(client, f"{portal}/indicateurs")
    assert page.index('id="veille"') < page.index("<form") < page.index('id="jours"')
    first = text(section(page, "veille"))
    assert "À l’heure hier, dimanche 1er mars" in first
    # 12,000 calls at 91 %, 8,000 at 78 %, 200 at 55 % and 12 at 50 %.
    assert "TAO Orléans 85 % 20 212 passages, 90 % observés" in first
    assert "Azalys Blois 93 % 3 000 passages" in first
    assert "Pas assez d’observations : 12 passages (il en faut 30)" in first
    requests = [each for each in region.requests if "punctuality" in each and "by=route" in each]
    assert any(f"from={YESTERDAY}&to={YESTERDAY}" in each for each in requests)
    assert any(f"from={MINUS_ONE_WEEK}&to={TODAY}" in each for each in requests)


async def test_no_figure_of_fewer_than_thirty_observations_anywhere(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = section(await read(client, f"{portal}/indicateurs?reseau=tao"), "lignes")
    assert ["Ligne 40", "pas assez d’observations : 12 passages (il en faut 30)"] in [
        row[:2] for row in cells(page)
    ]
    assert "50 %" not in page
    assert "trop peu : 12" in page


async def test_every_chart_has_its_table_definition_and_files(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = await read(client, f"{portal}/indicateurs")
    keys = re.findall(r'class="indicateur" aria-labelledby="(\w+)"', page)
    assert keys == [
        "jours",
        "reseaux",
        "heures",
        "suppressions",
        "regularite",
        "previsions",
        "qualite",
        "offre",
        "verifier",
    ]
    for key in keys[:-1]:
        markup = section(page, key)
        label = re.search(r'role="img" aria-label="([^"]+)"', markup)
        assert label, key
        assert " : " in label[1], "it states what the chart does"
        assert len(cells(markup)) > 1
        assert "Définition de " in markup
        assert 'href="/mobilite/v1/indicators/' in markup
        assert ">CSV<" in markup
        drawn(markup)


async def test_today_is_hatched_and_a_day_of_few_observations_is_empty(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    markup = section(await read(client, f"{portal}/indicateurs"), "jours")
    classes = [each.get("class") for each in drawn(markup).iter("rect")]
    assert classes == ["graphe-plein"] * 6 + ["graphe-inconnu", "graphe-partiel"]
    assert "journée en cours" in markup
    assert cells(markup)[-1][:2] == ["lundi 2 mars", "87 %"]


async def test_a_line_is_chosen_within_its_network(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = await read(client, f"{portal}/indicateurs?reseau=tao&ligne=tao:B&periode=hier")
    assert '<option value="tao:B" selected>B</option>' in page
    assert "Ligne B 78 %" in text(section(page, "veille"))
    assert 'aria-labelledby="lignes"' not in page
    assert any("route=tao%3AB" in each and f"to={YESTERDAY}" in each for each in region.requests)
    # A line of the network chosen before does not stay.
    before = len(region.requests)
    await read(client, f"{portal}/indicateurs?reseau=azalys&ligne=tao:B")
    requested = [each for each in region.requests[before:] if "punctuality" in each]
    assert requested
    assert all("feed=azalys" in each and "route=tao" not in each for each in requested)


async def test_the_hours_of_the_night_are_the_last(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    rows = cells(section(await read(client, f"{portal}/indicateurs"), "heures"))
    assert rows[1][0] == "de 5 h à 6 h"
    assert rows[-1][0] == "de 0 h à 1 h"


async def test_sources_are_named_and_requested_apart(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = await read(client, f"{portal}/indicateurs?mesure=positions")
    assert '<option value="positions" selected>la position des véhicules</option>' in page
    assert all("source=positions" in each for each in region.requests if "punctuality" in each)
    await read(client, f"{portal}/indicateurs?mesure=les-deux", status=400)
    await read(client, f"{portal}/indicateurs?periode=siecle", status=400)
    await read(client, f"{portal}/indicateurs?reseau=inconnu", status=404)


async def test_without_data_the_page_states_when_there_will_be_some(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/indicateurs")
    assert page.count("Les premiers chiffres paraissent quelques minutes après") == 1
    assert page.count("Rien n’a encore été observé sur cette période.") == 1
    assert page.count("Rien d’observé.") == 7
    assert "graphe-trace" not in page
    assert "L’offre n’est pas encore calculée." in page


async def test_planned_runs_of_which_nothing_is_known_draw_nothing_but_cancellations(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.indicators |= {
        "punctuality day": [punctuality(0, None, coverage=0.0, date=TODAY, complete=False)],
        "punctuality route": [punctuality(0, None, coverage=0.0, route="tao:A")],
        "regularity route": [regularity("tao:A", 0, None)],
    }
    page = await read(client, f"{portal}/indicateurs")
    assert page.count("graphe-trace") == 1
    markup = section(page, "suppressions")
    assert "0 course supprimée, sur 200 prévues." in markup
    assert re.findall(r'text-anchor="end">([^<]*)<', markup)[:2] == ["0", "1"]


async def test_before_the_first_complete_day_today_comes_first(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.indicators[f"punctuality route {TODAY}"] = [punctuality(90, 0.8, route="tao:A")]
    first = text(section(await read(client, f"{portal}/indicateurs"), "veille"))
    assert "À l’heure aujourd’hui, jusqu’à maintenant" in first
    assert "Les chiffres d’une journée complète paraissent le lendemain" in first
    assert "TAO Orléans 80 % 90 passages" in first


async def test_frequent_lines_are_named_first_and_those_not_observed_are_counted(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    region.routes["tao"] = [{**route("A"), "short_name": "Tram A"}, route("B"), route("40")]
    region.indicators["regularity route"] += [regularity("tao:40", 0, None)]
    markup = section(await read(client, f"{portal}/indicateurs"), "regularite")
    assert [row[0] for row in cells(markup)[1:]] == [
        "Ligne B, TAO Orléans",
        "Ligne Tram A, TAO Orléans",
    ]
    assert "1 ligne fréquente n’a pas encore été observée." in markup
    assert "1 autre ligne n’est pas fréquente" in markup


async def test_an_unavailable_api_leaves_a_page_that_states_so(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.away = True
    page = await read(client, f"{portal}/indicateurs")
    assert page.count("Ces chiffres ne peuvent pas être affichés pour le moment.") == 9
    assert "<form" in page


async def test_the_page_is_in_english_too(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_indicators(region)
    page = await read(client, f"{portal}/indicateurs", "en")
    assert "On time yesterday, Sunday 1 March" in page
    assert "20,212 departures, 90% observed" in page
    assert any("lang=en" in each for each in region.requests)


async def test_the_open_data_lead_to_the_indicators(
    portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/donnees")
    assert page.count('href="/indicateurs"') == 2, "the text and the footer"
    assert 'href="/mobilite/v1/indicators/passages"' in page
