"""The program that computes supply: `python -m mobilite.supply.adapters.supply_worker`.

gtfs-kit and pandas take hundreds of megabytes, and a feed is untrusted: each timetable is computed
in a process of its own under kernel limits.
"""

from pathlib import Path
from typing import Any

from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.supply.adapters.supply_tables import write_supply
from mobilite.timetable.adapters.packed_file import BadPackedFile, open_packed
from socle.errors import Refusal


def compute(job: dict[str, Any]) -> dict[str, Any]:
    """Compute a job of `SupplyProcess`. Returns `route_days`, the number of distinct ones. Raises
    Refusal("unavailable") if a file cannot be read or written."""
    try:
        timetable = open_packed(Path(job["packed"]))
        return {"route_days": write_supply(timetable, Path(job["folder"]), job["sha256"])}
    except (OSError, BadPackedFile) as error:
        raise Refusal(
            "unavailable", "L'offre n'a pas pu être écrite sur le disque.", reason=str(error)
        ) from error


if __name__ == "__main__":
    serve_jobs(compute)
