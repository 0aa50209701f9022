"""Debian's Prometheus, on a demo's own configuration."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from socle.testing import free_port, until


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    address: str
    client: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> Any:
        """The data of its API's answer."""
        async with self.client.get(f"{self.address}/api/v1/{path}", params=query) as answer:
            body = await answer.json()
        assert body["status"] == "success", body
        return body["data"]

    async def series(self, query: str) -> list[dict[str, Any]]:
        """What a query returns now: `metric` with the labels, `value` with instant and text."""
        found: list[dict[str, Any]] = (await self.get("query", query=query))["result"]
        return found


def program(name: str) -> str:
    """The path of `prometheus` or `promtool`; skips the test without it."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name} (Debian's package prometheus)")
    return path


@asynccontextmanager
async def prometheus(config: Path, folder: Path) -> AsyncIterator[Prometheus]:
    """Run Prometheus with that configuration, but reading every second. `folder`: its files."""
    settings = json.loads(config.read_text())
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (folder / config.name).write_text(json.dumps(settings))
    listen = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        program("prometheus"),
        f"--config.file={folder / config.name}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address={listen}",
        "--log.level=warn",
    )
    try:
        async with aiohttp.ClientSession() as client:
            server = Prometheus(f"http://{listen}", client)

            async def answers() -> bool:
                try:
                    async with client.get(f"{server.address}/-/ready") as answer:
                        return answer.status == 200
                except aiohttp.ClientError:
                    return False

            await until(answers)
            yield server
    finally:
        process.terminate()
        await process.wait()
