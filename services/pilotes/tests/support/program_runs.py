"""`python -m pilotes` as a process of its own, with the settings it needs."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from socle.testing import free_port


@pytest.fixture
def environment(postgres_url: str, kafka_address: str, tmp_path: Path) -> dict[str, str]:
    """The settings of the program."""
    keys = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "first"}
    keys.write_text(json.dumps({"keys": [key]}))
    return {
        "REGIONLAB_ENV": "test",
        "REGIONLAB_KAFKA": kafka_address,
        "PILOTES_POSTGRES": postgres_url,
        "PILOTES_KEY": "k" * 32,
        "PILOTES_SIGNING_KEYS": str(keys),
        "PILOTES_PUBLIC": "http://localhost:8080",
        "PILOTES_PORT": str(free_port()),
    }


@asynccontextmanager
async def program(*words: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("PILOTES_", "REGIONLAB_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pilotes", *words),
        env=outside | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
