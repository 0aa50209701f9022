"""Boards at a constant load: so many requests each second, whether or not the earlier ones are
answered.

For each size, a demo with real time of every operator, and boards of stops of the entire region,
each request another one; directly and through the gateway. A time counts from the instant at which
its request was due, so that a stall of the server delays every request. `at most` is the rate of a
closed loop of 32 connections on the same boards just before.
"""

import json
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import (
    UNVERIFIED_CALLERS,
    Demo,
    demo,
    load_of,
    processor_seconds,
    variable,
)

RATES: Final = (100, 200, 400)
SECONDS: Final = 8.0
STOPS: Final = 200
MOST: Final = 128
"""Connections, for a load at which requests wait for each other."""
_WARM: Final = 5.0
_WORDS: Final = ("gare", "mairie", "eglise", "place", "ecole", "centre", "pont", "hopital")


def main(options: Options) -> None:
    """Print the table."""
    rows: list[dict[str, Cell]] = []
    for scale in options.scales:
        with (
            tempfile.TemporaryDirectory() as folder,
            demo(
                Path(folder) / "demo", "--scale", str(scale), settings=UNVERIFIED_CALLERS
            ) as house,
        ):
            rows += _held(house, scale)
    notes = (
        f"{SECONDS:g} s a row, boards of 20 departures of {STOPS} stops in turn, callers on the "
        "same cores; times from the instant each request was due",
        f"at most: {_WARM:g} s of as many requests as 32 connections can make",
        "CPU: of the process asked, the gateway's own where it stands between",
    )
    Report("held", "Boards at a held load", rows, notes).show()


def _held(house: Demo, scale: int) -> list[dict[str, Cell]]:
    gateway, api = house.process("gateway", "gateway"), house.process("mobilite", "api")
    direct = variable(gateway, "GATEWAY_MOBILITE").rstrip("/")
    targets = [f"/mobilite/v1/stops/{stop}/departures?limit=20" for stop in _stops(direct)]
    rows = []
    for way, address, process in (("direct", direct, api), ("gateway", house.address, gateway)):
        most = load_of(address, targets, seconds=_WARM)
        for rate in RATES:
            before = processor_seconds(process)
            seen = load_of(address, targets, seconds=SECONDS, connections=MOST, rate=rate)
            cpu_time = processor_seconds(process) - before
            row: dict[str, Cell] = {
                "size": f"{scale}×",
                "through": way,
                "asked/s": rate,
                "answered/s": seen["requests"] / seen["seconds"],
                "p50 ms": seen["p50_ms"],
                "p99 ms": seen["p99_ms"],
                "CPU ms each": cpu_time / max(1, seen["requests"]) * 1000,
                "failed": seen["failed"],
                "at most/s": most["requests"] / most["seconds"],
            }
            rows.append(measured("held", row))
    return rows


def _stops(address: str) -> Sequence[str]:
    """Stops whose names people would look for, of every network, the same each time."""
    found: set[str] = set()
    for word in _WORDS:
        with urllib.request.urlopen(f"{address}/mobilite/v1/stops?q={word}&limit=100") as answer:
            found.update(stop["id"] for stop in json.load(answer)["stops"])
    stops = sorted(found)
    return Random(1).sample(stops, min(STOPS, len(stops)))


if __name__ == "__main__":
    main(Options())
