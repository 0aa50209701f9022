"""The API key of the measured demo with the plan `house`, which has no limits.

It is stored in an environment variable, so that the programs a benchmark starts send it too.
"""

import os
from pathlib import Path
from typing import Final

_VARIABLE: Final = "BENCH_API_KEY"


def use_house_key(data: Path) -> None:
    """From now on, send the key of the demo whose data is in that folder."""
    os.environ[_VARIABLE] = (data / "gateway" / "maison.key").read_text("ascii").strip()


def stop_using_house_key() -> None:
    """From now on, send requests without the key, so that quotas are measured too."""
    os.environ.pop(_VARIABLE, None)


def house_key() -> dict[str, str]:
    """The header with the key; empty if none is in use."""
    key = os.environ.get(_VARIABLE)
    return {"X-API-Key": key} if key else {}


def house_key_lines() -> list[str]:
    """The header with the key as header lines; empty if none is in use."""
    return [f"{name}: {value}" for name, value in house_key().items()]
