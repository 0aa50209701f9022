"""The page of a followed journey, its stream, and the link that leads to it."""

import re
from html import unescape
from typing import Any

import aiohttp
import pytest
from event_listener import Listener
from region_api import Region, StartPortal
from region_data import GARE, at, followed, journey, tram, walk_from_tram

from portail.api.pages.itineraires import followed as followed_page
from socle.testing import until

TRAM = tram(
    headsign="Hôpital",
)
WALK = walk_from_tram()
CANCELLED = {"type": "cancelled", "leg": 0, "message": "Supprimé : tram A de 09:05."}
BROKEN = "Le trajet n'est plus possible. Le meilleur à partir de Gare arrive à 09:45."


def broken() -> dict[str, Any]:
    later = {**TRAM, "departure": at("09:25"), "arrival": at("09:40")}
    return followed(
        journey(TRAM, WALK),
        possible=False,
        summary=BROKEN,
        changes=[CANCELLED],
        alternatives={"journeys": [journey(later, WALK, id="k")], "alerts": []},
    )


async def read(
    client: aiohttp.ClientSession, address: str, status: int = 200, cache: str = "no-store"
) -> str:
    async with client.get(address) as answer:
        assert answer.status == status, await answer.text()
        assert cache in answer.headers["cache-control"]
        text = re.sub(r"\s+", " ", unescape(await answer.text()))
        return text.replace("\N{NO-BREAK SPACE}", " ")


async def test_a_found_journey_leads_to_its_page(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.journeys = {"journeys": [journey(TRAM, WALK, id="a_-9")], "alerts": []}
    query = f"de=Gare&de_nom=Gare&de_lieu={GARE}&vers=47.9,1.9"
    page = await read(client, f"{portal}/itineraires?{query}")
    assert 'href="/itineraires/a_-9">Suivre ou imprimer' in page


async def test_a_journey_that_goes_to_plan(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    page = await read(client, f"{portal}/itineraires/j")
    for words in (
        ">Gare d’Orléans → votre destination</h1>",
        "Tout se passe comme prévu : arrivée à 09:25.",
        "Tram vers Hôpital",
        'data-flux="/itineraires/j/flux"',
        "État connu à 09:00.",
    ):
        assert words in page, words
    assert "Le trajet prévu" not in page


async def test_it_states_how_distances_and_emissions_are_found(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    found = {
        "walking": {"distance": "straight × 1.3"},
        "emissions": {"method": "Une phrase.", "factors": "/mobilite/v1/emissions/factors"},
    }
    region.followed["j"] = followed(journey(TRAM, WALK), **found)
    region.followed["k"] = {
        **broken(),
        "alternatives": {"journeys": [journey(TRAM, WALK)], **found},
    }
    for journey_id in "jk":
        page = await read(client, f"{portal}/itineraires/{journey_id}")
        assert page.count("Les distances à pied sont estimées.") == 1
        assert page.count('Une phrase. <a href="/mobilite/v1/emissions/factors">') == 1


async def test_a_broken_journey_has_better_ones(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = broken()
    page = await read(client, f"{portal}/itineraires/j")
    for words in (
        "Le trajet n’est plus possible.",
        "<li>Supprimé : tram A de 09:05.</li>",
        "À prendre à la place, depuis Gare d’Orléans",
        'href="/itineraires/k">Prendre et suivre celui-ci',
        "Le trajet prévu",
    ):
        assert words in page, words


async def test_a_booked_journey_has_others_for_those_without_a_booking(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    state = {**broken(), "possible": True}
    # The journey itself is offered to nobody without a booking.
    state["alternatives"]["journeys"].insert(0, journey(TRAM, WALK, id="same"))
    region.followed["j"] = state
    page = await read(client, f"{portal}/itineraires/j")
    assert "/itineraires/same" not in page
    assert "Si vous n’avez pas réservé : depuis Gare d’Orléans" in page
    assert 'href="/itineraires/k">Prendre et suivre celui-ci' in page


async def test_a_journey_that_is_over_is_not_live(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    arrived = followed(journey(TRAM, WALK), status="arrived", whereabouts=None, summary="Arrivée.")
    region.followed["j"] = arrived
    assert "/itineraires/j/flux" not in await read(client, f"{portal}/itineraires/j")


async def test_without_a_key_no_notifications_are_offered(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    assert 'id="prevenir"' not in await read(client, f"{portal}/itineraires/j")


async def test_an_offer_states_what_is_notified_and_stored(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.followed["j"] = followed(journey(TRAM, WALK))
    page = await read(client, f"{portal}/itineraires/j")
    for words in (
        'data-cle="BPublic"',
        'data-adresse="/mobilite/v1/journeys/j/subscriptions"',
        'aria-describedby="prevenir-de">Me prévenir</button>',
        "a 5 minutes de retard ou plus",
        "est gardée jusqu’à l’arrivée, puis effacée.",
    ):
        assert words in page, words
    # Only a script can offer it.
    assert re.search(r'<section class="prevenir"[^>]* hidden>', page)
    arrived = followed(journey(TRAM, WALK), status="arrived", whereabouts=None, summary="Arrivée.")
    region.followed["j"] = arrived
    assert 'id="prevenir"' not in await read(client, f"{portal}/itineraires/j")


async def test_the_service_worker_is_of_the_complete_site(
    portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/service-worker.js") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "max-age=60" in answer.headers["cache-control"]


async def test_an_unknown_journey_is_a_page_with_a_way_on(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    for journey_id, status, sentence in (
        ("gone", 410, "Ce trajet est terminé."),
        ("nowhere", 404, "Ce trajet n’existe plus : les horaires ont changé"),
    ):
        page = await read(client, f"{portal}/itineraires/{journey_id}", status)
        assert sentence in page
        assert 'href="/itineraires"' in page
        assert "à partir de maintenant" not in page


async def test_the_stream_has_the_fragment_of_the_page_and_ends_at_the_destination(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    async with client.get(f"{portal}/itineraires/j/flux") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        listener = Listener(answer)
        name, fragment = await listener.next()
        assert name == "tableau"
        async with client.get(f"{portal}/itineraires/j") as page:
            assert set(fragment.splitlines()) <= set((await page.text()).splitlines())
        region.change_journey(broken())
        name, fragment = await listener.next()
        assert (name, "Prendre et suivre celui-ci" in fragment) == ("tableau", True)
        name, sentences = await listener.next()
        assert name == "annonce"
        assert sentences.replace("\N{NO-BREAK SPACE}", " ").endswith("Supprimé : tram A de 09:05.")
        region.change_journey(followed(journey(TRAM, WALK), status="arrived", whereabouts=None))
        assert [(await listener.next())[0] for _ in range(3)] == ["tableau", "annonce", "fin"]
        assert await answer.content.read() == b""


async def test_the_stream_of_an_unknown_journey_ends(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/itineraires/nowhere/flux") as answer:
        assert (await answer.content.read()).startswith(b"retry: ")


async def test_no_more_journeys_are_followed_than_there_are_streams(
    region: Region,
    start_portal: StartPortal,
    client: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Boards have the same connections to the API: journeys must not use up theirs."""
    monkeypatch.setattr(followed_page, "MAX_FOLLOWED", 1)
    portal = await start_portal(region.address)
    region.followed["j"] = followed(journey(TRAM, WALK))

    async def is_followed() -> bool:
        async with client.get(f"{portal}/itineraires/j/flux") as answer:
            await answer.content.readuntil(b"\n\n")
            return bool(await answer.content.readline())

    async with client.get(f"{portal}/itineraires/j/flux") as first:
        await Listener(first).next()
        assert not await is_followed()
    await until(is_followed)
