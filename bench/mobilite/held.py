"""Boards at a constant rate of requests, sent whether or not the earlier ones are answered.

For each size: a demo with real time of every operator, and boards of 200 stops in turn, requested
directly and through the gateway. A response time counts from the instant at which the request was
due, so that a stall of the server delays every request. `at most` is the rate of a closed loop of
32 connections on the same boards just before.
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
    cpu_seconds_of,
    demo,
    load_of,
    variable,
)

RATES: Final = (100, 200, 400)
"""Requests per second."""
SECONDS: Final = 8.0
"""Duration of each row's measurement."""
STOPS: Final = 200
CONNECTIONS: Final = 128
"""So many that a due request rarely waits for a free connection."""
_CLOSED_LOOP_SECONDS: Final = 5.0
"""Duration of the measurement of `at most`."""
_SEARCHES: Final = ("gare", "mairie", "eglise", "place", "ecole", "centre", "pont", "hopital")


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    for scale in options.scales:
        with (
            tempfile.TemporaryDirectory() as folder,
            demo(
                Path(folder) / "demo", "--scale", str(scale), settings=UNVERIFIED_CALLERS
            ) as platform,
        ):
            rows += _held(platform, scale)
    notes = (
        f"{SECONDS:g} s a row, boards of 20 departures of {STOPS} stops in turn, callers on the "
        "same cores; times from the instant each request was due",
        f"at most: {_CLOSED_LOOP_SECONDS:g} s of as many requests as 32 connections can make",
        "CPU: of the process that receives the requests: api directly, else the gateway",
    )
    Report("held", "Boards at a held load", rows, notes).show()


def _held(platform: Demo, scale: int) -> list[dict[str, Cell]]:
    gateway, api = platform.process("gateway", "gateway"), platform.process("mobilite", "api")
    direct = variable(gateway, "GATEWAY_MOBILITE").rstrip("/")
    targets = [f"/mobilite/v1/stops/{stop}/departures?limit=20" for stop in _stops(direct)]
    rows = []
    for way, address, process in (("direct", direct, api), ("gateway", platform.address, gateway)):
        most = load_of(address, targets, seconds=_CLOSED_LOOP_SECONDS)
        for rate in RATES:
            before = cpu_seconds_of(process)
            seen = load_of(address, targets, seconds=SECONDS, connections=CONNECTIONS, rate=rate)
            cpu_time = cpu_seconds_of(process) - before
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
    """Ids of stops found by common words, sampled with a fixed seed: the same in every run."""
    found: set[str] = set()
    for word in _SEARCHES:
        with urllib.request.urlopen(f"{address}/mobilite/v1/stops?q={word}&limit=100") as answer:
            found.update(stop["id"] for stop in json.load(answer)["stops"])
    stops = sorted(found)
    return Random(1).sample(stops, min(STOPS, len(stops)))


if __name__ == "__main__":
    main(Options())
