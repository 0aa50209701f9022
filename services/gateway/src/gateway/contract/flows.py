"""The platform's OpenAPI document, put together from the services' own and kept a while."""

import asyncio
import hashlib
from dataclasses import dataclass

import orjson

from gateway.contract.domain.merge_openapi import merge
from gateway.contract.ports import ServiceContracts
from gateway.routes.domain.routes import RouteTable
from socle.clock import Clock

_KEPT_WHOLE = 30.0
# A service that is starting should not stay out of the document for long.
_KEPT_PARTIAL = 2.0


@dataclass(frozen=True, slots=True)
class Published:
    """The document as it is served. `etag` is strong and quoted."""

    body: bytes
    etag: str
    until: float


class Contract:
    """Builds the document at the first demand, and again when it has been kept long enough."""

    def __init__(
        self, table: RouteTable, contracts: ServiceContracts, clock: Clock, *, version: str
    ) -> None:
        self._table, self._contracts, self._clock = table, contracts, clock
        self._version = version
        self._published: Published | None = None
        self._building = asyncio.Lock()

    async def current(self) -> Published:
        """The document, at most half a minute old (two seconds while a service is away)."""
        async with self._building:
            now = self._clock.monotonic()
            if self._published is None or now >= self._published.until:
                self._published = await self._build()
            return self._published

    async def _build(self) -> Published:
        services = self._table.services
        found = await asyncio.gather(*(self._contracts.contract(each) for each in services))
        documents = dict(zip(services, found, strict=True))
        body = orjson.dumps(merge(self._table, documents, version=self._version))
        kept = _KEPT_PARTIAL if None in documents.values() else _KEPT_WHOLE
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return Published(body, etag, self._clock.monotonic() + kept)
