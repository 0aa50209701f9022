"""Places on the home page, and the completion of its search field."""

import re

import aiohttp
import pytest
from region_api import Region
from region_data import board, departure, place, stop
from region_data import silent as networks_without_real_time

HUB = place("hub:sncf:1", "Gare d'Orléans", commune={"name": "Orléans", "postcodes": ["45000"]})
TOWN = place(
    "commune:45234",
    "Orléans",
    type="commune",
    modes=[],
    feeds=["tao"],
    commune={"name": "Orléans", "postcodes": ["45000", "45100"]},
    board="hub:sncf:1",
)
VILLAGE = {**TOWN, "id": "commune:45146", "name": "La Ferté", "board": None}


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def links(page: str) -> list[tuple[str, str]]:
    """The results: address and text."""
    return re.findall(r'<h3><a href="([^"]+)">([^<]*)', page)


async def test_the_completion_searches_around_the_other_place(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [HUB]
    await read(client, f"{portal}/completion?q=gare&pres=hub:sncf:1")
    assert "near=hub%3Asncf%3A1" in region.requests[-1]
    await read(client, f"{portal}/completion?q=gare")
    assert "near" not in region.requests[-1]


async def test_hubs_and_communes_come_before_the_stops(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [HUB, TOWN, place("tao:gare", "Gare d'Orléans", type="station")]
    page = await read(client, f"{portal}/?q=orl%C3%A9ans")
    assert links(page) == [
        ("/arrets/hub:sncf:1", "Gare d’Orléans"),
        ("/arrets/hub:sncf:1", "Orléans"),
        ("/arrets/tao:gare", "Gare d’Orléans"),
    ]
    assert "Gare et arrêts · Train, Tram · TAO Orléans · secteur Orléans" in page
    assert "Commune · 45000, 45100" in page
    assert "Gares et communes" in page
    assert "1 arrêt" in page


async def test_a_misspelt_name_finds_what_it_resembles(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [place("tao:x", "Halmagrand", type="stop", modes=["bus"])]
    page = await read(client, f"{portal}/?q=almagrand")
    assert links(page) == [("/arrets/tao:x", "Halmagrand")]
    assert "Vouliez-vous dire" in page
    assert "Aucun arrêt trouvé" not in page
    assert "Did you mean" in await read(client, f"{portal}/?q=almagrand", "en")


async def test_a_commune_without_stops_leads_to_the_stops_around_it(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [VILLAGE]
    page = await read(client, f"{portal}/?q=ferte")
    assert links(page) == [("/?lat=47.908&amp;lon=1.905", "La Ferté")]


async def test_the_second_page_of_stops_has_no_places(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [HUB]
    page = await read(client, f"{portal}/?q=gare&suite=x")
    assert links(page) == [("/arrets/tao:gare", "Gare d’Orléans")]
    assert not any("places" in request for request in region.requests)


async def test_the_completion_is_a_list_of_options(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [HUB, {**TOWN, "name": "<b>Orléans</b>"}]
    fragment = await read(client, f"{portal}/completion?q=or")
    assert fragment.count('role="option"') == 2
    assert re.findall(r'data-lieu="([^"]+)"', fragment) == ["hub:sncf:1", "commune:45234"]
    assert re.findall(r'data-adresse="([^"]+)"', fragment) == ["/arrets/hub:sncf:1"] * 2
    assert "Train, Tram" in fragment
    assert "&lt;b&gt;" in fragment
    assert "/places?q=or&limit=7" in region.requests


async def test_an_address_leads_to_the_stops_around_it_and_is_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    found = {"type": "address", "modes": [], "feeds": [], "board": None, "lat": 47.58612}
    region.places = [place("address:41018_0870:30", "30 Rue Gambetta, 41000 Blois", **found)]
    async with client.get(f"{portal}/?q=30+rue+gambetta") as answer:
        assert answer.headers["cache-control"] == "no-store"
        page = await answer.text()
    assert links(page) == [("/?lat=47.586&amp;lon=1.905", "30 Rue Gambetta, 41000 Blois")]
    assert ">Adresses<" in page
    fragment = await read(client, f"{portal}/completion?q=30+rue")
    assert 'data-lieu="address:41018_0870:30"' in fragment
    assert re.findall(r'class="discret">([^<]*)', fragment) == ["Adresse"]


@pytest.mark.parametrize("query", ["", "+-", "gare"])
async def test_a_completion_that_cannot_be_is_empty(
    region: Region, portal: str, client: aiohttp.ClientSession, query: str
) -> None:
    region.away = True
    assert (await read(client, f"{portal}/completion?q={query}")).strip() == ""


@pytest.mark.parametrize("path", ["/completion", "/"])
async def test_a_point_is_neither_searched_by_name_nor_cached(
    region: Region, portal: str, client: aiohttp.ClientSession, path: str
) -> None:
    region.places = [place("tao:x", "47.9, 1.9")]
    async with client.get(portal + path, params={"q": "47.9, 1.9"}) as answer:
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
    assert not any("47.9" in request for request in region.requests)


async def test_the_board_of_a_hub_names_its_networks_and_stops(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    (one,) = networks_without_real_time("none", "Pas de temps réel.", None)
    region.boards["hub:sncf:1"] = board(
        departure("1", "09:03", stop_name="Gare d'Orléans"),
        departure("2", "09:05", stop_name="Gare routière"),
        stop=stop("hub:sncf:1", kind="hub"),
        feeds=[one, {**one, "id": "remi", "name": "Rémi"}],
    )
    page = await read(client, f"{portal}/arrets/hub:sncf:1")
    assert '<span class="discret">TAO Orléans</span>' in page
    assert '<span class="discret">Rémi</span>' in page
    assert re.findall(r'<span class="note">(Gare[^<]*)</span>', page) == ["Gare routière"]
