"""The key of the demo that is measured, which no plan limits: callers here ask more than people do.

Kept in the environment, so that the programs a benchmark starts present it too.
"""

import os
from pathlib import Path
from typing import Final

_VARIABLE: Final = "BENCH_API_KEY"


def take_house_key(data: Path) -> None:
    """Of the demo in that folder, from now on."""
    os.environ[_VARIABLE] = (data / "gateway" / "maison.key").read_text("ascii").strip()


def leave_house_key() -> None:
    """Ask as anybody does, within a plan: for what measures the plans too."""
    os.environ.pop(_VARIABLE, None)


def house_key() -> dict[str, str]:
    """The header with which to ask; none before a demo runs."""
    key = os.environ.get(_VARIABLE)
    return {"X-API-Key": key} if key else {}


def house_key_lines() -> list[str]:
    """The same, as lines of a request."""
    return [f"{name}: {value}" for name, value in house_key().items()]
