"""Reading an archive of raw feeds: `<feed>/feed.json`, `gtfs/<instant>.zip`,
`rt-<n>/<instant>.tar.zst` (docs/decisions/0016)."""

import contextlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from regionlab.errors import UserError

Message = tuple[datetime, bytes]
"""The instant at which a real-time message was received, and its bytes."""


@dataclass(frozen=True, slots=True)
class ArchivedFeed:
    """The archived files of one feed."""

    id: str
    name: str
    licence: str | None
    attribution: str | None
    """As in feeds.toml; None: not given there."""
    schedules: tuple[Path, ...]
    """GTFS zips, the oldest first; at least one."""
    streams: Mapping[int, tuple[Path, ...]]
    """The files of each real-time address that has any, the oldest first, by the number `n` of its
    folder."""

    def schedule_at(self, now: datetime) -> Path:
        """The last schedule archived until `now`; the first one if there is none."""
        known = [path for path in self.schedules if instant_of(path.name) <= now]
        return known[-1] if known else self.schedules[0]


def read_archive(folder: Path) -> tuple[ArchivedFeed, ...]:
    """The feeds that can be replayed: those with a schedule.

    Raises UserError if there is none, or if a file feed.json is invalid.
    """
    feeds = tuple(
        feed
        for description_path in sorted(folder.glob("*/feed.json"))
        if (feed := _feed(description_path)) is not None
    )
    if not feeds:
        raise UserError(
            f"{folder} ne contient aucune archive : ce dossier est celui de MOBILITE_DATA/archive."
        )
    return feeds


def first_instant(feeds: tuple[ArchivedFeed, ...]) -> datetime:
    """The instant of the first real-time message; without any message, of the first schedule."""
    streams = [files[0].name for feed in feeds for files in feed.streams.values()]
    return min(map(instant_of, streams or [feed.schedules[0].name for feed in feeds]))


def messages(files: tuple[Path, ...]) -> Iterator[Message]:
    """Every message of a stream, in order of time.

    A truncated file (its writer was killed) gives its complete messages; the next file follows.
    """
    for path in files:
        with (
            contextlib.suppress(tarfile.TarError, zstandard.ZstdError, EOFError),
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as plain,
            tarfile.open(fileobj=plain, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield instant_of(member.name), content.read()


def instant_of(name: str) -> datetime:
    """The instant in the name of a file or a message: `20260302T080000.250Z…`. Raises ValueError
    for another name."""
    day, _, rest = name.partition("T")
    return datetime.strptime(f"{day}T{rest[:6]}", "%Y%m%dT%H%M%S").replace(
        microsecond=int(rest[7:10]) * 1000 if rest[6:7] == "." and rest[7:10].isdigit() else 0,
        tzinfo=UTC,
    )


def _feed(description_path: Path) -> ArchivedFeed | None:
    """The feed of a file feed.json; None without a schedule. Raises UserError."""
    folder = description_path.parent
    try:
        description = json.loads(description_path.read_text(encoding="utf-8"))
        schedules = tuple(sorted((folder / "gtfs").glob("*.zip")))
        if not schedules:
            return None
        streams = {
            int(folder_of_source.name.removeprefix("rt-")): files
            for folder_of_source in sorted(folder.glob("rt-*"))
            if (files := tuple(sorted(folder_of_source.glob("*.tar.zst"))))
        }
        return ArchivedFeed(
            description["id"],
            description["name"],
            description["licence"],
            description["attribution"],
            schedules,
            streams,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{description_path} est illisible : {error}") from error
