"""The memory of the complete demo at rest, at each scale, and how long it takes to start.

The demo runs on a free port and a new folder. It is started twice: cold, then warm.
"""

import tempfile
import time
from pathlib import Path

from bench.measuring.options import Options
from bench.measuring.processes import memory_of
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import demo

SETTLE_SECONDS = 15.0
"""From the start to the measurement of the memory."""


def main(options: Options) -> None:
    """Measure every scale; print and save the table."""
    held: dict[int, dict[str, float]] = {}
    notes = ["Megabytes of memory (PSS: shared pages are divided among processes), by program."]
    for scale in options.scales:
        first, second, held[scale] = _measure(scale)
        all_of_it: dict[str, Cell] = {"size": f"{scale}×", "MB": sum(held[scale].values())}
        measured("memory", all_of_it)
        notes.append(
            f"{scale}×: first start {first:.1f} s, second start {second:.1f} s, to the printed "
            f"address; memory {SETTLE_SECONDS:g} s after the second."
        )
    names = dict.fromkeys(name for found in held.values() for name in found)
    rows: list[dict[str, Cell]] = [
        {"program": name, **{f"{scale}×": found.get(name, 0.0) for scale, found in held.items()}}
        for name in names
    ]
    totals = {f"{scale}×": sum(found.values()) for scale, found in held.items()}
    rows.append({"program": "all", **totals})
    Report("memory", "The demo at rest", rows, notes).show()


def _measure(scale: int) -> tuple[float, float, dict[str, float]]:
    """Seconds of the cold and the warm start, and megabytes by program after the warm one."""
    starts: list[float] = []
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            with demo(Path(folder) / "demo", "--scale", str(scale)) as platform:
                starts.append(platform.seconds)
                time.sleep(SETTLE_SECONDS)
                found = {each.name: each.pss for each in memory_of(platform.launcher).values()}
    return starts[0], starts[1], found


if __name__ == "__main__":
    main(Options())
