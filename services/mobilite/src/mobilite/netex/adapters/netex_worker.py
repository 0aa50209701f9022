"""The program that writes NeTEx: `python -m mobilite.netex.adapters.netex_worker`.

Two million calls take tens of seconds of CPU, which would delay the requests of the serving
process.
"""

from pathlib import Path
from typing import Any, Final

from mobilite.machine.adapters.fork_server import serve_jobs
from mobilite.netex.adapters.netex_file import write_netex
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.adapters.packed_file import BadPackedFile
from socle.errors import Refusal

PROGRAM: Final = "mobilite.netex.adapters.netex_worker"


def write(job: dict[str, Any]) -> dict[str, Any]:
    """Write the NeTEx of a job of `MergedScheduleFolder.make`. Returns `bytes`, its size. Raises
    Refusal("unavailable") if a file cannot be read or written."""
    name, address = job["publisher"]
    try:
        size = write_netex(
            [MergedFeed(**feed) for feed in job["feeds"]],
            Path(job["packed"]),
            Path(job["target"]),
            publisher=(name, address),
        )
    except (OSError, BadPackedFile) as error:
        raise Refusal(
            "unavailable", "L'horaire n'a pas pu être écrit.", reason=str(error)
        ) from error
    return {"bytes": size}


if __name__ == "__main__":
    serve_jobs(write)
