"""Duration and memory of the import of a GTFS schedule, and of opening the packed file.

The import runs in its own process, as the import role does. The peer is gtfs-kit, which reads the
same zip in its own process. A replica opens the packed file when it starts. The supply of the
packed file is computed in its own process too, and its NeTEx is written in one.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measuring.options import Options
from bench.measuring.real_feeds import real_feeds
from bench.measuring.report import Report

_PACK = """
import time; start = time.perf_counter()
from pathlib import Path
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import pack_feed
loaded = time.perf_counter()
version = pack_feed(Path({source!r}), "bench", Path({folder!r}), ArchiveLimits())
extra = dict(sha256=version.sha256, bytes=version.bytes)
"""
_GTFS_KIT = """
import time; start = time.perf_counter()
import gtfs_kit
from pathlib import Path
loaded = time.perf_counter()
gtfs_kit.read_feed(Path({source!r}), dist_units="m")
extra = dict()
"""
_OPEN = """
import resource, time
from pathlib import Path
from mobilite.timetable.adapters.packed_file import open_packed
from mobilite.live.flows import ServingSchedule
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = loaded = time.perf_counter()
serving = ServingSchedule(open_packed(Path({source!r})))
extra = dict(before=before)
"""
_SUPPLY = """
import time; start = time.perf_counter()
from pathlib import Path
from mobilite.supply.adapters.supply_tables import write_supply
from mobilite.timetable.adapters.packed_file import open_packed
loaded = time.perf_counter()
write_supply(open_packed(Path({source!r})), Path({folder!r}) / "supply", "bench")
extra = dict()
"""
_NETEX = """
import time; start = time.perf_counter()
from pathlib import Path
from mobilite.netex.adapters.netex_file import write_netex
from mobilite.open_data.domain.merged_network import MergedFeed
loaded = time.perf_counter()
source = Path({source!r})
feed = MergedFeed("bench", source.stem, "bench", packed_at="2026-01-01T00:00:00+00:00")
target = Path({folder!r}) / "netex.zip"
extra = dict(bytes=write_netex([feed], source.parent, target, publisher=("bench", "")))
"""
_PRINT_USAGE = """
import json, resource
print(json.dumps(dict(load=loaded - start, work=time.perf_counter() - loaded,
    peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, **extra)))
"""


def _measured(program: str, source: Path, folder: Path | None = None) -> dict[str, Any]:
    """Run a program in its own process; returns its measurements by name.

    `load`: seconds to import its libraries; `work`: seconds after that; `peak`: kilobytes; and the
    program's `extra`. If it fails, only `failed`: the last line of its error.
    """
    text = program.format(source=str(source), folder=str(folder)) + _PRINT_USAGE
    done = subprocess.run((sys.executable, "-c", text), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _row(title: str, source: Path, folder: Path) -> dict[str, str | int | float]:
    packed = _measured(_PACK, source, folder)
    peer = _measured(_GTFS_KIT, source)
    file = folder / f"{packed['sha256']}.timetable"
    opened, supply = _measured(_OPEN, file), _measured(_SUPPLY, file, folder)
    netex = _measured(_NETEX, file, folder)
    return {
        "feed": title,
        "import s": packed["work"],
        "libraries s": packed["load"],
        "import peak MB": packed["peak"] / 1024,
        "gtfs-kit read s": peer.get("work", "refused"),
        "file MB": packed["bytes"] / 1e6,
        "open ms": opened["work"] * 1000,
        "open adds MB": (opened["peak"] - opened["before"]) / 1024,
        "supply s": supply["work"],
        "supply peak MB": supply["peak"] / 1024,
        "NeTEx s": netex["work"],
        "NeTEx peak MB": netex["peak"] / 1024,
        "NeTEx zip MB": netex["bytes"] / 1e6,
    }


def main(options: Options) -> None:
    """Measure every real feed; print and save the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(title, path, Path(folder)) for title, path in real_feeds().items()]
    Report(
        "import_gtfs",
        "Import of real schedules",
        rows,
        notes=("gtfs-kit only reads; the import reads, corrects, reports and packs.",),
    ).show()
