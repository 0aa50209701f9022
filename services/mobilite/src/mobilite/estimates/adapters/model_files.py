"""What is learned of delays in files, `<feed>.npz`: arrays of sums, and their levels as JSON.

A file of other horizons is not read: a new version of the service then starts anew.
"""

import json
import logging
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from mobilite.connections.domain.forecast_errors import Line
from mobilite.estimates.domain.delay_model import HORIZONS, DelayModel
from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.atomic_file import atomic_file

log = logging.getLogger(__name__)

_FORMAT: Final = [1, *HORIZONS]
_MOST_BYTES: Final = 1 << 28
"""Uncompressed, of a file that is read."""


class ModelFiles:
    """Stores models below a folder. Implements `StoredModels`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, feed_id: FeedId) -> DelayModel:
        """The stored model; a new one if there is none, or the file cannot be read."""
        path = self._path(feed_id)
        try:
            with np.load(path, allow_pickle=False) as content:
                if sum(each.file_size for each in content.zip.infolist()) > _MOST_BYTES:
                    raise ValueError("too large")
                header = json.loads(content["header"].tobytes())
                return _read(feed_id, header, content["sums"], content["errors"])
        except FileNotFoundError:
            return DelayModel()
        except Exception:
            # Each damage raises something else, and none may stop the role.
            log.warning("The delays learned in %s are not read", path, exc_info=True)
            return DelayModel()

    def store(self, feed_id: FeedId, model: DelayModel) -> None:
        """Store a model in place of the one before. Errors of the disk are logged."""
        lines = [
            None if level is None else [level[0].route_id, level[0].direction, level[1]]
            for level in model.sums
        ]
        header = json.dumps({"format": _FORMAT, "lines": lines}).encode()
        sums = np.array([*model.sums.values()]).reshape(-1, len(HORIZONS), 5)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_file(self._folder) as part:
                text = np.frombuffer(header, np.uint8)
                np.savez_compressed(part.content, header=text, sums=sums, errors=model.errors)
                part.install(self._path(feed_id))
        except OSError as error:
            log.warning("The delays learned of %s are not stored: %s", feed_id, error)

    def _path(self, feed_id: FeedId) -> Path:
        return self._folder / f"{quote(feed_id, safe='')}.npz"


def _read(
    feed_id: FeedId, header: Any, sums: np.ndarray[Any, Any], errors: np.ndarray[Any, Any]
) -> DelayModel:
    """The model of a file. Raises an exception if it is not valid."""
    if header["format"] != _FORMAT:
        raise ValueError("another format")
    levels = [
        None if line is None else (Line(feed_id, str(line[0]), int(line[1])), bool(line[2]))
        for line in header["lines"]
    ]
    shapes = sums.shape, errors.shape
    if shapes != ((len(levels), len(HORIZONS), 5), (len(HORIZONS), 3)):
        raise ValueError("sums that do not fit their lines")
    if not (np.isfinite(sums).all() and np.isfinite(errors).all() and (sums[..., 0] >= 0).all()):
        raise ValueError("sums of nothing")
    return DelayModel(dict(zip(levels, sums.astype(float), strict=True)), errors.astype(float))
