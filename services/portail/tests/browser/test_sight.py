"""Every page and state under axe-core (WCAG 2.1 A and AA), by day and by night, on small screens
and on the large display. https://github.com/dequelabs/axe-core
"""

from typing import Any

import pytest
from indicators_data import furnish_figures
from line_data import furnish_lines
from region_api import Region
from region_data import (
    GARE,
    alert,
    at,
    board,
    departure,
    emissions,
    fare,
    feed,
    finding,
    followed,
    journey,
    leg,
    leg_end,
    place,
    route,
    schedule,
    silent,
    source,
    stop,
    vehicle,
)

pytest.importorskip("playwright.async_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""A page that breaks one of them fails: a rule that is not run would pass in silence."""
UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true })"
LONG = "La Chapelle-Saint-Mesmin – Les Trois Cailloux Grand Cèdre"
PATHS = (
    "/",
    "/?q=gare",
    "/?q=zzz",
    "/?lat=47.9&lon=1.9",
    "/arrets/tao:gare",
    "/arrets/tao:gare?affichage=borne",
    "/arrets/tao:muet",
    "/arrets/tao:vide",
    "/perturbations",
    "/perturbations?quand=upcoming",
    "/carte",
    "/perturbations?ligne=tao:K2&lieu=parc",
    "/itineraires",
    "/itineraires?de=gare&vers=parc",
    "/itineraires?de=zzz&vers=parc",
    "/itineraires/suivi",
    "/itineraires/rompu",
    "/lignes",
    "/lignes/tao:A",
    "/lignes/tao:2",
    "/courses/tao:1?date=20260302&arret=tao:hopital",
    "/courses/tao:2",
    "/accessibilite",
    "/donnees",
    "/indicateurs",
    "/indicateurs?reseau=tao&periode=mois",
    "/hors-ligne",
    "/arrets/tao:nulle-part",
)


CARRIAGES = [
    {"label": label, "occupancy": occupancy, "occupancy_percentage": None}
    for label, occupancy in zip("ABCDE", ["full", "standing_room_only", *[None] * 3], strict=True)
]

SUMMARY = {"id": "tao:0:1", "header": "Travaux", "severity": "severe", "active": True}


def furnish(region: Region) -> None:
    """One of everything a page can show."""
    rows = [
        departure("1", "09:00", "predicted", wheelchair="yes", platform_code="2"),
        departure("2", "08:58", "predicted", predicted=at("09:03"), delay=300, wheelchair="no"),
        departure("3", "09:05", "cancelled", route=route("K2", "FFD100", type=2)),
        departure("4", "09:07", "skipped", route=route("2", "00A54F"), headsign=LONG),
        departure("5", "09:11", "no_data", route=route("5", "F5F5F5")),
        departure("6", "09:12", route=route("Rémi Express", "7A7A7A"), approximate=True),
        departure("7", "09:15", "stale", route=route("N", None), alerts=["tao:0:1"]),
        departure("8", "09:20", "added", platform_code="B", scheduled_platform_code="A"),
        *(departure(f"x{n}", f"09:{n}", route=route("T", "000000")) for n in range(21, 30)),
        departure("11", "09:30", "skipped", modified=True),
        departure("10", "09:31", "predicted", carriages=CARRIAGES),
        departure("9", "06:10", scheduled=at("06:10", "2026-03-03")),
    ]
    region.boards[GARE] = board(*rows, alerts=[SUMMARY], next="c")
    message = "Temps réel interrompu depuis 08:41 le 02/03 : horaires théoriques."
    muted = silent("stale", message, at("08:41"))
    region.boards["tao:muet"] = board(rows[6], feeds=muted, stop=stop("tao:muet", "Muet"))
    empty = "Aucun départ dans les 7 jours."
    region.boards["tao:vide"] = board(stop=stop("tao:vide", LONG), message=empty)
    region.routes[GARE] = [row["route"] for row in rows]
    region.lines = [route("K2", "FFD100", type=2)]
    region.alerts = [
        alert(
            "1",
            "Travaux",
            informed=[
                {"route": {"id": "tao:K2", "name": "K2"}},
                {"stop": {"id": GARE, "name": LONG}},
            ],
            url="https://e.fr",
            image={"url": "https://e.fr/plan.png", "alternative_text": LONG},
        ),
        alert("2", "Grève", active=False, ambiguous=True, note="On ne sait pas.", severity="info"),
    ]
    region.feeds[0]["schedule"] = schedule(
        finding("stops.txt", "Champs qui ne sont pas lus : stop_access.", 1, "stop_access"),
        finding("stop_times.txt", "Horaires à des arrêts inconnus, écartés.", 2, "x" * 300, "y"),
        outcome="refused",
        problem="Ce n'est pas une archive.",
    )
    region.stops += [stop("tao:parc", "Parc"), stop("tao:parc-2", "Parc des Expositions")]
    furnish_journeys(region)
    furnish_figures(region)
    region.vehicles = [vehicle("1", delay=400), vehicle("2", None, route=None, stale=True)]
    furnish_lines(region)
    region.boards["tao:hopital"] = board(*rows[2:6])
    region.feeds += [
        feed("azalys", "Azalys Blois", source("stale", at("08:41"))),
        feed("filbleu", "Fil Bleu", source(trip_updates=1), source("failing", at("07:12"))),
    ]


