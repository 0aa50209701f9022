"""The lists from which the population is drawn, as TOML files."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """The content of one file of `data/`. `name`: without the suffix."""
    return tomllib.loads((files("demo.population") / "data" / f"{name}.toml").read_text("utf-8"))
