"""Downloads of the files of exports, chunk by chunk: complete, gzipped, or from a byte on."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from esante.bulk_data.domain.export_job import ExportFile
from esante.bulk_data.domain.ndjson import GZIP_HEADER, decompress, gzip_trailer
from esante.bulk_data.ports import ExportJobs
from esante.core.api.responses import FhirResponse
from socle.errors import Retry
from socle.http import Send

NDJSON: Final = b"application/fhir+ndjson"
_FROM: Final = re.compile(rb"bytes=([0-9]{1,15})-([0-9]{0,15})")
_GZIP: Final = re.compile(rb"(?:^|,)\s*gzip\s*(?:;\s*q=([0-9.]+)\s*)?(?:,|$)", re.I)


@dataclass(slots=True)
class FileResponse(FhirResponse):
    """A response whose body is read while it is sent."""

    parts: AsyncIterator[bytes] | None = None

    async def send(self, send: Send) -> None:
        headers = [
            (b"cache-control", b"no-store"),
            (b"content-type", self.content_type),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        assert self.parts is not None
        async for part in self.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads one file of an export."""

    jobs: ExportJobs
    export: str
    file: ExportFile

    async def response(
        self, *, accept_encoding: bytes, requested_range: bytes | None, if_range: bytes | None
    ) -> FhirResponse:
        """The response to a GET with those headers. A range is its end or all after a byte; other
        ranges are ignored, as RFC 9110 §14.2 permits."""
        etag = f'"{self.export}-{self.file.number}"'.encode()
        common = [(b"etag", etag), (b"accept-ranges", b"bytes"), (b"vary", b"accept-encoding")]
        start = _first_byte(requested_range) if if_range in (None, etag) else None
        size = self.file.bytes
        if start is not None and start >= size:
            headers = [*common, (b"content-range", b"bytes */%d" % size)]
            return FhirResponse(416, headers=headers)
        if start is not None:
            headers = [
                *common,
                (b"content-range", b"bytes %d-%d/%d" % (start, size - 1, size)),
                (b"content-length", str(size - start).encode()),
            ]
            return FileResponse(206, b"", headers, NDJSON, self._plain(start))
        if _accepts_gzip(accept_encoding):
            headers = [*common[1:], (b"etag", b"W/" + etag), (b"content-encoding", b"gzip")]
            return FileResponse(200, b"", headers, NDJSON, self._gzipped())
        headers = [*common, (b"content-length", str(size).encode())]
        return FileResponse(200, b"", headers, NDJSON, self._plain(0))

    async def _plain(self, start: int) -> AsyncIterator[bytes]:
        number, first = await self.jobs.find_chunk(self.export, self.file.number, start)
        skipped = start - first
        for each in range(number, self.file.chunks + 1):
            content = decompress(await self._chunk(each))
            yield content[skipped:]
            skipped = 0

    async def _gzipped(self) -> AsyncIterator[bytes]:
        yield GZIP_HEADER
        for each in range(1, self.file.chunks + 1):
            yield await self._chunk(each)
        yield gzip_trailer(self.file.checksum, self.file.bytes)

    async def _chunk(self, number: int) -> bytes:
        """Raises Retry if the export was deleted meanwhile: the response ends before its length."""
        content = await self.jobs.read_chunk(self.export, self.file.number, number)
        if content is None:
            raise Retry("L'export vient d'être supprimé.")
        return content


def _first_byte(requested: bytes | None) -> int | None:
    match = _FROM.fullmatch(requested.strip()) if requested else None
    return int(match[1]) if match and not match[2] else None


def _accepts_gzip(accepted: bytes) -> bool:
    match = _GZIP.search(accepted)
    return match is not None and (match[1] or b"1").strip(b"0.") != b""
