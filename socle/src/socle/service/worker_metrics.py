"""The metrics of all workers of a role, from whichever of them is scraped.

Each worker answers the others on a socket of its own in their folder. Every sample has the label
`process`: the number of the worker.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from socle.service.workers import Worker

_PATIENCE: Final = 2.0
"""Seconds. A worker that does not answer is left out."""


class WorkerMetrics:
    """The metrics of this worker and of the others."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def serve(self) -> None:
        """Answer the other workers until cancelled."""
        server = await asyncio.start_unix_server(_answer, self._worker.socket)
        async with server:
            await server.serve_forever()

    async def render(self) -> bytes:
        """The text of all workers, for Prometheus."""
        paths = sorted(self._worker.folder.glob("*.sock"))
        texts = await asyncio.gather(*map(self._text, paths))
        found = ((path.stem, text) for path, text in zip(paths, texts, strict=True) if text)
        return generate_latest(_Merged(found))

    async def _text(self, path: Path) -> str:
        if path == self._worker.socket:
            return generate_latest().decode()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_unix_connection(path)
                try:
                    return (await reader.read()).decode()
                finally:
                    writer.close()
        return ""


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(generate_latest())
    with suppress(OSError):
        await writer.drain()
    writer.close()


class _Merged(CollectorRegistry):
    """The families of several workers; those of one name are one."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self._families: dict[str, Metric] = {}
        for number, text in texts:
            for family in text_string_to_metric_families(text):
                known = self._families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {**sample.labels, "process": number}
                    known.add_sample(sample.name, labels, sample.value)

    def collect(self) -> Iterator[Metric]:
        yield from self._families.values()
