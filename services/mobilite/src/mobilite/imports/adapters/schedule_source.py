"""Fetches a feed's GTFS over HTTP or from a local path, within limits.

Over HTTP: conditional (ETag, Last-Modified), limited in time and size, streamed to a file. A
local zip or folder is read in place. Content that has already been imported or refused is
recognised by its SHA-256.
"""

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from mobilite.feeds.adapters.feeds_file import is_http
from mobilite.feeds.domain.feed import Feed
from mobilite.imports.ports import FetchedSchedule
from mobilite.machine.adapters.atomic_file import SUFFIX, atomic_file
from mobilite.packing.domain.pack import PACKING_VERSION
from mobilite.sources.adapters.operator_http import (
    HttpLimits,
    conditional_headers,
    status_fault,
    translate_errors,
    validators,
)
from mobilite.sources.ports import SourceFault
from mobilite.timetable.adapters.packed_file import FORMAT
from socle.http import trusting_origin

_CHUNK_BYTES = 256 * 1024


LIMITS = HttpLimits(connect=10.0, read=30.0, total=300.0, max_bytes=512 * 2**20)


class ScheduleSource:
    """Fetches schedules. `fetch` implements `FetchSchedule`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        folder: Path,
        limits: HttpLimits = LIMITS,
    ) -> None:
        """`folder`: for downloads, which are removed after packing."""
        self._session = session
        self._folder = folder
        self._limits = limits
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob(f"*{SUFFIX}"):
            left_over.unlink()

    def stamp(self, feed: Feed) -> str | None:
        """A value that changes when the files of a local feed do; None for a feed over HTTP."""
        if is_http(feed.gtfs):
            return None
        return "\n".join(f"{p}:{s.st_mtime_ns}:{s.st_size}" for p, s in _stats(Path(feed.gtfs)))

    @contextlib.asynccontextmanager
    async def fetch(self, feed: Feed, known: str | None) -> AsyncIterator[FetchedSchedule | None]:
        """The feed on disk, as long as the context lasts; None if it is still the content tagged
        `known`.

        Raises SourceFault if it cannot be fetched or read.
        """
        checked = _checked_content(known, feed.gtfs)
        if is_http(feed.gtfs):
            with contextlib.ExitStack() as stack:
                try:
                    fetched = await self._download(feed.gtfs, checked, stack)
                except OSError as error:
                    raise SourceFault(
                        "disk", f"Le fichier ne peut pas être écrit : {error.strerror}."
                    ) from error
                yield fetched
            return
        digest = await asyncio.to_thread(_digest, Path(feed.gtfs))
        same = digest == checked.get("digest")
        yield None if same else FetchedSchedule(Path(feed.gtfs), _tag(feed.gtfs, digest, None))

    async def _download(
        self, url: str, checked: dict[str, Any], stack: contextlib.ExitStack
    ) -> FetchedSchedule | None:
        limits = self._limits
        with translate_errors(), trusting_origin(url):
            async with self._session.get(
                url,
                headers=conditional_headers(checked.get("validators")),
                max_redirects=limits.redirects,
                timeout=limits.timeout,
            ) as response:
                if response.status == 304 and checked:
                    return None
                if response.status != 200:
                    raise status_fault(response)
                path, digest = await self._save(response, stack)
                if digest == checked.get("digest"):
                    return None
                return FetchedSchedule(path, _tag(url, digest, validators(response)))

    async def _save(
        self, response: aiohttp.ClientResponse, stack: contextlib.ExitStack
    ) -> tuple[Path, str]:
        """Stream the response to a file that is removed when `stack` is closed. Returns its path
        and SHA-256."""
        limit = self._limits.max_bytes
        part = stack.enter_context(atomic_file(self._folder))
        digest, size = hashlib.sha256(), 0
        async for piece in response.content.iter_chunked(_CHUNK_BYTES):
            size += len(piece)
            if size > limit or (response.content_length or 0) > limit:
                raise SourceFault(
                    "too_large", f"Le fichier dépasse {limit // 2**20} Mio : il n'est pas lu."
                )
            digest.update(piece)
            part.content.write(piece)
        part.content.flush()
        return part.path, digest.hexdigest()


def _tag(address: str, digest: str, validators_json: str | None) -> str:
    """Identifies a content, and the rules by which it was packed or refused."""
    return json.dumps(
        {
            "address": address,
            "digest": digest,
            "validators": validators_json,
            "rules": [FORMAT, PACKING_VERSION],
        }
    )


def _checked_content(tag: str | None, address: str) -> dict[str, Any]:
    """The members of a tag; {} if it is of another address or of former rules."""
    if tag is None:
        return {}
    known: dict[str, Any] = json.loads(tag)
    same = known["address"] == address and known["rules"] == [FORMAT, PACKING_VERSION]
    return known if same else {}


def _digest(path: Path) -> str:
    """The SHA-256 of the names and contents of a local feed's files. Raises SourceFault."""
    digest = hashlib.sha256()
    try:
        if not path.exists():
            raise SourceFault("file_missing", f"{_display_name(path)} n'existe pas.")
        for file, _ in _stats(path):
            digest.update(f"{file.relative_to(path.parent)}\0".encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise SourceFault(
            "file_unreadable", f"{_display_name(path)} ne peut pas être lu : {error.strerror}."
        ) from error
    return digest.hexdigest()


def _display_name(path: Path) -> str:
    # Displayed to the public: the folders above only reveal the layout of our machines.
    return f"{path.parent.name}/{path.name}"


def _stats(path: Path) -> list[tuple[Path, os.stat_result]]:
    """The files of a local feed in order: the zip itself, or the .txt files of the folder."""
    files = sorted([*path.glob("*.txt"), *path.glob("*/*.txt")]) if path.is_dir() else [path]
    found = []
    for file in files:
        with contextlib.suppress(OSError):
            found.append((file, file.stat()))
    return found
