"""What the whole demo holds in memory at rest, and how long its two starts take.

A demo on a free port and a new folder, started twice: cold, then warm. RSS counts shared pages in
every process; PSS shares them out, and adds up to what the machine gives.
"""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Cell, Report
from embedded.ports import free_port

SETTLE = 15.0  # seconds after the start before memory is read


def main() -> None:
    asyncio.run(_measure())


async def _measure() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        starts: list[float] = []
        rows: list[dict[str, Cell]] = []
        for _ in range(2):
            process, seconds = await _start(data)
            starts.append(seconds)
            await asyncio.sleep(SETTLE)
            rows = _processes(process.pid)
            process.send_signal(signal.SIGINT)
            await process.wait()
    total = sum(float(row["PSS MB"]) for row in rows)
    notes = (
        f"First start {starts[0]:.1f} s, second start {starts[1]:.1f} s, to the printed address.",
        f"{len(rows)} processes, {total:.0f} MB in all (PSS), {SETTLE:g} s after the second start.",
    )
    Report("memory", "The demo at rest", rows, notes).show()


async def _start(data: Path) -> tuple[asyncio.subprocess.Process, float]:
    port = str(free_port())
    command = (sys.executable, "-m", "regionlab", "demo", "--port", port, "--data", str(data))
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async for line in process.stdout:
        if f"http://localhost:{port}".encode() in line:
            return process, time.perf_counter() - start
    raise RuntimeError("the demo stopped before it was ready")


def _processes(launcher: int) -> list[dict[str, Cell]]:
    """One row a process; PostgreSQL's own processes make one."""
    found = {launcher, *_descendants(launcher)}
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


def _descendants(pid: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return children + [found for child in children for found in _descendants(child)]


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if "postgres" in Path(words[0].split(":")[0]).name:
        return "postgres"
    if "-m" in words:
        at = words.index("-m") + 1
        return " ".join(word for word in words[at : at + 2] if not word.startswith("-"))
    return words[0]
