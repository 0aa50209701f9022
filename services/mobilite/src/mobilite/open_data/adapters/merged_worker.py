"""The program that writes merged schedules: `python -m
mobilite.open_data.adapters.merged_worker`.

Two million lines take seconds of CPU, which must not be those of the process that serves
travellers.
"""

from pathlib import Path
from typing import Any

from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.open_data.adapters.merged_gtfs import write_merged
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.adapters.packed_file import BadPackedFile
from socle.errors import Refusal


def merge(job: dict[str, Any]) -> dict[str, Any]:
    """Write the merged schedule of the job. Raises Refusal("unavailable"): temporary."""
    name, address = job["publisher"]
    try:
        size = write_merged(
            [MergedFeed(**feed) for feed in job["feeds"]],
            Path(job["packed"]),
            Path(job["target"]),
            version=job["version"],
            publisher=(name, address),
        )
    except (OSError, BadPackedFile) as error:
        raise Refusal(
            "unavailable", "L'horaire régional n'a pas pu être écrit.", reason=str(error)
        ) from error
    return {"bytes": size}


if __name__ == "__main__":
    serve_jobs(merge)
