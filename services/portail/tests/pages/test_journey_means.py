"""The page of journeys: rides to book, bicycles, and a car that is parked."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from region_api import Region
from region_data import GARE, at, journey, leg, leg_end, place, route

MER = leg_end("remi:mer", "Gare de Mer")
TRAIN = leg("rail", MER, leg_end(GARE, "Orléans"), "10:00", "10:30", route=route("K2", type=2))
BOOKING = {
    "until": at("09:10"),
    "opens": None,
    "text": "",
    "message": "Dites où vous attendez.",
    "phone": "+33 2 61 91 00 02",
    "info_url": "https://remi.example/infos",
    "booking_url": "https://remi.example/reservation",
}
PARKING = {
    "capacity": 90,
    "park_and_ride": 90,
    "disabled": 1,
    "free": True,
    "max_height": 190,
    "info": "Ouvert jour et nuit",
    "url": "https://mer.example/pr",
}
WISHES = {"modes", "bikes", "walk_speed", "max_walk", "wheelchair"}
"""Parameters of the API."""


def van(**booking: Any) -> Any:
    line = {"route": route("T1", type=715), "headsign": "Gare de Mer", "state": "scheduled"}
    content = {**BOOKING, **booking}
    return leg("on_demand", leg_end(None, None), MER, "09:30", "09:50", booking=content, **line)


def rented(vehicles: int | None, docks: int | None, **members: Any) -> Any:
    content = {"system": "Vélo+", "vehicles_available": vehicles, "docks_available": docks}
    ends = leg_end("tao:s1", "Station Parc"), leg_end("tao:s2", "Station Gare")
    way = {"distance": 3200, "on_streets": False, "rental": {**content, **members}}
    return leg("shared_bicycle", *ends, "09:05", "09:20", **way)


def driven(**parking: Any) -> Any:
    content = {**PARKING, **parking}
    ends = leg_end(None, None), leg_end("car_park:1", "P+R Gare de Mer")
    return leg("car", *ends, "09:20", "09:50", distance=12400, on_streets=False, parking=content)


async def page_of(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    *legs: Any,
    language: str = "fr",
    query: str = "",
) -> str:
    """The page with one journey of these legs."""
    region.places = [place(GARE, "Gare", type="station"), place("hub:parc", "Parc")]
    rides = sum(each["route"] is not None for each in legs)
    content = journey(*legs, walk=0, transfers=max(0, rides - 1))
    region.journeys = {"journeys": [content], "next": "plus"}
    address = f"{portal}/itineraires?de=gare&vers=parc{query}"
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200, await answer.text()
        text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


async def test_a_ride_on_demand_states_how_to_book_it(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, van(), TRAIN)
    for words in (
        "1 changement · <strong>à réserver avant 09:10</strong>",
        "Transport à la demande vers Gare de Mer",
        "<strong>À réserver avant 09:10.</strong>",
        "<p>Dites où vous attendez.</p>",
        'href="tel:+33261910002">Appeler le +33 2 61 91 00 02</a>',
        'href="https://remi.example/reservation" rel="noreferrer external">Réserver en ligne</a>',
        'href="https://remi.example/infos" rel="noreferrer external">Comment réserver</a>',
        "vers <time datetime=",
    ):
        assert words in page, words
    assert "horaire théorique" not in page
    page = await page_of(region, portal, client, van(), TRAIN, language="en")
    for words in ("book before 09:10", "On-demand transport", "Call +33", "Book online", "around"):
        assert words in page, words


@pytest.mark.parametrize(
    ("until", "opens", "sentence"),
    [
        (at("12:00", "2026-03-03"), None, "À réserver avant demain à 12:00.</strong></p>"),
        (at("12:00", "2026-03-05"), at("08:00"), "avant jeudi 5 mars à 12:00.</strong></p>"),
        (at("12:00"), at("09:30"), "12:00.</strong> Les réservations ouvrent à 09:30.</p>"),
        (
            at("12:00", "2026-03-09"),
            at("07:00", "2026-03-03"),
            "avant lundi 9 mars à 12:00.</strong> Les réservations ouvrent demain à 07:00.</p>",
        ),
    ],
)
async def test_bookings_have_a_day_and_open_later(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    until: str,
    opens: str | None,
    sentence: str,
) -> None:
    assert sentence in await page_of(region, portal, client, van(until=until, opens=opens))


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("02 38 00 00 00", "tel:0238000000"),
        ("+33 (0)2.38-00/00 00", "tel:+33238000000"),
        ("3117", "tel:3117"),
        ("02 38 00 00 00 (poste 3)", None),
        ("02 38 00 00 00 ou 02 38 00 00 01", None),
        ('"><script>', None),
    ],
)
async def test_only_what_is_a_number_can_be_dialled(
    region: Region, portal: str, client: aiohttp.ClientSession, phone: str, address: str | None
) -> None:
    page = await page_of(region, portal, client, van(phone=phone))
    assert re.findall(r'href="(tel:[^"]*)"', page) == ([] if address is None else [address])
    assert ("Téléphone : " in page) == (address is None)


async def test_links_lead_to_sites_alone_and_each_once(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    one = "https://remi.example/r"
    page = await page_of(region, portal, client, van(info_url=one, booking_url=one))
    assert page.count(f'href="{one}"') == 1
    page = await page_of(region, portal, client, van(info_url="javascript:1", booking_url=None))
    assert "javascript:" not in page


async def test_a_place_without_a_stop_has_searches_that_solve_it(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.places = [place(GARE, "Gare", type="station"), place("remi:mer", "Mer", type="stop")]
    line = {**route("T1", type=715), "long_name": "Navette du plateau"}
    booking = {**BOOKING, "until": at("17:00"), "phone": "02 54 11 22 33"}
    region.journeys = {
        "journeys": [],
        "message": "Aucun arrêt à moins de 1000 m.",
        "on_demand": {
            "route": line,
            "agency": "Navette",
            "departure": at("07:00", "2026-03-03"),
            "booking": booking,
        },
    }
    page = await read(client, f"{portal}/itineraires?de=gare&vers=mer")
    assert "Navette du plateau passe demain, à partir de 07:00." in page
    # A later ride can be booked later: the limit is that of the ride that is named.
    assert "Pour partir à 07:00, réservez au plus tard à 17:00." in page
    assert 'href="tel:0254112233">Appeler le 02 54 11 22 33</a>' in page
    (address,) = re.findall(r'href="([^"]+)">Voir les trajets : demain', page)
    assert parse_qs(address)["jour"] + parse_qs(address)["heure"] == ["2026-03-03", "07:00"]
    ways = dict(re.findall(r'href="(/itin[^"]+)">((?:Avec ma|Avec mon|Marcher)[^<]+)', page))
    query = {text: parse_qs(address) for address, text in ways.items()}
    assert query["Avec ma voiture"]["velo"] == ["car"]
    assert query["Avec mon vélo"]["velo"] == ["bicycle"]
    assert query["Marcher jusqu’à 5 km"]["a_pied"] == ["5000"]
    # What the reader chose already is no solution; nor is a bicycle by wheelchair.
    query_string = "de=gare&vers=mer&velo=car&fauteuil=oui"
    page = await read(client, f"{portal}/itineraires?{query_string}")
    assert not re.findall(r">(?:Avec ma|Avec mon|Marcher)", page)


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200, await answer.text()
        text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


async def test_a_way_in_a_station_has_its_steps(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    steps = [{"text": "escalier (24 marches à monter), suivre « Sortie »"}, {"text": "couloir"}]
    way = leg("walk", MER, leg_end(None, None), "10:30", "10:35", steps=steps, distance=0)
    page = await page_of(region, portal, client, TRAIN, way)
    assert "Dans la gare : escalier (24 marches à monter), suivre « Sortie », couloir" in page
    assert "In the station:" in await page_of(region, portal, client, TRAIN, way, language="en")
    assert "Dans la gare" not in await page_of(region, portal, client, TRAIN)


async def test_the_wheelchair_is_a_box_that_stays_checked(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, TRAIN, query="&fauteuil=oui")
    assert '<input type="checkbox" name="fauteuil" value="oui" checked>' in page
    assert "wheelchair=true" in region.requests[-1]
    (later,) = re.findall(r'href="([^"]+)">Plus tard', page)
    assert "fauteuil=oui" in later
    page = await page_of(region, portal, client, TRAIN)
    assert '<input type="checkbox" name="fauteuil" value="oui">' in page
    assert "wheelchair" not in region.requests[-1]


async def test_bicycles_are_named_and_counted(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    own = leg("bicycle", leg_end(None, None), MER, "09:30", "09:50", distance=4100)
    own["on_streets"] = False
    page = await page_of(region, portal, client, own, TRAIN)
    assert "sans changement · 4,1 km à vélo" in page
    assert "À vélo 4,1 km (à vol d’oiseau, × 1,3)" in page
    assert "avec votre vélo" not in page
    page = await page_of(region, portal, client, own, TRAIN, own)
    assert page.count("avec votre vélo") == 1
    page = await page_of(region, portal, client, rented(1, 7, rental_url="https://velo.example"))
    for words in (
        "à vélo en libre-service · 3,2 km à vélo",
        "Station Parc",
        "Vélo+ · 1 vélo au départ, 7 places libres à l’arrivée",
        'href="https://velo.example" rel="noreferrer external">Louer un vélo</a>',
    ):
        assert words in page, words
    page = await page_of(region, portal, client, rented(4, 1), language="en")
    assert "4 bicycles at the start, 1 free dock at the end" in page
    assert "Rent a bicycle" not in page
    scooter = {**rented(1, 7), "mode": "shared_scooter"}
    page = await page_of(region, portal, client, scooter)
    assert "en trottinette en libre-service · 3,2 km en trottinette" in page
    assert "1 trottinette au départ" in page


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("&marche=normale&velo=", {}),
        ("&velo=shared_bicycle", {"modes": "transit,shared_bicycle"}),
        ("&velo=bicycle", {"modes": "transit,bicycle"}),
        ("&velo=car", {"modes": "transit,car"}),
        ("&a_pied=2000", {"max_walk": "2000"}),
        (
            "&velo=aboard&marche=lente",
            {"modes": "transit,bicycle", "bikes": "true", "walk_speed": "3"},
        ),
    ],
)
async def test_wishes_are_searched_for_and_stay_in_addresses(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    query: str,
    sent: dict[str, str],
) -> None:
    page = await page_of(region, portal, client, TRAIN, query=query)
    for value in re.findall(r"=(\w+)", query):
        assert f'<option value="{value}" selected>' in page
    (later,) = re.findall(r'href="([^"]+)">Plus tard', page)
    region.requests.clear()
    async with client.get(portal + later) as answer:
        assert answer.status == 200
    requested = parse_qs(region.requests[-1].partition("?")[2])
    assert {each: requested[each][0] for each in WISHES & requested.keys()} == sent


async def test_stations_of_old_data_have_no_counts(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, rented(None, None))
    assert "· Vélo+</span>" in page
    assert "places libres" not in page


async def test_a_park_and_ride_states_where_to_park(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await page_of(region, portal, client, driven(), TRAIN)
    for words in (
        "sans changement · 12,4 km en voiture",
        "En voiture 12,4 km (à vol d’oiseau, × 1,3)",
        "<strong>Garez-vous au parking relais : gratuit, 90 places, 1 place pour personnes à "
        "mobilité réduite, hauteur limitée à 1,90 m.</strong> Nous ne savons pas s’il y "
        "reste de la place.",
        "<p>Ouvert jour et nuit</p>",
        'href="https://mer.example/pr" rel="noreferrer external">Le site du parking</a>',
        "P+R Gare de Mer",
    ):
        assert words in page, words
    page = await page_of(region, portal, client, driven(), TRAIN, language="en")
    for words in ("12.4 km by car", "Park at the park-and-ride: free of charge, 90 spaces"):
        assert words in page, words
    bare = driven(
        capacity=120,
        park_and_ride=0,
        disabled=None,
        free=None,
        max_height=None,
        info=None,
        url=None,
    )
    page = await page_of(region, portal, client, bare, TRAIN)
    assert "Garez-vous au parking relais : 120 places.</strong>" in page
    unknown = {**bare, "parking": {**bare["parking"], "capacity": None}}
    page = await page_of(region, portal, client, unknown, TRAIN)
    assert "<strong>Garez-vous au parking relais.</strong>" in page


@pytest.mark.parametrize("means", [van(), rented(2, 3), driven()], ids=["van", "rented", "driven"])
async def test_every_journey_can_be_followed(
    region: Region, portal: str, client: aiohttp.ClientSession, means: Any
) -> None:
    page = await page_of(region, portal, client, means)
    assert ">Suivre ou imprimer" in page
