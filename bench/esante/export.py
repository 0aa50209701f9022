"""An export of bulk data: from the kick-off to the manifest, the download, the memory it takes, and
the reads that are answered meanwhile.

The service, PostgreSQL and the callers share the machine's cores. Requests skip the gateway.
"""

import asyncio
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from bench.esante.fhir_server import FhirServer, fhir_server, finish_background_work, start_database
from bench.esante.population import import_bundles, reads
from bench.measuring.options import Options
from bench.measuring.report import Report, measured

_RESOURCES: Final = 50_000
_BUNDLE_ENTRIES: Final = 500
_BETWEEN_READS: Final = 0.02
"""Seconds."""


@dataclass(slots=True)
class _Meanwhile:
    """Reads one after the other, until `over`."""

    server: FhirServer
    targets: list[str]
    over: bool = False
    milliseconds: list[float] = field(default_factory=list)

    def run(self) -> list[float]:
        while not self.over:
            began = time.perf_counter()
            self.server.request(self.targets[len(self.milliseconds) % len(self.targets)])
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            time.sleep(_BETWEEN_READS)
        return sorted(self.milliseconds)


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    with ExitStack() as stack:
        servers = start_database(stack, Path(stack.enter_context(TemporaryDirectory())))
        with fhir_server(servers) as server:
            patients = import_bundles(server, _RESOURCES // _BUNDLE_ENTRIES, _BUNDLE_ENTRIES)
            asyncio.run(finish_background_work(servers.url))
        # A new process: the memory of the import is not that of the export.
        with fhir_server(servers) as server:
            server.request(f"/fhir/Patient/{patients[0]}")
            before = _memory(server.process)
            with ThreadPoolExecutor(1) as others:
                meanwhile = _Meanwhile(server, reads(patients[:500]))
                waiting = others.submit(meanwhile.run)
                began = time.perf_counter()
                manifest = _export(server)
                seconds = time.perf_counter() - began
                meanwhile.over = True
                latencies = waiting.result()
            began = time.perf_counter()
            size = sum(len(_get(server, urlsplit(e["url"]).path)[1]) for e in manifest["output"])
            downloaded = time.perf_counter() - began
            row = measured(
                "fhir_export",
                {
                    "resources": sum(each["count"] for each in manifest["output"]),
                    "files, MB": round(size / 1e6, 1),
                    "kick-off to manifest, s": round(seconds, 1),
                    "download, s": round(downloaded, 2),
                    "more memory, MiB": round((_memory(server.process) - before) / 2**20, 1),
                    "reads meanwhile, p50 ms": round(latencies[len(latencies) // 2], 2),
                    "p95 ms": round(latencies[len(latencies) * 95 // 100], 2),
                },
            )
    Report("fhir_export", "FHIR R4 bulk data", [row]).show()


def _export(server: FhirServer) -> Any:
    """Export everything; returns the manifest."""
    headers, _ = _get(server, "/fhir/$export?_type=Patient,Observation", Prefer="respond-async")
    status = urlsplit(headers["content-location"]).path
    while True:
        time.sleep(1)
        _, body = _get(server, status)
        if body:
            return orjson.loads(body)


def _get(server: FhirServer, target: str, **more: str) -> tuple[dict[str, str], bytes]:
    """The headers of a response, by lower-case name, and its body."""
    headers = dict(line.split(": ", 1) for line in server.headers) | more
    request = urllib.request.Request(server.address + target, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def _memory(process: int) -> int:
    """Bytes: the most memory that a process has had."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(each for each in lines if each.startswith("VmHWM")).split()[1]) * 1024
