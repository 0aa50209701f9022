"""What leaves around a position, and the short list of departures of one stop."""

import re

import aiohttp
from region_api import Region
from region_data import GARE, at, board, departure, route, station, stop

SPACE = "\N{NO-BREAK SPACE}"


async def read(client: aiohttp.ClientSession, address: str, *, status: int = 200) -> str:
    async with client.get(address) as answer:
        assert answer.status == status
        return (await answer.text()).replace(SPACE, " ")


def furnish(region: Region) -> None:
    """Six stops with a line each, and the board of each."""
    region.stops = [stop(f"tao:{n}", f"Arrêt {n}") for n in range(6)]
    for n in range(6):
        region.routes[f"tao:{n}"] = [route()]
        rows = [departure(str(m), f"09:0{m}", "predicted") for m in range(1, 6)]
        region.boards[f"tao:{n}"] = board(*rows, stop=region.stops[n])


async def test_the_nearest_stops_have_their_next_departures(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    region.rental = [station(f"Station {n}", 2, 3) for n in range(5)]
    fragment = await read(client, f"{portal}/autour?lat=47.9078123&lon=1.9054999")
    assert fragment.count('<li class="arret">') == 4
    assert re.findall(r"data-dans>(\d+ min)<", fragment) == ["1 min", "2 min", "3 min"] * 4
    assert "Station 2" in fragment
    assert "Station 3" not in fragment
    assert 'href="/?lat=47.908&amp;lon=1.905"' in fragment
    page = await read(client, f"{portal}/?lat=47.908&lon=1.905")
    assert page.count('<li class="arret">') == 6 + 5
    assert page.count('class="prochains"') == 4


async def test_a_position_is_rounded_and_its_fragment_stored_nowhere(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    async with client.get(f"{portal}/autour?lat=47.9078123&lon=1.9054999") as answer:
        assert answer.headers["cache-control"] == "no-store"
    assert not any("47.9078" in request for request in region.requests)


async def test_far_from_any_stop_the_reason_is_written(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.stops = []
    fragment = await read(client, f"{portal}/autour?lat=0&lon=0")
    assert "Aucun arrêt à moins de 800 m de cette position." in fragment
    await read(client, f"{portal}/autour?lat=95&lon=0", status=400)


async def test_a_board_that_is_refused_leaves_its_stop_and_the_others(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    del region.boards["tao:1"]
    fragment = await read(client, f"{portal}/autour?lat=47.9&lon=1.9")
    assert fragment.count('<li class="arret">') == 4
    assert fragment.count('class="prochains"') == 3
    assert '<ul class="lignes" aria-label="Lignes">' in fragment


async def test_departures_in_short_have_what_decides(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(
        departure("1", "08:58", "predicted", predicted=at("09:03"), delay=300),
        departure("2", "09:05", "cancelled"),
        departure("3", "06:10", scheduled=at("06:10", "2026-03-03")),
        departure("4", "06:20", scheduled=at("06:20", "2026-03-03")),
    )
    fragment = await read(client, f"{portal}/arrets/tao:gare/prochains")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment)).strip()
    assert words == (
        "Ligne A vers Hôpital 3 min retard 5 min "
        "Ligne A vers Hôpital 09:05 supprimé "
        "Ligne A vers Hôpital 06:10 horaire théorique demain"
    )


async def test_departures_to_book_leave_room_to_the_others(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    vans = [departure(f"v{n}", f"09:0{n}", pickup="phone_agency") for n in range(1, 5)]
    region.boards[GARE] = board(*vans, departure("5", "09:30"), departure("6", "09:40"))
    fragment = await read(client, f"{portal}/arrets/tao:gare/prochains")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment)).strip()
    # What must be booked leaves the room to what just leaves.
    assert words == (
        "Ligne A vers Hôpital 09:01 horaire théorique sur réservation "
        "Ligne A vers Hôpital 09:30 horaire théorique "
        "Ligne A vers Hôpital 09:40 horaire théorique"
    )


async def test_a_stop_without_departures_states_it_and_an_unknown_one_is_refused(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(message="Aucun départ dans les 7 jours.")
    fragment = await read(client, f"{portal}/arrets/tao:gare/prochains")
    assert "Aucun départ dans les 7 jours." in fragment
    await read(client, f"{portal}/arrets/tao:autre/prochains", status=404)
