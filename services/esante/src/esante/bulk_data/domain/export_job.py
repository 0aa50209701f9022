"""The state of an export, its files, and the manifest.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from esante.bulk_data.domain.export_request import ExportRequest
from esante.core.domain.resource import format_instant

State = Literal["accepted", "selected", "completed", "failed"]
"""`accepted`: nothing is selected yet. `selected`: its files are being written."""
Section = Literal["output", "deleted"]

_FILE: Final = re.compile(r"([A-Za-z]{1,64})-([1-9][0-9]{0,8})\.ndjson", re.ASCII)
_FIRST_WAIT: Final = 1
_LONGEST_WAIT: Final = 10


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One NDJSON file."""

    number: int
    """From 1."""
    section: Section
    type: str
    resources: int
    """Its lines."""
    bytes: int
    """Its uncompressed size."""
    chunks: int
    checksum: int
    """CRC-32 of its bytes."""

    @property
    def name(self) -> str:
        """The last segment of its address."""
        return f"{self.type}-{self.number}.ndjson"


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export that was requested, neither cancelled nor expired."""

    id: str
    owner: str
    """The client and the account that requested it."""
    request: ExportRequest
    state: State
    requested: datetime
    """The `transactionTime`, in whole milliseconds."""
    expires: datetime
    selected: int = 0
    """The resources that it contains."""
    written: int = 0
    """Those that are in its files."""
    failure: str | None = None
    """A French sentence."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is written."""
        return self.state in ("completed", "failed")

    @property
    def progress(self) -> str:
        """`X-Progress`: a few words of ASCII."""
        if self.state == "accepted":
            return "en attente"
        share = 100 * self.written // max(self.selected, 1)
        return f"{self.written}/{self.selected} ressources ({share} %)"


def poll_wait(polls: int) -> int:
    """Seconds after which the state is to be requested again. `polls`: how often it was."""
    return min(_FIRST_WAIT + polls // 5, _LONGEST_WAIT)


def file_number(name: str) -> int | None:
    """The number in a file's name; None if it is not the name of a file."""
    match = _FILE.fullmatch(name)
    return int(match[2]) if match else None


def manifest(job: ExportJob, files: Sequence[ExportFile], *, address: str) -> dict[str, Any]:
    """The manifest of a completed export. `address`: of the export, above those of its files."""

    def listed(section: Section) -> list[dict[str, Any]]:
        return [
            {
                "type": each.type,
                "url": f"{address}/{each.name}",
                "count": each.resources,
            }
            for each in files
            if each.section == section
        ]

    return {
        "transactionTime": format_instant(job.requested),
        "request": job.request.url,
        "requiresAccessToken": True,
        "output": listed("output"),
        "deleted": listed("deleted"),
        "error": [],
    }
