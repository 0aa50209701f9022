"""The files of the supply of a timetable: three Parquet tables.

`routes`: a row for each date and route, and one without route for the network. `stops`: a row for
each stop and service. `services`: a row for each date and service that runs.
"""

from pathlib import Path
from typing import Final

FORMAT: Final = 1
"""Part of the names of files: others are computed again."""
TABLES: Final = ("stops", "services", "routes")
"""The routes last: a version is complete once they are there."""


def table_path(folder: Path, sha256: str, table: str) -> Path:
    """The file of a table of a version."""
    return folder / f"{sha256}.{FORMAT}.{table}.parquet"
