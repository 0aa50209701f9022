"""The web server of all operators: GTFS, GTFS-Realtime and GBFS of each, under `/<operator>/`."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from demo.network.gtfs import gtfs_zip
from demo.network.model import TIMEZONE, Operator
from demo.operators.gbfs import gbfs_of
from demo.operators.publisher import ADDRESSES, Part, Publisher
from demo.operators.silence import published_instant
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a response."""

    body: bytes
    tag: str
    """Its entity tag, without quotes."""

    @classmethod
    def of(cls, body: bytes) -> "Content":
        """The content with a tag that is a hash of it."""
        return cls(body, hashlib.sha256(body).hexdigest()[:16])


class OperatorServer:
    """The responses of one operator."""

    def __init__(self, operator: Operator, clock: Clock, *, seed: int) -> None:
        self.operator = operator
        self._clock = clock
        self._publisher = Publisher(operator, seed=seed)
        self._gbfs = gbfs_of(operator, seed=seed)
        self._schedule: tuple[date, Content] | None = None
        self._packing = asyncio.Lock()
        self._messages: dict[str, tuple[int, Content]] = {}

    async def gtfs(self, request: web.Request) -> web.Response:
        """The GTFS file: the same bytes for a month."""
        month = self._clock.now().astimezone(ZoneInfo(TIMEZONE)).date().replace(day=1)
        async with self._packing:
            if self._schedule is None or self._schedule[0] != month:
                body = await asyncio.to_thread(gtfs_zip, self.operator, month)
                self._schedule = month, Content.of(body)
        return _answer(request, self._schedule[1], "application/zip")

    async def real_time(self, request: web.Request) -> web.Response:
        """A GTFS-Realtime message, or 503 while the operator simulates an outage."""
        name = request.match_info["name"]
        parts = ADDRESSES.get(self.operator.id, {}).get(name)
        if parts is None:
            raise web.HTTPNotFound
        published_at = published_instant(self.operator.id, self._clock.now().timestamp())
        if published_at is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
        return _answer(
            request, self._message(name, parts, int(published_at)), "application/x-protobuf"
        )

    async def gbfs(self, request: web.Request) -> web.Response:
        """A GBFS file."""
        name, gbfs = request.match_info["name"], self._gbfs
        if gbfs is None or name not in ("gbfs", *gbfs.names):
            raise web.HTTPNotFound
        now: datetime = self._clock.now()
        address = f"{request.url.origin()}/{self.operator.id}/gbfs"
        content = gbfs.file(name, int(now.timestamp()), address)
        body = json.dumps(content, ensure_ascii=False).encode()
        return _answer(request, Content.of(body), "application/json")

    def _message(self, name: str, parts: tuple[Part, ...], at: int) -> Content:
        """The message at `at` (POSIX seconds), built once for all requests of that second."""
        known = self._messages.get(name)
        if known is None or known[0] != at:
            known = at, Content.of(self._publisher.message(parts, at))
            self._messages[name] = known
        return known[1]


def make_app(operators: Sequence[Operator], clock: Clock, *, seed: int) -> web.Application:
    """The application that serves `/<id>/gtfs.zip`, `/<id>/<name>.pb` and
    `/<id>/gbfs/<name>.json` of each operator, all with an ETag."""
    app = web.Application()
    for operator in operators:
        server = OperatorServer(operator, clock, seed=seed)
        app.router.add_get(f"/{operator.id}/gtfs.zip", server.gtfs)
        app.router.add_get(f"/{operator.id}/{{name:[a-z-]+\\.pb}}", server.real_time)
        app.router.add_get(f"/{operator.id}/gbfs/{{name}}.json", server.gbfs)
    return app


def _answer(request: web.Request, content: Content, content_type: str) -> web.Response:
    headers = {"ETag": f'"{content.tag}"'}
    sent = request.if_none_match
    if sent and any(tag.value == content.tag for tag in sent):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content.body, headers=headers, content_type=content_type)
