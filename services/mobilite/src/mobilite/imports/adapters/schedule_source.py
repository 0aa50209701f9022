"""Fetches a feed's GTFS over HTTP or from a local path, within limits.

Over HTTP: conditional (ETag, Last-Modified), limited in time and size, streamed to a file. A
local zip or folder is read in place. Content already judged is recognised by its SHA-256.
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

_PIECE = 256 * 1024


LIMITS = HttpLimits(connect=10.0, read=30.0, total=300.0, max_bytes=512 * 2**20)


class ScheduleSource:
    """Fetches schedules into `folder`; a download is removed after packing."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        folder: Path,
        limits: HttpLimits = LIMITS,
    ) -> None:
        self._session = session
        self._folder = folder
        self._limits = limits
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob(f"*{SUFFIX}"):
            left_over.unlink()

    def stamp(self, feed: Feed) -> str | None:
        """A value that changes when a local feed does; None over HTTP."""
        if is_http(feed.gtfs):
            return None
        return "\n".join(f"{p}:{s.st_mtime_ns}:{s.st_size}" for p, s in _stats(Path(feed.gtfs)))

    @contextlib.asynccontextmanager
    async def fetch(self, feed: Feed, known: str | None) -> AsyncIterator[FetchedSchedule | None]:
        """The feed on disk; None if it is still the content tagged `known`.

        Raises SourceFault.
        """
        judged = _judged(known, feed.gtfs)
        if is_http(feed.gtfs):
            with contextlib.ExitStack() as stack:
                try:
                    fetched = await self._download(feed.gtfs, judged, stack)
                except OSError as error:
                    raise SourceFault(
                        "disk", f"Le fichier ne peut pas être écrit : {error.strerror}."
                    ) from error
                yield fetched
            return
        digest = await asyncio.to_thread(_digest, Path(feed.gtfs))
        same = digest == judged.get("digest")
        yield None if same else FetchedSchedule(Path(feed.gtfs), _tag(feed.gtfs, digest, None))

    async def _download(
        self, url: str, judged: dict[str, Any], stack: contextlib.ExitStack
    ) -> FetchedSchedule | None:
        limits = self._limits
        with translate_errors(), trusting_origin(url):
            async with self._session.get(
                url,
                headers=conditional_headers(judged.get("validators")),
                max_redirects=limits.redirects,
                timeout=limits.timeout,
            ) as response:
                if response.status == 304 and judged:
                    return None
                if response.status != 200:
                    raise status_fault(response)
                path, digest = await self._save(response, stack)
                if digest == judged.get("digest"):
                    return None
                return FetchedSchedule(path, _tag(url, digest, validators(response)))

    async def _save(
        self, response: aiohttp.ClientResponse, stack: contextlib.ExitStack
    ) -> tuple[Path, str]:
        """Stream the response to a file that lives as long as `stack`."""
        limit = self._limits.max_bytes
        part = stack.enter_context(atomic_file(self._folder))
        digest, size = hashlib.sha256(), 0
        async for piece in response.content.iter_chunked(_PIECE):
            size += len(piece)
            if size > limit or (response.content_length or 0) > limit:
                raise SourceFault(
                    "too_large", f"Le fichier dépasse {limit // 2**20} Mio : il n'est pas lu."
                )
            digest.update(piece)
            part.content.write(piece)
        part.content.flush()
        return part.path, digest.hexdigest()


def _tag(address: str, digest: str, known: str | None) -> str:
    return json.dumps(
        {
            "address": address,
            "digest": digest,
            "validators": known,
            "rules": [FORMAT, PACKING_VERSION],
        }
    )


def _judged(tag: str | None, address: str) -> dict[str, Any]:
    """The known content of this address, if it was judged by the current rules."""
    if tag is None:
        return {}
    known: dict[str, Any] = json.loads(tag)
    same = known["address"] == address and known["rules"] == [FORMAT, PACKING_VERSION]
    return known if same else {}


def _digest(path: Path) -> str:
    """The SHA-256 of a zip, or of the names and contents of a folder's texts."""
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
    # Shown to the public: the parent folders only reveal the layout of our machines.
    return f"{path.parent.name}/{path.name}"


def _stats(path: Path) -> list[tuple[Path, os.stat_result]]:
    """The files of a local feed in order: the zip itself, or the texts of the folder."""
    files = sorted([*path.glob("*.txt"), *path.glob("*/*.txt")]) if path.is_dir() else [path]
    found = []
    for file in files:
        with contextlib.suppress(OSError):
            found.append((file, file.stat()))
    return found
