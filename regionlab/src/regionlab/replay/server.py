"""A web server of archived feeds: each address answers as it did at the platform's time."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path

from aiohttp import web

from regionlab.replay.archive import ArchivedFeed, Message, messages
from socle.clock import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StreamPlayback:
    """One archived stream, read forwards. `at` must be called with increasing instants."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        self._messages: Iterator[Message] = messages(files)
        self._current: bytes | None = None
        self._next = next(self._messages, None)

    def at(self, now: datetime) -> bytes | None:
        """The message that the address answered at `now`; None before its first message."""
        while self._next is not None:
            received_at, content = self._next
            if received_at > now:
                break
            self._current = content
            self._next = next(self._messages, None)
        return self._current


def make_app(feeds: tuple[ArchivedFeed, ...], clock: Clock) -> web.Application:
    """`/<feed>/gtfs.zip` and `/<feed>/rt-<n>.pb` for every archived feed, with ETags. A real-time
    address answers 503 before its first message."""
    app = web.Application()
    for feed in feeds:
        app.router.add_get(f"/{feed.id}/gtfs.zip", _schedule(feed, clock))
        for index, files in feed.streams.items():
            playback = StreamPlayback(files)
            # Reads up to the start now, so that the first poll does not wait for it.
            playback.at(clock.now())
            app.router.add_get(f"/{feed.id}/rt-{index}.pb", _stream(playback, clock))
    return app


def write_feeds(feeds: tuple[ArchivedFeed, ...], folder: Path, address: str) -> Path:
    """Write a feeds.toml with this server's addresses; returns its path.

    `address`: base URL of this server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "feeds.toml"
    tables = (_declared(feed, f"{address}/{feed.id}") for feed in feeds)
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def _declared(feed: ArchivedFeed, base: str) -> str:
    fields = {
        "id": feed.id,
        "name": feed.name,
        "gtfs": f"{base}/gtfs.zip",
        "gtfs_rt": [f"{base}/rt-{index}.pb" for index in feed.streams],
        "licence": feed.licence,
        "attribution": feed.attribution,
    }
    # JSON strings and arrays of strings are valid TOML.
    lines = (
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in fields.items()
        if value is not None
    )
    return "[[feed]]\n" + "\n".join(lines) + "\n"


def _schedule(feed: ArchivedFeed, clock: Clock) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(feed.schedule_at(clock.now()))

    return handle


def _stream(playback: StreamPlayback, clock: Clock) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        content = playback.at(clock.now())
        if content is None:
            return web.Response(status=503, text="Rien n'a été archivé avant cet instant.")
        tag = hashlib.sha256(content).hexdigest()[:16]
        if any(sent.value == tag for sent in request.if_none_match or ()):
            return web.Response(status=304, headers={"ETag": f'"{tag}"'})
        headers = {"ETag": f'"{tag}"', "Content-Type": "application/x-protobuf"}
        return web.Response(body=content, headers=headers)

    return handle
