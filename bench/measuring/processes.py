"""The processes of a demo by program, and their memory.

RSS counts shared pages in every process. PSS divides them among the processes, so that the sum is
the memory in use (proc(5), smaps_rollup).
"""

from dataclasses import dataclass
from pathlib import Path

from bench.measuring.running import command_line_of, descendants


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one program, with all its processes."""

    name: str
    rss: float
    """Megabytes."""
    pss: float
    """Megabytes."""
    pids: frozenset[int]
    """Its process ids; they change when it is restarted."""


def memory_of(launcher: int) -> dict[str, Memory]:
    """The memory of a process and its descendants, by program name.

    Processes that end during the measurement are left out.
    """
    found: dict[str, Memory] = {}
    for pid in sorted({launcher, *descendants(launcher)}):
        try:
            name, rss, pss = _name(pid), *_megabytes(pid)
        except (OSError, StopIteration):
            continue
        known = found.get(name) or Memory(name, 0.0, 0.0, frozenset())
        found[name] = Memory(name, known.rss + rss, known.pss + pss, known.pids | {pid})
    return found


def _megabytes(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = (
        next(int(line.split()[1]) for line in lines if line.startswith(field))
        for field in ("Rss:", "Pss:")
    )
    rss, pss = (each / 1024 for each in kilobytes)
    return rss, pss


def _name(pid: int) -> str:
    """The program name: `mobilite api`, `postgres`… All processes of PostgreSQL have one name."""
    words = command_line_of(pid)
    if "postgres" in Path(words[0].split(":")[0]).name:
        return "postgres"
    if "-m" in words:
        at = words.index("-m") + 1
        return " ".join(word for word in words[at : at + 2] if not word.startswith("-"))
    return words[0]
