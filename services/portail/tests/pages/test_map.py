"""The map page without scripts: a list of vehicles, by network and line, and why others miss."""

import re

import aiohttp
from region_api import Region, StartPortal
from region_data import at, feed, route, source, station, vehicle


async def read(client: aiohttp.ClientSession, address: str, *, status: int = 200) -> str:
    async with client.get(address) as answer:
        assert answer.status == status
        page = await answer.text()
    text = re.sub(r"<[^>]+>", " ", page.partition('id="carte-liste"')[2])
    return " ".join(text.split())


async def test_the_list_has_each_vehicle_with_its_delay_and_its_stop(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.vehicles = [
        vehicle("1", "t1", delay=245),
        vehicle("2", "t2", delay=None, status="stopped_at", headsign="Parc"),
        vehicle("3", None, route=None, stop=None, headsign=None),
        vehicle("4", "t4", stale=True, measured_at=at("08:56"), headsign="Vieux"),
    ]
    text = await read(client, f"{portal}/carte")
    assert "4 véhicules en ce moment" in text
    assert "vers Hôpital retard 4 min · prochain arrêt : Gare d’Orléans · vu il y a 30 s" in text
    assert "vers Parc horaire théorique · à l’arrêt Gare d’Orléans" in text
    assert "Sans ligne connue Rame 3 course non connue · vu il y a 30 s" in text
    assert "position d’il y a 4 min : il est sûrement ailleurs" in text


async def test_a_vehicle_leads_to_its_run(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.vehicles = [vehicle("1", "a/1", start_time="08:10:00")]
    async with client.get(f"{portal}/carte") as answer:
        page = await answer.text()
    assert 'href="/courses/tao:a%2F1?date=20260302&amp;depart=08:10:00&amp;ligne=tao:A"' in page


async def test_network_mode_and_line_choose(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds.append(feed("remi", "Cars Rémi"))
    coach = route("2", id="remi:2", type=200)
    region.vehicles = [
        vehicle("1", headsign="Tram"),
        vehicle("2", headsign="Bus", route=route("B", type=3)),
        vehicle("3", headsign="Car", feed="remi", route=coach),
    ]
    assert "vers Bus" in await read(client, f"{portal}/carte?mode=bus")
    trams = await read(client, f"{portal}/carte?mode=tram")
    assert "vers Tram" in trams
    assert "vers Bus" not in trams
    coaches = await read(client, f"{portal}/carte?reseau=remi")
    assert "1 véhicule en ce moment" in coaches
    assert "vers Car" in coaches
    line = await read(client, f"{portal}/carte?reseau=tao&ligne=tao:B")
    assert "vers Bus" in line
    assert "vers Tram" not in line
    # The other lines and networks were not looked at.
    assert "Aucun véhicule vu" not in line
    # What is no mode is no filter.
    assert "3 véhicules" in await read(client, f"{portal}/carte?mode=zeppelin")


async def test_a_network_without_vehicles_states_the_reason(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    positions = {"carries": ["vehicle_positions"]}
    region.feeds = [
        feed("muet", "Muet", source(trip_updates=1)),
        feed("nuit", "Nuit", {**source(), **positions}),
        feed("coupe", "Coupé", {**source("stale", at("08:20")), **positions}),
    ]
    text = await read(client, f"{portal}/carte")
    assert "Aucun véhicule ne donne sa position pour ce choix." in text
    assert "Muet Ce réseau ne publie pas la position de ses véhicules." in text
    assert "Nuit Aucun véhicule vu dans les cinq dernières minutes." in text
    assert "Coupé Ce réseau n’a pas publié de position depuis 40 min." in text


async def test_bicycles_are_listed_with_their_number(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.rental = [station("Place d'Arc", 1, 12)]
    text = await read(client, f"{portal}/carte")
    assert "1 endroit où louer" in text
    assert "1 véhicule disponible · 12 places libres" in text
    async with client.get(f"{portal}/carte") as answer:
        page = await answer.text()
    assert '<ul class="carte-absents" id="velos">' in page
    assert 'href="/itineraires?vers=Place+d%27Arc&amp;vers_nom=Place+d%27Arc' in page
    assert "vers_lieu=47.9%2C1.9" in page


async def test_the_fragment_is_the_list_alone(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.vehicles = [vehicle("1")]
    async with client.get(f"{portal}/carte/liste") as answer:
        fragment = await answer.text()
    assert "<html" not in fragment
    assert "vers Hôpital" in fragment


async def test_the_library_is_no_part_of_the_first_load(
    portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/carte") as answer:
        page = await answer.text()
        policy = answer.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', page)
    assert not [each for each in loaded if "maplibre" in each or "carte-dessin" in each]
    assert "blob:" not in policy
    assert "data:" not in policy
    assert "unsafe" not in policy


async def test_who_sends_other_tiles_is_named_and_contacted_by_pages_with_a_map_alone(
    region: Region, start_portal: StartPortal, client: aiohttp.ClientSession
) -> None:
    tiles = "https://fond.exemple.fr/{z}/{x}/{y}.png"
    portal = await start_portal(region.address, tiles=tiles)
    for path, has_map in (("/carte", True), ("/vie-privee", False)):
        async with client.get(portal + path) as answer:
            page = (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
            policy = answer.headers["content-security-policy"]
        assert ("https://fond.exemple.fr" in policy) == has_map
        assert "Le fond de carte vient de fond.exemple.fr, qui voit la zone affichée" in page
        assert "rien qui vienne" not in page
