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


@dataclass(frozen=True, slots=True)
class ArchivedFeed:
    """One feed: its schedules and its real-time streams by index, files in order of time."""

    id: str
    name: str
    licence: str | None
    attribution: str | None
    schedules: tuple[Path, ...]
    streams: Mapping[int, tuple[Path, ...]]

    def schedule_at(self, now: datetime) -> Path:
        """The schedule valid then: the last one stored before, or the first of all."""
        known = [path for path in self.schedules if instant_of(path.name) <= now]
        return known[-1] if known else self.schedules[0]


def read_archive(folder: Path) -> tuple[ArchivedFeed, ...]:
    """The feeds that can be played: those with a schedule. Raises UserError where there is none."""
    feeds = tuple(
        feed
        for described in sorted(folder.glob("*/feed.json"))
        if (feed := _feed(described)) is not None
    )
    if not feeds:
        raise UserError(
            f"{folder} ne contient aucune archive : ce dossier est celui de MOBILITE_DATA/archive."
        )
    return feeds


def beginning(feeds: tuple[ArchivedFeed, ...]) -> datetime:
    """The instant of the first real-time message, or of the first schedule where there is none."""
    streams = [files[0].name for feed in feeds for files in feed.streams.values()]
    return min(map(instant_of, streams or [feed.schedules[0].name for feed in feeds]))


def messages(files: tuple[Path, ...]) -> Iterator[Message]:
    """Every message of a stream with the instant it came, in order.

    A file cut short by a kill gives what it has; the next one follows.
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
    """The instant a file or a message is named by."""
    day, _, rest = name.partition("T")
    return datetime.strptime(f"{day}T{rest[:6]}", "%Y%m%dT%H%M%S").replace(
        microsecond=int(rest[7:10]) * 1000 if rest[6:7] == "." and rest[7:10].isdigit() else 0,
        tzinfo=UTC,
    )


def _feed(described: Path) -> ArchivedFeed | None:
    folder = described.parent
    try:
        description = json.loads(described.read_text(encoding="utf-8"))
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
        raise UserError(f"{described} est illisible : {error}") from error
