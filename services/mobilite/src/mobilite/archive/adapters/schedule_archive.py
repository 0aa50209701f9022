"""Archived schedules: the zips of a feed, each named by its instant."""

import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from mobilite.feeds.domain.feed import Feed
from mobilite.machine.adapters.atomic_file import atomic_file

MAX_VERSIONS = 8
"""Schedules retained for each feed."""


def store_schedule(folder: Path, feed: Feed, source: Path, at: datetime) -> None:
    """Copy `source`, a zip or a folder with .txt files, in it or in its sub-folders, into the
    feed's folder, together with the feed's credits. The oldest schedules beyond `MAX_VERSIONS` are
    removed. Raises OSError."""
    place = folder / quote(feed.id, safe="")
    versions = place / "gtfs"
    versions.mkdir(parents=True, exist_ok=True)
    _write(place / "feed.json", _describe(feed))
    with atomic_file(versions) as part:
        if source.is_dir():
            _zip(source, part.path)
        else:
            shutil.copyfile(source, part.path)
        part.install(versions / f"{at:%Y%m%dT%H%M%S}.zip")
    for old in sorted(versions.glob("*.zip"))[:-MAX_VERSIONS]:
        old.unlink(missing_ok=True)


def _describe(feed: Feed) -> bytes:
    """The feed's name and credits from feeds.toml."""
    description = {
        "id": feed.id,
        "name": feed.name,
        "licence": feed.licence,
        "attribution": feed.attribution,
    }
    return json.dumps(description, ensure_ascii=False, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    with atomic_file(path.parent) as part:
        part.content.write(content)
        part.install(path)


def _zip(source: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for text in sorted([*source.glob("*.txt"), *source.glob("*/*.txt")]):
            archive.write(text, text.relative_to(source))
