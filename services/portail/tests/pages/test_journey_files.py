"""A followed journey for other programs: the calendar file, the map; and what is left of one that
is gone."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from region_api import Region, StartPortal
from region_data import GARE, at, followed, journey, leg_end, tram, walk_from_tram

TRAM = tram(
    headsign="Hôpital, entrée nord; aile B",
    geometry={"type": "LineString", "coordinates": [[1.9, 47.9], [1.91, 47.91], [1.92, 47.92]]},
    stops=[{**leg_end("tao:x", "X"), "state": "predicted"}],
)
WALK = walk_from_tram()
QUERY = {
    "from": leg_end(GARE, "Gare d'Orléans"),
    "to": {**leg_end(None, None), "lat": 47.91, "lon": 1.92},
    "via": [],
    "arrive_by": False,
    "modes": ["car", "transit"],
    "wheelchair": True,
    "bikes": False,
    "max_walk": 1900,
    "walk_speed": 3.0,
}


def lines(body: bytes) -> list[str]:
    """The unfolded lines of a calendar file."""
    assert body.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    return body.decode().replace("\r\n ", "").split("\r\n")[:-1]


async def calendar(portal: str, client: aiohttp.ClientSession, **headers: str) -> list[str]:
    async with client.get(f"{portal}/itineraires/j/agenda.ics", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        return lines(await answer.read())


async def test_a_journey_is_an_event_of_a_calendar(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    found = await calendar(
        portal, client, **{"x-forwarded-proto": "https", "x-forwarded-host": "region.example"}
    )
    for line in (
        "DTSTART;TZID=Europe/Paris:20260302T090500",
        "DTEND;TZID=Europe/Paris:20260302T092500",
        "SUMMARY:Gare d’Orléans → votre destination",
        "LOCATION:Gare d’Orléans",
        "URL:https://region.example/itineraires/j",
        "TRIGGER:-PT15M",
    ):
        assert line in found, line
    assert found[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for name in ("VCALENDAR", "VTIMEZONE", "VEVENT", "VALARM"):
        assert (found.count(f"BEGIN:{name}"), found.count(f"END:{name}")) == (1, 1)
    (description,) = [each for each in found if each.startswith("DESCRIPTION:Tout")]
    assert "\\n09:05 Gare d’Orléans (quai\N{NO-BREAK SPACE}A1)\\n" in description
    assert "Tram A vers Hôpital\\, entrée nord\\; aile B" in description


async def test_the_rules_of_the_time_zone_are_in_the_file(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    found = "\n".join(await calendar(portal, client))
    assert (
        "BEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "TZNAME:CEST\nEND:DAYLIGHT"
    ) in found
    assert "BEGIN:STANDARD\nDTSTART:20251026T030000\nTZOFFSETFROM:+0200" in found


async def test_elsewhere_its_times_are_in_utc(
    region: Region, start_portal: StartPortal, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    portal = await start_portal(region.address, zone="America/Sao_Paulo")
    found = await calendar(portal, client)
    assert "DTSTART:20260302T080500Z" in found
    assert "BEGIN:VTIMEZONE" not in found


async def test_a_journey_is_geojson_for_a_map(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK))
    async with client.get(f"{portal}/itineraires/j/trace.geojson") as answer:
        assert answer.headers["content-type"] == "application/geo+json"
        content: Any = await answer.json(content_type=None)
    features = content["features"]
    shapes = [each for each in features if each["geometry"]["type"] == "LineString"]
    assert [each["properties"] for each in shapes] == [
        {"kind": "ride", "color": "E2001A"},
        {"kind": "walk"},
    ]
    assert len(shapes[0]["geometry"]["coordinates"]) == 3
    points = [e["properties"] for e in features if e["geometry"]["type"] == "Point"]
    assert [(each["kind"], each["name"]) for each in points] == [
        ("stop", "X"),
        ("start", "Gare d’Orléans"),
        ("change", "Parc"),
        ("end", "votre destination"),
    ]
    assert points[1]["address"] == f"/arrets/{GARE}"


async def test_the_page_leads_to_its_files_and_to_the_next_journeys(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"], region.queries["j"] = followed(journey(TRAM, WALK)), QUERY
    later = {**TRAM, "departure": at("09:35"), "arrival": at("09:50")}
    region.journeys = {"journeys": [journey(TRAM), journey(later, id="k")], "alerts": []}
    async with client.get(f"{portal}/itineraires/j") as answer:
        page = re.sub(r"\s+", " ", unescape(await answer.text()))
    assert 'href="/itineraires/j/agenda.ics"' in page
    assert '<li hidden><button type="button" class="bouton-leger" id="imprimer">' in page
    assert '<a id="lien" href="/itineraires/j">' in page
    after = page.partition("Si vous le manquez")[2]
    assert re.findall(r'href="(/itineraires/\w+)">([^<]+)', after) == [
        ("/itineraires/k", "09:35 → 09:50")
    ]
    query = parse_qs(next(e for e in region.requests if e.startswith("/journeys?"))[10:])
    assert query["at"] == [at("09:06")]
    assert (query["wheelchair"], query["walk_speed"], query["max_walk"]) == (
        ["true"], ["3.0"], ["1900"],
    )  # fmt: skip
    assert query["modes"] == ["transit,car"]


def again(page: str) -> dict[str, list[str]]:
    """The search that the page offers."""
    (address,) = re.findall(r'<a class="bouton" href="([^"]+)">Chercher ce trajet à partir', page)
    return parse_qs(urlsplit(address).query)


@pytest.mark.parametrize("journey_id", ["gone", "nowhere"])
async def test_a_journey_that_is_gone_can_be_searched_again(
    region: Region, portal: str, client: aiohttp.ClientSession, journey_id: str
) -> None:
    region.queries[journey_id] = {**QUERY, "to": leg_end("tao:parc", "Parc")}
    async with client.get(f"{portal}/itineraires/{journey_id}") as answer:
        assert answer.status in (404, 410)
        page = unescape(await answer.text())
    assert "Gare d’Orléans → Parc</h1>" in page
    query = again(page)
    assert (query["de_lieu"], query["vers_lieu"]) == ([GARE], ["tao:parc"])
    assert (query["fauteuil"], query["marche"]) == (["oui"], ["lente"])
    assert (query["a_pied"], query["velo"]) == (["2000"], ["car"])
    assert not {"jour", "heure"} & query.keys()


async def test_a_broken_journey_can_be_searched_again_and_so_can_one_from_a_point(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.followed["j"] = followed(journey(TRAM, WALK), possible=False, summary="Fini.")
    region.queries["j"] = QUERY
    async with client.get(f"{portal}/itineraires/j") as answer:
        query = again(unescape(await answer.text()))
    assert (query["de"], query["vers"]) == (["Gare d'Orléans"], ["47.91,1.92"])
    async with client.get(f"{portal}/itineraires/j/flux") as answer:
        stream = unescape((await answer.content.readuntil(b"\n\n")).decode())
        stream += unescape((await answer.content.readuntil(b"\n\n")).decode())
    assert again(stream) == query


async def test_a_place_that_is_gone_is_left_empty(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lost = {"id": "tao:perdu", "name": None, "lat": None, "lon": None, "platform": None}
    region.queries["gone"] = {**QUERY, "from": lost}
    async with client.get(f"{portal}/itineraires/gone") as answer:
        query = again(unescape(await answer.text()))
    assert "de" not in query
    assert query["vers"] == ["47.91,1.92"]
