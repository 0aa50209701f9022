"""The validators others hold GTFS and GTFS-Realtime to, as published on PyPI."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gtfs_rt_validator.api import Mode, Request, resolve_roles, validate
from gtfs_validator.cli import main as validate_gtfs


def gtfs_findings(archive: Path, folder: Path, *, on: str) -> dict[str, str]:
    """gtfs-validator's notices (code → severity) of a schedule as if that day (YYYY-MM-DD) were
    today."""
    assert validate_gtfs(["-i", str(archive), "-o", str(folder), "-d", on]) == 0
    system_errors = json.loads((folder / "system_errors.json").read_text())
    assert system_errors == {"notices": []}
    notices = json.loads((folder / "report.json").read_text())["notices"]
    return {notice["code"]: notice["severity"] for notice in notices}


def errors_of(found: Mapping[str, str]) -> set[str]:
    """The codes of the errors."""
    return {code for code, severity in found.items() if severity == "ERROR"}


def real_time_errors(
    archive: Path, messages: Mapping[str, Path], *, at: datetime, shapes: bool = True
) -> set[str]:
    """gtfs-rt-validator's errors of messages (by role: tu, vp, sa), all of one moment; without
    `shapes`, vehicles are not held to the way of their trip, which takes long for a large feed."""
    result = validate(
        Request(
            mode=Mode.MODERN,
            gtfs=archive,
            inputs=resolve_roles({role: str(path) for role, path in messages.items()}),
            at=at,
            ignore_shapes=not shapes,
        )
    )
    assert result.run.messages_validated == len(messages)
    assert result.run.files_skipped == 0
    return set(result.error_ids())
