"""The demo's three pilots, as a coordinator sees them while the demo runs."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, Final

from running_demo import Demo

ALERTS, NOTEBOOK, REMINDERS = "alertes-avant-depart", "cahier-de-liaison", "rappels-trafic"
_STATES: Final = {ALERTS: "running", NOTEBOOK: "closed", REMINDERS: "paused"}
_PATIENCE: Final = 600.0  # seconds, an upper bound: the machine does other things


async def three_pilots_live(demo: Demo) -> None:
    """One that is conclusive, one that is not, one that its guardrail paused; and people who go on
    taking part in the first."""
    listed = (await demo.get("/pilotes/v1/pilots"))["pilots"]
    assert _STATES.items() <= {each["id"]: each["state"] for each in listed}.items()
    demo.client.headers["authorization"] = f"Bearer {await demo.token('coordinator')}"
    alerts, notebook, reminders = [
        await demo.get(f"/pilotes/v1/pilots/{name}/indicators") for name in _STATES
    ]
    assert _figure(alerts, "alerte-lue", "prevenu")["verdict"] == "favorable"
    assert _figure(notebook, "ecriture", "partage")["verdict"] == "non concluant"
    # The guard counts all participants, these figures those of complete groups.
    assert _figure(reminders, "rappel-lu", "trafic")["guardrail"] in ("franchi", "non concluant")
    reports = {}
    for name in _STATES:
        address = f"{demo.address}/pilotes/v1/pilots/{name}/report"
        async with demo.client.get(address) as answer:
            assert answer.status == 200
            reports[name] = await answer.text()
            assert "<h1" in reports[name]
    assert re.search(r"A lu un rappel dans la semaine\W+est franchi", reports[REMINDERS])


async def until_people_take_part(data: Path) -> None:
    """Wait until the past of the pilots is rehearsed and their participants have enrolled."""
    codes_file = data / "pilotes" / "participants.json"
    async with asyncio.timeout(_PATIENCE):
        while not codes_file.exists() or not json.loads(codes_file.read_text()):  # noqa: ASYNC110 - a program
            await asyncio.sleep(0.25)


def _figure(results: Any, indicator: str, arm: str) -> Any:
    (row,) = [
        each
        for each in results["indicators"]
        if (each["indicator"], each["arm"]) == (indicator, arm)
    ]
    return row
