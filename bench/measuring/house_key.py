"""The API key of the measured demo, which no plan limits: benchmarks send many requests.

Stored in the environment, so that the programs a benchmark starts present it too.
"""

import os
from pathlib import Path
from typing import Final

_VARIABLE: Final = "BENCH_API_KEY"


def take_house_key(data: Path) -> None:
    """Of the demo in that folder, from now on."""
    os.environ[_VARIABLE] = (data / "gateway" / "maison.key").read_text("ascii").strip()


def leave_house_key() -> None:
    """Send requests without the key, within a plan: for benchmarks that include quotas."""
    os.environ.pop(_VARIABLE, None)


def house_key() -> dict[str, str]:
    """The header with the key; empty before a demo runs."""
    key = os.environ.get(_VARIABLE)
    return {"X-API-Key": key} if key else {}


def house_key_lines() -> list[str]:
    """The same, as lines of a request."""
    return [f"{name}: {value}" for name, value in house_key().items()]
