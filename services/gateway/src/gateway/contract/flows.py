"""The OpenAPI document of the platform, merged on demand and cached."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.contract.domain.merge_openapi import Document, merge
from gateway.contract.ports import OpenApiSource
from gateway.routes.domain.routes import OWN, RouteTable
from socle.clock import Clock

_COMPLETE_SECONDS: Final = 30.0
"""Seconds for which a document of all services is cached."""
_PARTIAL_SECONDS: Final = 2.0
"""The same while a service is unavailable, so that a starting service is not missing for long."""


@dataclass(frozen=True, slots=True)
class ContractDocument:
    """The document as it is served."""

    body: bytes
    etag: str
    """A strong entity tag, with its quotes."""
    until: float
    """When to build it again, in seconds of the monotonic clock."""


class ContractPublisher:
    """Builds the document on demand, and again once the cached one is too old."""

    def __init__(
        self,
        table: RouteTable,
        source: OpenApiSource,
        clock: Clock,
        *,
        own: Document,
        version: str,
    ) -> None:
        """`own`: the OpenAPI document of the gateway's own routes."""
        self._table, self._source, self._clock = table, source, clock
        self._own, self._version = own, version
        self._document: ContractDocument | None = None
        self._building = asyncio.Lock()

    async def current(self) -> ContractDocument:
        """The document, at most half a minute old (two seconds if a service was unavailable)."""
        async with self._building:
            now = self._clock.monotonic()
            if self._document is None or now >= self._document.until:
                self._document = await self._build()
            return self._document

    async def _build(self) -> ContractDocument:
        services = self._table.services
        found = await asyncio.gather(*(self._source.openapi_document(each) for each in services))
        documents = dict(zip(services, found, strict=True)) | {OWN: self._own}
        body = orjson.dumps(merge(self._table, documents, version=self._version))
        max_age = _PARTIAL_SECONDS if None in documents.values() else _COMPLETE_SECONDS
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return ContractDocument(body, etag, self._clock.monotonic() + max_age)
