"""Exports as rows of PostgreSQL."""

from typing import Final

import asyncpg

from esante.bulk_data.domain.export_job import ExportFile, ExportJob
from esante.bulk_data.domain.export_request import ExportRequest

JOB_COLUMNS: Final = (
    "id, owner, specification, state, requested, expires, selected, written, failure"
)
FILE_COLUMNS: Final = "number, section, type, resources, bytes, chunks, checksum"
IN_PROGRESS: Final = "state IN ('accepted', 'selected')"


def job_of(row: asyncpg.Record) -> ExportJob:
    """The export of a row with `JOB_COLUMNS`."""
    return ExportJob(
        row["id"],
        row["owner"],
        ExportRequest.of_json(row["specification"]),
        row["state"],
        row["requested"],
        row["expires"],
        row["selected"],
        row["written"],
        row["failure"],
    )


def file_of(row: asyncpg.Record) -> ExportFile:
    """The file of a row with `FILE_COLUMNS`."""
    return ExportFile(*row)