def furnish_journeys(region: Region) -> None:
    region.web_push = {"public_key": "BA", "delay": 300}
    region.places = [
        place(GARE, "Gare d'Orléans", type="station"),
        place("hub:parc", "Parc"),
        place("commune:45247", "Parc-sur-Loire", type="commune"),
    ]
    start, end = leg_end(GARE, LONG, "2"), leg_end("tao:parc", "Parc")
    late = {"state": "predicted", "scheduled_departure": at("09:00"), "alerts": ["tao:0:1"]}
    steps = (
        leg("walk", leg_end(None, None), start, "08:55", "09:05"),
        leg("rail", start, end, "09:05", "09:30", route=route("K2", type=2), **late),
        leg("bus", end, end, "09:35", "09:50", route=route("12"), headsign=LONG, state="no_data"),
    )
    region.journeys = {
        "journeys": [
            journey(
                *steps,
                emissions=emissions(420),
                fare=fare(1.8, "EUR", "Ticket 1 h, toutes lignes"),
                reasons=["earliest_arrival", "fewest_transfers", "shortest", "least_walk"],
            ),
            journey(steps[0], emissions=emissions(0, 0, 0), reasons=["least_co2e"]),
            journey(*steps[1:]),
            journey(*steps_to_book()),
        ],
        "walking": {"distance": "streets", "max_walk": 1000},
        "emissions": {"method": "Une phrase.", "factors": "/mobilite/v1/emissions/factors"},
        "alerts": [SUMMARY],
        "next": "c",
        "previous": "d",
    }
    region.followed["suivi"] = followed(journey(*steps), alerts=[SUMMARY])
    region.followed["rompu"] = followed(
        journey(*steps),
        possible=False,
        summary="Le trajet n'est plus possible.",
        changes=[{"type": "cancelled", "leg": 1, "message": f"Supprimé : train K2, de {LONG}."}],
        alternatives=region.journeys,
    )


def steps_to_book() -> tuple[Any, Any]:
    """A rented bicycle, then a ride on demand."""
    middle = leg_end("tao:s2", "Station Médiathèque")
    rental = {"system": "Vélo+", "vehicles_available": 5, "docks_available": 8}
    rental["rental_url"] = "https://velo.example"
    booking = {
        "until": at("12:00", "2026-03-03"),
        "opens": at("09:30"),
        "message": "Dites au conducteur où vous attendez, et si vous voyagez en fauteuil.",
        "phone": "+33 2 61 91 00 02",
        "info_url": "https://remi.example/infos",
        "booking_url": "https://remi.example/reservation",
    }
    ridden = {"distance": 3200, "on_streets": False, "rental": rental}
    line = {"route": route("T1", type=715), "state": "scheduled", "headsign": LONG}
    return (
        leg("shared_bicycle", leg_end("tao:s1", LONG), middle, "09:05", "09:25", **ridden),
        leg("on_demand", middle, leg_end(None, None), "09:30", "09:50", booking=booking, **line),
    )


async def test_no_fault_and_no_sideways_scrolling(
    region: Region, portal: str, browser: Any
) -> None:
    furnish(region)
    # 320 pixels are also what is left of 1280 to who enlarges four times (WCAG 1.4.10).
    page = await browser.new_page(viewport={"width": 320, "height": 640}, locale="fr-FR")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in PATHS:
        await page.goto(portal + path)
        await page.evaluate(UNFOLD)
        found = await axe.Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert len(found.response["passes"]) > 15, path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert errors == []


async def test_colours_are_read_by_night_too(region: Region, portal: str, browser: Any) -> None:
    furnish(region)
    page = await browser.new_page(color_scheme="dark", locale="fr-FR")
    for path in (
        "/?q=gare",
        "/arrets/tao:gare",
        "/perturbations",
        "/itineraires?de=gare&vers=parc",
        "/indicateurs?reseau=tao",
        "/lignes/tao:A",
        "/courses/tao:1",
    ):
        await page.goto(portal + path)
        found = await axe.Axe().run(
            page, options={"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
        )
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert found.response["passes"], "nothing was looked at"


async def test_the_policy_of_the_pages_lets_all_of_them_work(
    region: Region, portal: str, browser: Any
) -> None:
    furnish(region)
    page = await browser.new_page(locale="fr-FR")
    violations: list[str] = []

    def note(message: Any) -> None:
        # A map requests the API, which is not at the address of the pages here.
        foreign = "/mobilite/v1/" in message.location.get("url", "")
        # Without a graphics card, the driver complains of its own slowness.
        if not foreign and "GL Driver Message" not in message.text:
            violations.append(message.text)

    page.on("console", note)
    for path in PATHS[:-1]:
        await page.goto(portal + path)
        fill = page.locator(".ligne rect").first
        if await fill.count():
            assert await fill.evaluate("each => getComputedStyle(each).fill") != "none"
    assert violations == []


@pytest.mark.parametrize(("width", "height", "least"), [(1920, 1080, 8), (1080, 1920, 8)])
async def test_the_large_display_shows_complete_lines_and_the_alert_covers_none(
    region: Region, portal: str, browser: Any, width: int, height: int, least: int
) -> None:
    furnish(region)
    page = await browser.new_page(locale="fr-FR", viewport={"width": width, "height": height})
    await page.goto(f"{portal}/arrets/tao:gare?affichage=borne")
    strip = await page.locator(".bandeau-alertes").bounding_box()
    assert strip["y"] + strip["height"] <= height
    boxes = [await row.bounding_box() for row in await page.locator(".depart").all()]
    seen = [box for box in boxes if box["x"] < width]
    assert len(seen) >= least
    assert all(box["y"] + box["height"] <= strip["y"] for box in seen)
    size = "each => parseFloat(getComputedStyle(each).fontSize)"
    # 15 mm from three metres, on a screen of 53 cm by 30: 4 % of its shorter side.
    assert await page.locator(".destination").first.evaluate(size) >= 0.04 * min(width, height)
    heights = await page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert heights[0] <= heights[1]
