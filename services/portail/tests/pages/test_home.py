"""The first page: search, what is around, disruptions, networks; each without the others."""

import re

import aiohttp
import pytest
from region_api import Region
from region_data import alert, at, feed, route, source, station, stop


async def read(client: aiohttp.ClientSession, address: str, *, status: int = 200) -> str:
    async with client.get(address) as answer:
        assert answer.status == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return await answer.text()


async def test_a_search_gives_stops_with_their_network_and_lines(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.stops.append(stop("tao:mairie/1", "Mairie"))
    region.routes["tao:gare"] = [route("A"), route("12", None)]
    page = await read(client, f"{portal}/?q=gare")
    assert 'value="gare"' in page
    assert '<a href="/arrets/tao:gare">Gare d’Orléans</a>' in page
    assert "TAO Orléans" in page
    assert '<span class="ligne-nom">12</span>' in page
    assert "Mairie" not in page
    assert 'href="/arrets/tao:mairie%2F1"' in await read(client, f"{portal}/?q=mairie")


async def test_a_result_names_its_modes_in_words(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    modes = ["rail", "tram", "hovercraft"]
    region.stops = [stop(modes=modes), stop("tao:autre", "Gare d'ailleurs", modes=[])]
    page = await read(client, f"{portal}/?q=gare")
    assert '<p class="discret"><span class="moyens">Train, Tram</span> · TAO Orléans</p>' in page
    assert '<p class="discret">TAO Orléans</p>' in page
    async with client.get(f"{portal}/?q=gare", headers={"accept-language": "en"}) as answer:
        assert '<span class="moyens">Train, Tram</span>' in await answer.text()


async def test_two_poles_of_one_name_show_their_direction_with_one_request(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.stops = [
        stop("tao:a", "Parc", towards=["Lac d'Or", "Mairie"]),
        stop("tao:b", "Parc", towards=[]),
        stop("tours:a", "Parc", towards=["Loin"]),
    ]
    page = await read(client, f"{portal}/?q=parc")
    assert re.findall(r'<a href="/arrets/[^>]*>(.*?)</a>', page) == [
        'Parc <span class="vers">vers Lac d’Or, Mairie</span>',
        'Parc <span class="vers">descente seulement</span>',
        "Parc",
    ]
    assert [requests for requests in region.requests if "stops" in requests] == [
        "/stops?q=parc&limit=10"
    ]


async def test_an_unknown_name_suggests_what_to_try(
    portal: str, client: aiohttp.ClientSession
) -> None:
    for name in ("zz", "%21", "+-+"):
        page = await read(client, f"{portal}/?q={name}")
        assert ">Aucun arrêt trouvé<" in page
        assert "Essayez un mot plus court" in page


async def test_nearby_stops_are_requested_at_a_rounded_place_and_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/?lat=47.9078123&lon=1.9054999") as answer:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "à 350 m" in (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
    near = [requests for requests in region.requests if "lat=" in requests]
    assert sorted(near) == [
        "/rental?lat=47.908&lon=1.905&radius=800&limit=6",
        "/stops?lat=47.908&lon=1.905&radius=800&limit=10",
    ]
    await read(client, f"{portal}/?lat=47.9078123&lon=1.9054999")
    assert len([requests for requests in region.requests if "lat=" in requests]) == 4


async def test_nearby_bicycles_show_how_many_and_what_is_unknown(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    types = [{"words": "vélo", "count": 3}, {"words": "vélo électrique", "count": 5}]
    region.rental = [
        station("Antigna", 8, 1, *types),
        station("Royale", 0, 12),
        station("Châtelet", None, None),
    ]
    page = await read(client, f"{portal}/?lat=47.9&lon=1.9")
    offer = "vélo : 3 à louer, vélo électrique : 5 à louer · 1 place pour en rendre un"
    assert offer in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "aucun véhicule disponible · 12 places pour en rendre un" in page
    assert "vers=Antigna&amp;vers_nom=Antigna&amp;vers_lieu=47.9%2C1.9" in page
    assert "disponibilité inconnue" in page
    assert "Royale" not in await read(client, f"{portal}/?q=gare")


async def test_networks_show_since_when_they_are_silent(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds = [
        feed("tao", "TAO", source(trip_updates=2)),
        feed("azalys", "Azalys", source("stale", at("08:41"))),
        feed("filibus", "Filibus", source("stale", at("20:10", "2026-02-27"))),
        feed("remi", "Rémi", source(alerts=3)),
        feed("agglobus", "AggloBus"),
        feed("vitalis", "Vitalis", source("failing")),
    ]
    page = await read(client, f"{portal}/")
    for sentence in (
        '<span class="temoin temoin-live">temps réel</span>',
        "temps réel interrompu depuis 08:41",
        "temps réel interrompu depuis vendredi 27 février à 20:10",
        "perturbations en direct, horaires théoriques",
        "horaires théoriques seulement",
        "temps réel pas encore reçu",
    ):
        assert sentence in page


async def test_disruptions_in_short_lead_to_themselves(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    news = alert("3", "Enquête", severity="INFO", effect="NO_EFFECT")
    region.alerts = [alert("1", "Travaux"), alert("2", "Bientôt", active=False), news]
    page = await read(client, f"{portal}/")
    assert "Travaux" in page
    assert "Enquête" not in page
    assert "déviation" in page
    assert ">Bientôt<" not in page
    assert 'href="/perturbations?quand=now&amp;reseau=tao&amp;annonce=' in page


async def test_a_page_of_results_shows_nothing_else(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    for query in ("q=gare", "q=zz", "lat=47.9&lon=1.9"):
        page = await read(client, f"{portal}/?{query}")
        assert 'id="resultats"' in page
        assert "Perturbations en cours" not in page
        assert 'id="reseaux"' not in page
    assert not any("alerts" in request for request in region.requests)


async def test_the_page_renders_without_its_unavailable_parts(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.away = True
    page = await read(client, f"{portal}/")
    assert "Les perturbations ne peuvent pas être affichées" in page
    assert "L’état des réseaux ne peut pas être affiché" in page
    assert 'name="q"' in page


@pytest.mark.parametrize(
    "query", ["lat=95&lon=1", "lat=47", "lat=x&lon=1", "lat=nan&lon=1", "q=" + "x" * 201]
)
async def test_a_question_that_cannot_be_is_a_page(
    portal: str, client: aiohttp.ClientSession, query: str
) -> None:
    page = await read(client, f"{portal}/?{query}", status=400)
    assert "Cette demande n’a pas été comprise" in page
    assert 'name="q"' in page
    assert "Traceback" not in page
