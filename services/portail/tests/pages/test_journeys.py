"""The page of journeys: a form, journeys in words, and what is wrong."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from region_api import Region
from region_data import GARE, at, board, emissions, fare, journey, leg, leg_end, place, route, stop

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
    stops=[
        {**leg_end("tao:x", "X"), "state": "predicted"},
        {**leg_end("tao:y", "Y"), "state": "skipped"},
    ],
)
WALK = leg("walk", leg_end(PARC, "Parc"), leg_end(None, None), "09:20", "09:25")


def furnish(region: Region) -> None:
    region.places = [
        place(GARE, "Gare d'Orléans", type="station"),
        place(PARC, "Parc", type="stop"),
        place("commune:45247", "Parc des Sports", type="commune", modes=[]),
    ]
    region.journeys = {"journeys": [journey(TRAM, WALK)], "alerts": [], "next": "plus"}


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200, await answer.text()
        return re.sub(r"\s+", " ", unescape(await answer.text()))


def requested(region: Region) -> dict[str, list[str]]:
    """The last query for journeys."""
    query = next(each for each in reversed(region.requests) if each.startswith("/journeys"))
    return parse_qs(query.partition("?")[2])


async def test_a_name_becomes_a_place_and_a_journey_words(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert requested(region) == {"from": [GARE], "to": [PARC], "lang": ["fr"]}
    for words in (
        "Gare d’Orléans → Parc",
        ">09:05</time>",
        "durée </span>20 min",
        "sans changement · 350 m à pied",
        "retard 5 min",
        "Tram vers Hôpital",
        "quai A1",
        "1 arrêt entre les deux",
        "À pied 350 m",
        'Parc des Sports</a> <span class="discret">Commune<',
    ):
        assert words in page, words


async def test_a_chosen_place_stays_as_long_as_its_name_does(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    chosen = "vers_nom=Parc+des+Sports&vers_lieu=hub:parc&vers="
    await read(client, f"{portal}/itineraires?de=gare&{chosen}Parc+des+Sports")
    assert requested(region)["to"] == ["hub:parc"]
    await read(client, f"{portal}/itineraires?de=parc&{chosen}gare")
    assert requested(region)["to"] == [GARE]


async def test_the_time_of_the_form_and_later_journeys(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    query = "de=gare&vers=parc&sens=arriver&jour=2026-03-29&heure=08:30"
    page = await read(client, f"{portal}/itineraires?{query}")
    assert requested(region)["at"] == ["2026-03-29T08:30:00"]
    assert requested(region)["arrive_by"] == ["true"]
    (later,) = re.findall(r'href="([^"]+)">Plus tard', page)
    await read(client, portal + later)
    assert requested(region)["cursor"] == ["plus"]


async def test_who_stays_aboard_reads_so(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    region.journeys = {"journeys": [journey(TRAM, {**TRAM, "stay_seated": True})]}
    address = f"{portal}/itineraires?de=gare&vers=parc"
    assert plain(await read(client, address)).count("Restez à bord : Tram vers") == 1
    assert "Stay on board: Tram" in await read(client, address, "en")


async def test_a_point_is_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    async with client.get(f"{portal}/itineraires?de=47.9,1.9&vers=parc") as answer:
        assert answer.headers["cache-control"] == "no-store"
    assert requested(region)["from"] == ["47.9,1.9"]


@pytest.mark.parametrize("point", ["47.9,1.9", " -1.5 , 2 "])
async def test_a_point_in_place_of_an_id_is_not_cached_either(
    region: Region, portal: str, client: aiohttp.ClientSession, point: str
) -> None:
    furnish(region)
    for side, other, sent in (("de", "vers", "from"), ("vers", "de", "to")):
        query = {side: "Moi", f"{side}_nom": "Moi", f"{side}_lieu": point, other: "gare"}
        async with client.get(f"{portal}/itineraires", params=query) as answer:
            assert answer.headers["cache-control"] == "no-store"
        assert requested(region)[sent] == [point.replace(" ", "")]


async def test_an_address_is_offered_and_its_page_is_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    home = "address:41018_0870:30"
    found = {"type": "address", "modes": [], "feeds": [], "board": None}
    region.places.append(place(home, "30 Rue Gambetta, 41000 Blois", **found))
    chosen = {"de_nom": "30 Rue Gambetta", "de_lieu": home, "de": "30 Rue Gambetta"}
    for query in ({"de": "30 rue gambetta"}, chosen):
        async with client.get(f"{portal}/itineraires", params={**query, "vers": "parc"}) as answer:
            assert answer.headers["cache-control"] == "no-store"
        assert requested(region)["from"] == [home]


@pytest.mark.parametrize(
    "query", ["de=30+rue+gambetta&heure=25:00", "de=12+rue+x&vers=parc", "de=gare&vers=parc"]
)
async def test_a_page_that_contains_an_address_is_not_cached(
    region: Region, portal: str, client: aiohttp.ClientSession, query: str
) -> None:
    furnish(region)
    found = {"type": "address", "modes": [], "feeds": [], "board": None}
    region.places.append(place("address:41018_0870:30", "30 Rue de la Gare, 41000 Blois", **found))
    async with client.get(f"{portal}/itineraires?{query}") as answer:
        assert answer.headers["cache-control"] == "no-store"


async def test_a_page_of_stops_is_cached_briefly(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    chosen = f"de=Gare&de_nom=Gare&de_lieu={GARE}"
    for query in ("", chosen, f"{chosen}&vers=parc"):
        async with client.get(f"{portal}/itineraires?{query}") as answer:
            assert answer.headers["cache-control"] == "public, max-age=5"


async def test_no_journey_has_a_reason(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    region.journeys = {"journeys": [], "message": "Aucun trajet dans les 24 heures."}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    reason = "Aucun trajet dans les 24 heures."
    # It is read before the form.
    assert page.index(reason) < page.index('name="de"')


async def test_what_is_wrong_is_stated_above_the_form_s_result(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    for query, sentence in (
        ("de=gare&vers=", "Écrivez un départ et une arrivée."),
        ("de=gare&vers=zzz", "Aucun lieu ne s’appelle « zzz »."),
        ("de=gare&vers=%21", "Aucun lieu ne s’appelle « ! »."),
        ("de=gare&vers=gare", "sont le même endroit"),
        ("de=gare&vers=parc&heure=25:99", "Ce jour ou cette heure n’existe pas"),
        ("de=gare&vers=parc&jour=0001-01-01", "Ce jour ou cette heure n’existe pas"),
        ("de=gare&vers=parc&sens=arriver", "Écrivez l’heure à laquelle vous voulez arriver."),
        ("de=x&de_nom=x&de_lieu=tao:inconnu&vers=parc", "Ce trajet ne peut pas être cherché"),
    ):
        page = await read(client, f"{portal}/itineraires?{query}")
        assert sentence in page.replace("\N{NO-BREAK SPACE}", " "), query
        assert page.index('role="alert"') < page.index('name="de"')


async def test_the_page_in_english(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc", "en")
    assert requested(region)["lang"] == ["en"]
    assert "no change · 350 m on foot" in page


ACCESS = " · accès non connu en fauteuil roulant"
METHOD = {"method": "La distance est multipliée.", "factors": "/mobilite/v1/emissions/factors"}


def plain(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ")


def facts(page: str) -> list[str]:
    """The costs of each journey, without tags."""
    found = re.findall(r'<p class="trajet-couts">(.*?)</p>', plain(page))
    return [re.sub(r"<[^>]+>", " ", each).strip() for each in found]


async def test_emissions_are_given_and_the_unknown_is_not_zero(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    known = [
        journey(TRAM, emissions=emissions(1290)),
        journey(TRAM, emissions=emissions(423)),
        journey(TRAM, emissions=emissions(38, nox_mg=1200, pm10_mg=20)),
        journey(WALK, emissions=emissions(0, 0, 0)),
        journey(TRAM),
    ]
    region.journeys = {"journeys": known, "emissions": METHOD}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert facts(page) == [
        f"1,3 kg CO₂{ACCESS}",
        f"420 g CO₂{ACCESS}",
        f"38 g CO₂ · 1 g NOx · 20 mg PM10{ACCESS}",
        f"0 g CO₂ · 0 g NOx · 0 g PM10{ACCESS}",
        f"CO₂ non connu{ACCESS}",
    ]
    assert plain(page).count("(PM10) : non connus là où ils ne sont pas écrits.") == 1
    assert METHOD["method"] in page
    assert f'href="{METHOD["factors"]}"' in page
    region.journeys = {"journeys": [known[2]], "emissions": METHOD}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert "non connus" not in page
    region.journeys = {"journeys": known[:2], "emissions": METHOD}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert "(PM10) : non connus." in plain(page)


async def test_prices_have_their_note_and_one_can_be_unknown(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    priced = journey(TRAM, fare=fare(1.8, "EUR", "Ticket 1 h"))
    region.journeys = {"journeys": [priced, journey(TRAM), journey(WALK)]}
    address = f"{portal}/itineraires?de=gare&vers=parc"
    assert facts(await read(client, address)) == [
        f"1,80 €  · CO₂ non connu{ACCESS}",
        f"prix non connu  · CO₂ non connu{ACCESS}",
        f"CO₂ non connu{ACCESS}",
    ]
    assert "1,80 € : Ticket 1 h – Plein tarif, par personne." in plain(await read(client, address))
    assert "€1.80" in await read(client, address, "en")
    region.journeys = {"journeys": [journey(TRAM)]}
    assert facts(await read(client, address)) == [f"CO₂ non connu{ACCESS}"]


async def test_reasons_are_words_and_the_lowest_emissions_come_first(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    reasons = ["earliest_arrival", "fewest_transfers", "least_co2e", "a_later_one"]
    tram = journey(TRAM, reasons=reasons, emissions=emissions(420))
    for other, least in ((500, "Le moins de CO₂"), (None, "Le moins de CO₂ connu")):
        region.journeys = {"journeys": [tram, journey(WALK, emissions=emissions(other))]}
        page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
        forward = re.findall(r'<p class="trajet-eco"><svg.*?</svg> ([^<]+)</p>', page)
        others = re.findall(r'<li class="raison">([^<]+)', page)
        # What may not be the least is not put forward.
        assert forward == ([] if other is None else [least])
        assert forward + others == [least, "Arrive le plus tôt", "Le moins de changements"]


async def test_distances_on_foot_state_whether_they_follow_streets(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    along = {**WALK, "on_streets": True}
    for distance, ways, sentence, estimated in (
        ("straight × 1.3", [WALK], "sont estimées.", 0),
        ("streets", [WALK], "sont estimées.", 0),
        ("streets", [along], "Les distances à pied suivent les rues.", 0),
        ("streets", [along, WALK], "suivent les rues, sauf là où il est écrit", 1),
        ("streets", [], None, 0),
    ):
        region.journeys = {
            "journeys": [journey(TRAM), *map(journey, ways)],
            "walking": {"distance": distance, "max_walk": 1000},
        }
        page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
        assert (sentence or "Oxydes") in page
        assert ("multipliées par 1,3" in page) == (sentence == "sont estimées.")
        assert ("Les distances à pied" in page) == (sentence is not None)
        assert page.count("(à vol d’oiseau, × 1,3)") == estimated


async def test_a_board_leads_to_the_form_with_its_place(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    hub = "hub:sncf:1"
    region.boards[hub] = board(stop=stop(hub, kind="hub"))
    links = re.findall(
        r'href="(/itineraires\?[^"]+)">Itinéraire', await read(client, f"{portal}/arrets/{hub}")
    )
    assert len(links) == 2
    for address, side, other in zip(links, ("de", "vers"), ("vers", "de"), strict=True):
        page = await read(client, portal + address)
        assert 'role="alert"' not in page
        assert f'name="{side}_lieu" value="{hub}"' in page
        await read(client, f"{portal}{address}&{other}=parc")
        assert requested(region)["from" if side == "de" else "to"] == [hub]


def with_connection(**members: Any) -> dict[str, Any]:
    """The tram after a change."""
    known = {"slack": 200, "probability": 0.62, "observations": 120, "tight": True}
    return {**TRAM, "connection": {**known, "missed_arrival": None, **members}}


@pytest.mark.parametrize(
    ("connection", "french", "english"),
    [
        (
            {"missed_arrival": at("09:50")},
            "Correspondance serrée : 3 minutes, réussie environ 6 fois sur 10 (120 passages "
            "observés). Si vous la manquez, arrivée à 09:50.",
            "Tight connection: 3 minutes, people make it about 6 times out of 10 (120 arrivals "
            "and departures observed). If you miss it, you arrive at 09:50.",
        ),
        (
            {"slack": 59, "probability": 0.04},
            "Correspondance serrée : moins d’une minute, réussie moins d’une fois sur 10 (120 "
            "passages observés).",
            "Tight connection: less than a minute, people make it less than once out of 10 times",
        ),
        (
            {"slack": 60, "probability": None, "observations": 0},
            "Correspondance serrée : 1 minute, et trop peu de passages observés pour dire si elle "
            "réussit.",
            "Tight connection: 1 minute, and too little was observed to tell whether people make",
        ),
        (
            {"slack": -30, "missed_arrival": at("09:50")},
            "Cette correspondance est manquée, d’après les prévisions. Si vous la manquez, "
            "arrivée à 09:50.",
            "This connection is missed, going by the predictions.",
        ),
    ],
)
async def test_a_tight_connection_is_described_before_its_ride(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    connection: dict[str, Any],
    french: str,
    english: str,
) -> None:
    furnish(region)
    region.journeys = {"journeys": [journey(WALK, with_connection(**connection))]}
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    assert french in page.replace("\N{NARROW NO-BREAK SPACE}", " ").replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert english in await read(client, f"{portal}/itineraires?de=gare&vers=parc", "en")


async def test_a_journey_states_the_risk_of_its_connections_together(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    calm = with_connection(tight=False, probability=0.95)
    region.journeys = {
        "journeys": [
            journey(WALK, calm, reasons=["safer_connections"]),
            journey(WALK, with_connection(), with_connection(), reasons=["tight_connection"]),
            journey(WALK, with_connection(probability=None), reasons=["tight_connection"]),
        ]
    }
    page = await read(client, f"{portal}/itineraires?de=gare&vers=parc")
    safe, risky, unknown = page.split('<li class="trajet">')[1:]
    assert "Correspondances plus sûres" in safe
    assert "Correspondance serrée" not in safe
    # 0.62 × 0.62
    assert '<p class="trajet-risque">Correspondance serrée : 4 chances sur 10</p>' in risky
    assert '<p class="trajet-risque">Correspondance serrée</p>' in unknown
