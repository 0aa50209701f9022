"""What each process of a demo is, and what it holds in memory.

RSS counts shared pages in every process; PSS shares them out, and adds up to what the machine
gives (proc(5), smaps_rollup).
"""

from dataclasses import dataclass
from pathlib import Path

from bench.measuring.running import descendants, words_of


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of one program, all its processes together; `pids` shows a restart."""

    name: str
    rss: float
    pss: float
    pids: frozenset[int]


def memory_of(launcher: int) -> dict[str, Memory]:
    """By name, of the launcher and all it started; what ends meanwhile is left out."""
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
    """`mobilite api`, `postgres`…: PostgreSQL's own processes make one, workers one each kind."""
    words = words_of(pid)
    if "postgres" in Path(words[0].split(":")[0]).name:
        return "postgres"
    if "-m" in words:
        at = words.index("-m") + 1
        return " ".join(word for word in words[at : at + 2] if not word.startswith("-"))
    return words[0]
