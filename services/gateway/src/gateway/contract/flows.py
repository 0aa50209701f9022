"""The OpenAPI document of the platform, merged on demand and cached."""

import asyncio
import hashlib
from dataclasses import dataclass

import orjson

from gateway.contract.domain.merge_openapi import merge
from gateway.contract.ports import ServiceContracts
from gateway.routes.domain.routes import RouteTable
from socle.clock import Clock

_COMPLETE_SECONDS = 30.0
# A starting service must not be missing for long.
_PARTIAL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ContractDocument:
    """The document as it is served. `etag`: strong and quoted."""

    body: bytes
    etag: str
    until: float


class ContractPublisher:
    """Builds the document on demand, and again once the cached one is too old."""

    def __init__(
        self, table: RouteTable, contracts: ServiceContracts, clock: Clock, *, version: str
    ) -> None:
        self._table, self._contracts, self._clock = table, contracts, clock
        self._version = version
        self._document: ContractDocument | None = None
        self._building = asyncio.Lock()

    async def current(self) -> ContractDocument:
        """The document, at most half a minute old (two seconds while a service is away)."""
        async with self._building:
            now = self._clock.monotonic()
            if self._document is None or now >= self._document.until:
                self._document = await self._build()
            return self._document

    async def _build(self) -> ContractDocument:
        services = self._table.services
        found = await asyncio.gather(*(self._contracts.contract(each) for each in services))
        documents = dict(zip(services, found, strict=True))
        body = orjson.dumps(merge(self._table, documents, version=self._version))
        max_age = _PARTIAL_SECONDS if None in documents.values() else _COMPLETE_SECONDS
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return ContractDocument(body, etag, self._clock.monotonic() + max_age)
