"""`python -m gateway` as a program of its own, and its settings."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from joserfc.jwk import ECKey

from gateway.routes.domain.route_table import TABLE

PUBLIC = {"GATEWAY_PUBLIC": "https://platform.example", "GATEWAY_PSEUDONYM_KEY": "k" * 32}


def behind(address: str) -> dict[str, str]:
    """The settings that say every service of the table answers there."""
    return {f"GATEWAY_{service.upper()}": address for service in TABLE.services}


@pytest.fixture
def given(postgres_url: str, tmp_path: Path) -> dict[str, str]:
    """What the program asks for besides addresses."""
    keys = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "test"}
    keys.write_text(json.dumps({"keys": [key]}))
    return PUBLIC | {"GATEWAY_POSTGRES": postgres_url, "GATEWAY_KEYS": str(keys)}


@asynccontextmanager
async def program(**settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("GATEWAY_", "REGIONLAB_"))}
    environment = outside | {"REGIONLAB_KAFKA": "127.0.0.1:9", "REGIONLAB_ENV": "test"} | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def status(client: aiohttp.ClientSession, url: str) -> int:
    try:
        async with client.get(url) as answer:
            return answer.status
    except aiohttp.ClientConnectionError:
        return 0
