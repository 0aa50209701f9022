from typing import Any
from pathlib import Path
from region_api import Region, followed, journey, leg, leg_end, at, route, GARE
from test_sight import furnish, LONG, SUMMARY
OUT = Path("/tmp/refactor/w2")

async def test_shots(region: Region, portal: str, browser: Any) -> None:
    furnish(region)
    region.followed["arrive"] = followed(region.journeys["journeys"][0], status="arrived", whereabouts=None, summary="Arrivée à destination.")
    tram = leg("tram", leg_end(GARE, "Gare d'Orléans", "A1"), leg_end("tao:parc", "Parc des Expositions"), "09:05", "09:20", route=route("A", "D01F3C", type=0), headsign="Hôpital de La Source", state="predicted", scheduled_departure=at("09:02"))
    bus = leg("bus", leg_end("tao:parc", "Parc des Expositions"), leg_end("tao:hop", "Hôpital de La Source"), "09:30", "09:44", route=route("12", "00A54F"), state="no_data", stay_seated=True)
    walk = leg("walk", leg_end("tao:hop", "Hôpital de La Source"), leg_end(None, None), "09:44", "09:49")
    region.followed["mieux"] = followed(
        journey(tram, bus, walk), possible=False,
        summary="Le trajet n'est plus possible. Le meilleur à partir de Gare d'Orléans arrive à 09:45.",
        changes=[{"type": "cancelled", "leg": 0, "message": "Supprimé : tram A de 09:02, de Gare d'Orléans à Parc des Expositions."},
                 {"type": "alert", "leg": 0, "message": "Perturbation, tram A : Travaux sur la ligne A entre Gare d'Orléans et Université jusqu'au 15 mars"}],
        alternatives={"journeys": [journey(bus, walk, id="k"), journey(tram, walk, id="l")], "alerts": []})
    region.followed["retard"] = followed(journey(tram, bus, walk), summary="Le trajet reste possible : arrivée à 09:49.", status="under_way",
        changes=[{"type": "times", "leg": 0, "message": "tram A : départ à 09:05 au lieu de 09:02, arrivée à 09:20 au lieu de 09:17."}])
    for width in (360, 1280):
        page = await browser.new_page(viewport={"width": width, "height": 800}, locale="fr-FR")
        for name, path in (("liste", "/itineraires?de=gare&vers=parc"), ("suivi", "/itineraires/suivi"), ("rompu", "/itineraires/rompu"), ("mieux", "/itineraires/mieux"), ("retard", "/itineraires/retard"), ("arrive", "/itineraires/arrive"), ("gone", "/itineraires/gone")):
            await page.goto(portal + path)
            await page.wait_for_timeout(300)
            await page.screenshot(path=str(OUT / f"{name}-{width}.png"), full_page=True)
