"""The log states that an answer was unusable, and nothing of where anybody goes."""

import aiohttp
import pytest
from region_api import Region
from region_data import GARE, journey, leg, leg_end, place

PARC = "tao:parc"
WALK = leg("walk", leg_end(GARE, "Gare"), leg_end(PARC, "Parc"), "09:20", "09:25")


@pytest.mark.parametrize("is_text", [False, True])
async def test_an_unusable_answer_is_logged_without_where_somebody_goes(
    region: Region,
    portal: str,
    client: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    is_text: bool,
) -> None:
    region.places = [place(GARE, "Gare", type="station"), place(PARC, "Parc", type="stop")]
    caplog.set_level("DEBUG")
    wrong = journey(WALK) | {"departure": "à 47.581234567"}
    region.journeys = (
        "47.581234567" if is_text else {"journeys": [wrong], "alerts": [], "next": None}
    )
    search = f"{portal}/itineraires?de=gare&vers=parc"
    async with client.get(search) as answer:
        assert answer.status == 503
    assert "no usable answer" in caplog.text
    # Longer than the number of a port, which a log can contain.
    assert "581234567" not in caplog.text
