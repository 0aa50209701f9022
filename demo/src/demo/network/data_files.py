"""The public facts from which the region is built, as TOML files, which name their sources."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from demo.network.model import Service


@cache
def read(name: str) -> dict[str, Any]:
    """The content of one file of `data/`. `name`: without the suffix."""
    return tomllib.loads((files("demo.network") / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def read_services() -> dict[str, Service]:
    """Every service of the region, by id."""
    return {
        row["id"]: Service(
            id=row["id"],
            weekdays=frozenset(row["days"]),
            holidays=row.get("holidays", "no"),
            school=row.get("school", "any"),
            weeks=frozenset(row.get("weeks", ())),
            not_weeks=frozenset(row.get("not_weeks", ())),
        )
        for row in read("services")["services"]
    }
