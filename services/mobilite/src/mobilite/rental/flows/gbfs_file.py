"""One GBFS file of a system, read repeatedly: its last content and its current fault.

The last content of a failing file stays in use and ages.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic

from mobilite.rental.domain.gbfs_document import ContentT, Document
from mobilite.sources.domain.header_time import check_header_time
from mobilite.sources.ports import Source, SourceFault
from socle.clock import Clock

log = logging.getLogger(__name__)


class GbfsFile(Generic[ContentT]):
    """One GBFS file of a system."""

    def __init__(
        self,
        name: str,
        url: str,
        source: Source,
        decode: Callable[[bytes], Document[ContentT]],
        clock: Clock,
        *,
        live: bool = False,
    ) -> None:
        """`name`: its name in GBFS 3. `url`: as listed. `source`: reads that address. `live`:
        whether it has availability, of which an older version is refused."""
        self.name, self.url, self.source = name, url, source
        self.document: Document[ContentT] | None = None
        """The last accepted version; None before the first."""
        self.as_of: datetime | None = None
        """The instant of its content; None before the first version."""
        self.fault: SourceFault | None = None
        """Why the last attempt failed; None if it succeeded."""
        self.failures = 0
        """Failed attempts in a row."""
        self.attempted = False
        """Whether a first attempt has ended."""
        self.attempted_at: datetime | None = None
        """When the last attempt began."""
        self.failing_since: datetime | None = None
        """When the first of the failed attempts in a row began; None after a success."""
        self._decode, self._clock, self._live = decode, clock, live
        self._tag: str | None = None
        self._digest = b""
        self._seconds: int | None = None
        self._header_notes: tuple[str, ...] = ()

    @property
    def ttl(self) -> int:
        """The file's time to live in seconds; 0 before the first read."""
        return 0 if self.document is None else self.document.ttl

    @property
    def notes(self) -> Mapping[str, int]:
        """The doubts of the last accepted content, by code."""
        return Counter(self._header_notes) + Counter(
            {} if self.document is None else self.document.notes
        )

    async def read(self) -> None:
        """Read the file once. Never raises for failures of the address."""
        self.attempted_at = self._clock.now()
        try:
            await self._read_document()
        except SourceFault as fault:
            self._record_failure(fault)
        except Exception:
            # A programming error triggered by one file must not affect the other systems.
            log.exception("reading %s failed", self.source.address)
            self._record_failure(SourceFault("internal", "Le fichier n'a pas pu être traité."))
        else:
            self.fault, self.failing_since, self.failures = None, None, 0
        self.attempted = True

    async def pause(self, interval: float) -> None:
        """Wait `interval` seconds until the next read, longer after failures."""
        await self.source.pause(interval=interval, failures=self.failures)

    async def _read_document(self) -> None:
        body = await self.source.read(self._tag)
        if body is None:
            return
        digest = hashlib.sha256(body.content).digest()
        if digest != self._digest:
            document = await asyncio.to_thread(self._decode, body.content)
            self._check_header(document)
            self.document, self._digest = document, digest
        self._tag = body.tag

    def _check_header(self, document: Document[ContentT]) -> None:
        """Store the instant of a new version. Raises SourceFault if it is older than the last."""
        header = check_header_time(
            document.last_updated,
            received=self._clock.now(),
            last_seconds=self._seconds if self._live else None,
            last_as_of=self.as_of if self._live else None,
        )
        if header.older:
            raise SourceFault(
                "older", "Le fichier est plus ancien que le précédent : il est refusé."
            )
        self.as_of, self._seconds, self._header_notes = header.as_of, header.seconds, header.notes

    def _record_failure(self, fault: SourceFault) -> None:
        if self.fault is None:
            self.failing_since = self.attempted_at
        self.fault = fault
        self.failures += 1
