"""The Grafana dashboard of trials and the alerts, on a Prometheus that reads the demo."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from living_pilots import NOTEBOOK, REMINDERS
from prometheus_server import Prometheus, program, prometheus
from running_demo import REPOSITORY, Demo

from regionlab.launch.prometheus_config import FILE
from socle.testing import until

pytestmark = pytest.mark.e2e

MONITORING: Final = REPOSITORY / "deploy" / "monitoring"
DASHBOARD: Final = MONITORING / "grafana" / "pilotes.json"
PATIENCE: Final = 120.0
"""Seconds: the figures are published once a minute."""
LATER: Final = "pilotes_people"
"""Counted every ten minutes: not yet in a demo that has just started."""


def queries() -> Iterator[tuple[str, str]]:
    """The title of a panel and its query, for every pilot and indicator."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], re.sub(r"\$\w+", ".*", target["expr"])


async def test_every_panel_shows_what_the_api_shows(demo: Demo, tmp_path: Path) -> None:
    demo.client.headers["authorization"] = f"Bearer {await demo.token('coordinator')}"
    async with prometheus(demo.data / FILE, tmp_path) as server:
        await until(lambda: _all_are_read(server), seconds=PATIENCE)
        for late in ("pilotes_level", "rate(pilotes_events_total[5m])"):
            await until(lambda late=late: _has_series(server, late), seconds=PATIENCE)
        for title, query in queries():
            found = await server.series(query)
            assert found or LATER in query, f"{title}: {query}"
        for variable in json.loads(DASHBOARD.read_text())["templating"]["list"][1:]:
            metric, label = re.findall(r"\w+", variable["query"]["query"])[1:]
            assert await server.get(f"label/{label}/values", **{"match[]": metric})
        for pilot in (NOTEBOOK, REMINDERS):
            await _same_figures(demo, server, pilot)


async def _all_are_read(server: Prometheus) -> bool:
    await asyncio.sleep(0.5)
    found = (await server.get("targets"))["activeTargets"]
    return len(found) > 8 and all(each["health"] == "up" for each in found)


async def _has_series(server: Prometheus, query: str) -> bool:
    await asyncio.sleep(0.5)
    return bool(await server.series(query))


async def _same_figures(demo: Demo, server: Prometheus, pilot: str) -> None:
    """What is published of a pilot is in the API's answer."""
    rows = (await demo.get(f"/pilotes/v1/pilots/{pilot}/indicators"))["indicators"]
    disclosed = {(row["indicator"], row["arm"]): row for row in rows}
    for metric, column in (("level", "value"), ("difference", "difference")):
        found = await server.series(f'pilotes_{metric}{{pilot="{pilot}"}}')
        published = {_place(each): float(each["value"][1]) for each in found}
        assert published == {
            place: row[column] for place, row in disclosed.items() if row[column] is not None
        }


def _place(series: dict[str, Any]) -> tuple[str, str]:
    return series["metric"]["indicator"], series["metric"]["arm"]


def test_prometheus_accepts_the_files_of_production() -> None:
    tool = program("promtool")
    for words in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
        path = MONITORING / words[1]
        done = subprocess.run(
            [tool, "check", words[0], str(path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
