"""`regionlab replay`: runs the platform on the archived feeds of another day."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from regionlab.errors import UserError
from regionlab.launch.demo import DemoOptions, run_demo
from regionlab.replay.archive import first_instant, read_archive


def run_replay(archive: Path, data: Path | None, options: Callable[[Path], DemoOptions]) -> int:
    """Run the platform on an archive, from its first message or from `--at`; the exit code.

    `data`: an empty data folder; None: a temporary one. `options`: returns the options of the
    command for a data folder. Raises UserError if the archive or the folder cannot be used.
    """
    feeds = read_archive(archive)
    if data is None:
        with tempfile.TemporaryDirectory(prefix="regionlab-replay-") as folder:
            return _run(options(Path(folder)), archive, first_instant(feeds))
    if data.is_dir() and any(data.iterdir()):
        raise UserError(f"{data} n'est pas vide : un autre jour y est peut-être (--data).")
    return _run(options(data), archive, first_instant(feeds))


def _run(options: DemoOptions, archive: Path, first: datetime) -> int:
    return run_demo(replace(options, archive=archive.resolve(), at=options.at or first))
