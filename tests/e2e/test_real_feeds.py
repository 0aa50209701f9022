"""Feeds that others published, through the launcher's `--feeds` and `--at`."""

import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
from browser_pages import no_fault
from playwright.async_api import expect
from running_demo import Demo, StartDemo

from socle.testing import until

pytestmark = pytest.mark.e2e

HOME, AIRPORT = "-30.0405,-51.219", "-29.985,-51.183"  # in Porto Alegre
REDDING_CAPTURE = "2025-06-08T21:08:10Z"  # five seconds after the capture's header


def _feeds(folder: Path, *feeds: dict[str, object]) -> str:
    lines = []
    for feed in feeds:
        lines.append("[[feed]]")
        lines.extend(f"{name} = {_toml(value)}" for name, value in feed.items())
    path = folder / "feeds.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return '"' + str(value).replace('"', '\\"') + '"'


async def _real_time(demo: Demo) -> dict[str, object]:
    feeds = (await demo.get("/mobilite/v1/feeds"))["feeds"]
    (redding,) = (feed for feed in feeds if feed["id"] == "raba")
    return dict(redding["real_time"][0])


@pytest.mark.deep_only
async def test_networks_of_others_on_the_day_one_of_them_was_captured(
    start_demo: StartDemo, tmp_path: Path, real_feeds: Path, browser: Any
) -> None:
    redding: dict[str, object] = {
        "id": "raba",
        "name": "Redding Area Bus Authority",
        "gtfs": str(real_feeds / "raba.zip"),
        "gtfs_rt": [str(real_feeds / "raba-trip-updates.pb")],
        "licence": "Apache-2.0",
        "attribution": "RABA",
    }
    porto_alegre = {"licence": "MIT", "attribution": "Porto Alegre"}
    buses = {"id": "eptc", "name": "EPTC", "gtfs": str(real_feeds / "poa_eptc.zip")}
    trains = {"id": "trens", "name": "Trensurb", "gtfs": str(real_feeds / "poa_trensurb.zip")}
    feeds = _feeds(tmp_path, redding, buses | porto_alegre, trains | porto_alegre)
    shutil.copyfile(real_feeds / "poa_osm.pbf", tmp_path / "streets.osm.pbf")
    demo = await start_demo("--feeds", feeds, "--at", REDDING_CAPTURE)
    listed = (await demo.get("/mobilite/v1/feeds"))["feeds"]
    assert {feed["id"] for feed in listed} == {"raba", "eptc", "trens"}
    await _nine_trips_match_and_forty_stops_are_skipped(demo)
    await _a_bus_and_a_train_stop_near_one_another(demo)
    await _a_journey_between_two_addresses(demo)
    await _the_same_on_its_page(demo, browser)


async def _nine_trips_match_and_forty_stops_are_skipped(demo: Demo) -> None:
    async def matched() -> bool:
        return (await _real_time(demo))["matched"] == 9

    await until(matched)
    assert (await _real_time(demo))["unmatched"] == 0
    skipped = set()
    for stop in ("3027", "3028", "3029", "3030", "3031", "2501", "2500"):
        path = f"/mobilite/v1/stops/raba:{stop}/departures"
        async with demo.client.get(
            demo.address + path, params={"at": "2025-06-09T05:00:00-07:00", "limit": "100"}
        ) as answer:
            if answer.status == 404:
                continue
            for entry in (await answer.json())["departures"]:
                if entry["state"] == "skipped":
                    skipped.add((stop, entry["trip_id"], entry["scheduled"]))
    assert len(skipped) == 40


async def _a_bus_and_a_train_stop_near_one_another(demo: Demo) -> None:
    near = await demo.get("/mobilite/v1/stops", lat="-30.0262", lon="-51.2282", radius="600")
    assert {stop["id"].partition(":")[0] for stop in near["stops"]} == {"eptc", "trens"}
    # A day of its schedule, six years before the other's.
    board = "/mobilite/v1/stops/trens:MR/departures"
    trains = (await demo.get(board, at="2019-05-13T08:00:00-03:00"))["departures"]
    assert trains
    assert {entry["state"] for entry in trains} == {"scheduled"}


async def _a_journey_between_two_addresses(demo: Demo) -> None:
    query = {"from": HOME, "to": AIRPORT, "at": "2019-05-13T14:00:00-03:00"}

    async def streets_are_read() -> bool:
        answer = await demo.get("/mobilite/v1/journeys", **query)
        return bool(answer["walking"]["distance"] == "streets")

    await until(streets_are_read)
    legs = (await demo.get("/mobilite/v1/journeys", **query))["journeys"][0]["legs"]
    # The extract ends before the airport's station: from there the way is straight.
    assert [(leg["mode"], leg["on_streets"]) for leg in legs] == [
        ("walk", True),
        ("bus", None),
        ("walk", True),
        ("rail", None),
        ("walk", False),
    ]
    assert [leg["from"]["id"] for leg in legs[1::2]] == ["eptc:1630", "trens:RD"]
    along = legs[0]["geometry"]["coordinates"]
    assert along[0] == [-51.219, -30.0405]
    assert len(along) > 10


async def _the_same_on_its_page(demo: Demo, browser: Any) -> None:
    """From the form to the map, in Porto Alegre's time."""
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="fr-FR")
    await page.goto(f"{demo.address}/itineraires")
    await page.get_by_label("Date…").check()
    day = {"Départ": HOME, "Arrivée": AIRPORT, "Date": "2019-05-13", "Heure": "14:00"}
    for field, value in day.items():
        await page.get_by_label(field, exact=True).fill(value)
    await page.get_by_role("button", name="Chercher").click()
    journey = page.locator(".trajet").first
    await expect(journey).to_contain_text("14:07")
    await expect(journey).to_contain_text("LINHA1")
    await journey.get_by_text("Étapes").click()
    await expect(journey).to_contain_text("À pied 480 m")
    await expect(journey).to_contain_text("(à vol d’oiseau")
    await no_fault(page)
    await journey.get_by_role("link", name="Suivre ou imprimer").click()
    await page.get_by_text("Voir la carte").click()
    await expect(page.locator(".carte canvas")).to_be_visible()
    await no_fault(page)
