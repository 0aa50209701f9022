"""The latency of one client's requests, and how long the service waited for a processor meanwhile.

A server that does one thing at a time answers late when other programs use the cores: this tells
such waits from those of a query. Requests skip the gateway.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from bench.esante.fhir_server import FhirServer, fhir_server, finish_background_work, start_database
from bench.esante.population import import_bundles, reads, searches
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured

_BUNDLES: Final = 20
_BUNDLE_ENTRIES: Final = 500
_REQUESTS: Final = 2_000


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(fhir_server(start_database(stack, folder)))
        patients = import_bundles(server, _BUNDLES, _BUNDLE_ENTRIES)
        asyncio.run(finish_background_work(server.database))
        requests: Mapping[str, Sequence[str]] = {
            "no work (/healthz)": ["/healthz"],
            "read": reads(patients),
            **searches(patients),
        }
        rows = [_row(server, what, targets) for what, targets in requests.items()]
    notes = (
        f"{_BUNDLES * _BUNDLE_ENTRIES:,} resources, one client, {_REQUESTS:,} requests of each",
        "waited ms: of one request, in which the service could run and had no core"
        " (/proc/…/schedstat): the median of all, and of the slowest twentieth",
    )
    Report("fhir_latency", "Latency of one client of the FHIR server", rows, notes=notes).show()


def _row(server: FhirServer, what: str, targets: Sequence[str]) -> dict[str, Cell]:
    seen = sorted(_timed_requests(server, targets))
    slowest = seen[-len(seen) // 20 :]
    row: dict[str, Cell] = {
        "what": what,
        "p50 ms": seen[len(seen) // 2][0],
        "p95 ms": slowest[0][0],
        "waited ms": statistics.median(waited for _, waited in seen),
        "slowest ms": statistics.median(took for took, _ in slowest),
        "slowest waited ms": statistics.median(waited for _, waited in slowest),
    }
    return measured("fhir_latency", row)


def _timed_requests(server: FhirServer, targets: Sequence[str]) -> list[tuple[float, float]]:
    """The milliseconds of each request, and those that the service waited for a processor."""
    headers = dict(line.split(": ", 1) for line in server.headers)
    place = urlsplit(server.address)
    seen = []
    with closing(HTTPConnection(place.hostname or "", place.port)) as connection:
        for _ in range(_REQUESTS):
            waited, started = _waited(server.process), time.perf_counter()
            connection.request("GET", random.choice(targets), headers=headers)
            connection.getresponse().read()
            took = time.perf_counter() - started
            seen.append((took * 1e3, _waited(server.process) - waited))
    return seen


def _waited(process: int) -> float:
    """The milliseconds for which a process has waited for a processor (proc(5), schedstat)."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e6
