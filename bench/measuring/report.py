"""The report of a benchmark: a table for people, a JSON file for comparison.

The JSON also names the machine and the commit, so that a figure quoted elsewhere can be traced.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one benchmark."""

    name: str
    """The name of its JSON file."""
    title: str
    rows: Sequence[Mapping[str, Cell]]
    """All have the same columns; column names contain the units."""
    notes: Sequence[str] = ()
    """Conditions of the measurement, printed below the table."""

    def show(self) -> None:
        """Print the table and write `bench/results/<name>.json`."""
        print(f"\n{self.title}")
        for line in _table(self.rows):
            print("  " + line)
        for note in self.notes:
            print(f"  – {note}")
        RESULTS.mkdir(exist_ok=True)
        content = {"machine": machine(), "rows": list(self.rows), "notes": list(self.notes)}
        (RESULTS / f"{self.name}.json").write_text(json.dumps(content, indent=1) + "\n")


def measured(name: str, row: dict[str, Cell]) -> dict[str, Cell]:
    """Print the row on standard error now, as tables are printed at the end. Returns the row.

    `name`: of the benchmark.
    """
    text = ", ".join(f"{column.strip()} {_text(cell)}" for column, cell in row.items())
    print(f"{name}: {text}", file=sys.stderr, flush=True)
    return row


def machine() -> dict[str, Cell]:
    """The machine and the commit of the measurement."""
    commit = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "cpus": os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": commit,
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie. Raises IndexError without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _table(rows: Sequence[Mapping[str, Cell]]) -> list[str]:
    if not rows:
        return ["(nothing measured)"]
    columns = list(rows[0])
    cells = [columns, *([_text(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]


def _text(cell: Cell) -> str:
    return (
        f"{cell:,.3g}"
        if isinstance(cell, float) and cell < 100
        else (f"{cell:,.0f}" if isinstance(cell, float) else str(cell))
    )
