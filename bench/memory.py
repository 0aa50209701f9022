"""What the whole demo holds in memory at rest, and how long its two starts take.

A demo on a free port and a new folder, started twice: cold, then warm. RSS counts shared pages in
every process; PSS shares them out, and adds up to what the machine gives.
"""

import tempfile
import time
from pathlib import Path

from bench.report import Cell, Report
from bench.running import demo, descendants, words_of

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
    """One row a process; PostgreSQL's own processes make one."""
    found = {launcher, *descendants(launcher)}
    rows: dict[str, dict[str, Cell]] = {}
    for pid in sorted(found):
        name = _name(pid)
        row = rows.setdefault(name, {"process": name, "RSS MB": 0.0, "PSS MB": 0.0})
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        for field in ("Rss", "Pss"):
            kilobytes = next(li for li in rollup.splitlines() if li.startswith(field + ":"))
            row[f"{field.upper()} MB"] = float(row[f"{field.upper()} MB"]) + (
                int(kilobytes.split()[1]) / 1024
            )
    return list(rows.values())


def _name(pid: int) -> str:
    words = words_of(pid)
    if "postgres" in Path(words[0].split(":")[0]).name:
        return "postgres"
    if "-m" in words:
        at = words.index("-m") + 1
        return " ".join(word for word in words[at : at + 2] if not word.startswith("-"))
    return words[0]
