"""The places of disruptions over HTTP: the stops that alerts name."""

from pathlib import Path

import aiohttp
from region import small_region

from socle.testing import ServeApp

ALERT = """entity { id: "q" alert {
  informed_entity { stop_id: "gare" } informed_entity { stop_id: "nulle-part" }
  informed_entity { route_id: "2" stop_id: "gare" }
  effect: STOP_MOVED severity_level: SEVERE
  header_text { translation { text: "Quai fermé" language: "fr" }
    translation { text: "Platform closed" language: "en" } } } }"""


async def test_alerts_have_the_places_of_the_stops_that_they_name(
    tmp_path: Path, serve_app: ServeApp
) -> None:
    region = small_region(tmp_path)
    region.city.publish(ALERT, "remi")
    address = await serve_app(region.app())
    async with (
        aiohttp.ClientSession(f"{address}/mobilite/v1/") as session,
        session.get("alerts.geojson", headers={"accept-language": "en"}) as answer,
    ):
        assert answer.content_type == "application/geo+json"
        found = await answer.json()
    (place,) = found["features"]
    assert place["geometry"] == {"type": "Point", "coordinates": [1.906, 47.908]}
    assert place["properties"] == {
        "id": "remi:0:q",
        "header": "Platform closed",
        "language": "en",
        "severity": "SEVERE",
        "effect": "STOP_MOVED",
        "stop_id": "remi:gare",
        "stop_name": "Orléans, gare routière",
    }
