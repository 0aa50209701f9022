"""The recorded errors of forecasts in a file, `forecast-errors.npz`.

An array of counts, and its levels as JSON. A file of other bins or categories is not read: a new
version of the service then starts anew. Replicas that share a folder overwrite each other's file,
whose content is alike.
"""

import json
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np

from mobilite.connections.domain.forecast_errors import (
    BIN,
    BINS,
    EARLIEST,
    HORIZONS,
    SCHEDULED,
    ForecastErrors,
    Level,
    Line,
)
from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.atomic_file import atomic_file

log = logging.getLogger(__name__)

_FORMAT: Final = [1, BIN, BINS, EARLIEST, *HORIZONS]
_SHAPE: Final = (2, SCHEDULED + 1, BINS)
_MOST_BYTES: Final = 1 << 30
"""Uncompressed, of a file that is read."""
_MOST_CALLS: Final = 2**31
"""In a bin; more is damage."""
_LATEST: Final = 2**32
"""POSIX seconds."""


class ErrorsFile:
    """Stores errors below a folder. Implements `StoredErrors`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "forecast-errors.npz"

    def load(self) -> ForecastErrors:
        """The stored errors; none if there are none, or the file cannot be read."""
        try:
            with np.load(self.path, allow_pickle=False) as content:
                if sum(each.file_size for each in content.zip.infolist()) > _MOST_BYTES:
                    raise ValueError("too large")
                header, counts = json.loads(content["header"].tobytes()), content["counts"]
            return _read(header, counts)
        except FileNotFoundError:
            return ForecastErrors()
        except Exception:
            # Each damage raises something else, and none may keep a role from starting.
            log.warning("The forecast errors in %s are not read", self.path, exc_info=True)
            return ForecastErrors()

    def store(self, errors: ForecastErrors) -> None:
        """Store the errors in place of those before. Errors of the disk are logged."""
        levels = [*errors.counts]
        header = {"format": _FORMAT, "faded_at": errors.faded_at, "levels": levels}
        counts = np.array([errors.counts[each] for each in levels], np.float32)
        text = np.frombuffer(json.dumps(header).encode(), np.uint8)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(self.path.parent) as part:
                np.savez_compressed(part.content, header=text, counts=counts.reshape(-1, *_SHAPE))
                part.install(self.path)
        except OSError as error:
            log.warning("The forecast errors are not stored in %s: %s", self.path, error)


def _read(header: Any, counts: np.ndarray[Any, Any]) -> ForecastErrors:
    """The errors of a file. Raises an exception if they are not valid."""
    if header["format"] != _FORMAT:
        raise ValueError("another format")
    levels = [_level(*each) for each in header["levels"]]
    if counts.shape != (len(levels), *_SHAPE) or not ((counts >= 0) & (counts < _MOST_CALLS)).all():
        raise ValueError("counts that do not fit their levels")
    faded_at = int(header["faded_at"])
    if not 0 <= faded_at < _LATEST:
        raise ValueError("weights of no instant")
    return ForecastErrors(dict(zip(levels, counts.astype(np.float32), strict=True)), faded_at)


def _level(line: list[Any] | None, feed_id: str | None, peak: bool | None) -> Level:
    known = None if line is None else Line(FeedId(line[0]), str(line[1]), int(line[2]))
    return Level(known, None if feed_id is None else FeedId(feed_id), peak)
