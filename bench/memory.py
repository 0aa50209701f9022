"""What the whole demo holds in memory at rest, and how long its two starts take.

A demo on a free port and a new folder, started twice: cold, then warm.
"""

import tempfile
import time
from pathlib import Path

from bench.processes import memory_of
from bench.report import Cell, Report
from bench.running import demo

SETTLE = 15.0  # seconds after the start before memory is read


def main() -> None:
    starts: list[float] = []
    rows: list[dict[str, Cell]] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            with demo(Path(folder) / "demo") as house:
                starts.append(house.seconds)
                time.sleep(SETTLE)
                rows = _processes(house.launcher)
    total = sum(float(row["PSS MB"]) for row in rows)
    notes = (
        f"First start {starts[0]:.1f} s, second start {starts[1]:.1f} s, to the printed address.",
        f"{len(rows)} processes, {total:.0f} MB in all (PSS), {SETTLE:g} s after the second start.",
    )
    Report("memory", "The demo at rest", rows, notes).show()


def _processes(launcher: int) -> list[dict[str, Cell]]:
    """One row a program."""
    found = memory_of(launcher).values()
    return [{"process": each.name, "RSS MB": each.rss, "PSS MB": each.pss} for each in found]
