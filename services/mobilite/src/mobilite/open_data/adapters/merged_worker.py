"""The program that writes merged schedules: `python -m
mobilite.open_data.adapters.merged_worker`.

Two million lines take seconds of CPU, which would delay the requests of the serving process.
"""

from pathlib import Path
from typing import Any

from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.open_data.adapters.merged_gtfs import write_merged
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.adapters.packed_file import BadPackedFile
from socle.errors import Refusal


def merge(job: dict[str, Any]) -> dict[str, Any]:
    """Write the merged schedule of a job of `MergedScheduleFolder.make`. Returns `bytes`, its size.
    Raises Refusal("unavailable") if a file cannot be read or written."""
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
