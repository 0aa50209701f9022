"""The schedules of the archive: the zips a feed was read from, each named by its instant."""

import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from mobilite.feeds.domain.feed import Feed
from mobilite.machine.adapters.atomic_file import part_file

MOST_VERSIONS = 8
"""Schedules kept of each feed."""


def keep_schedule(folder: Path, feed: Feed, source: Path, at: datetime) -> None:
    """Copy `source`, a zip or a folder of texts, beside the former versions. Raises OSError."""
    place = folder / quote(feed.id, safe="")
    kept = place / "gtfs"
    kept.mkdir(parents=True, exist_ok=True)
    _write(place / "feed.json", _described(feed))
    with part_file(kept) as part:
        if source.is_dir():
            _zip(source, part.path)
        else:
            shutil.copyfile(source, part.path)
        part.install(kept / f"{at:%Y%m%dT%H%M%S}.zip")
    for old in sorted(kept.glob("*.zip"))[:-MOST_VERSIONS]:
        old.unlink(missing_ok=True)


def _described(feed: Feed) -> bytes:
    """What feeds.toml says of the feed beside its addresses."""
    told = {
        "id": feed.id,
        "name": feed.name,
        "licence": feed.licence,
        "attribution": feed.attribution,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    with part_file(path.parent) as part:
        part.content.write(content)
        part.install(path)


def _zip(source: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for text in sorted(source.glob("*.txt")):
            archive.write(text, text.name)
