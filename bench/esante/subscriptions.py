"""Changes matched with 10,000 subscriptions, and their notifications, by one process of the role.

The changes are stored and published first, while the role does not run; then it reads them from
the broker. So its rate is measured, not that of writes. A scale is 10,000 subscriptions.
"""

import asyncio
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

from bench.esante.fhir_server import FhirServer, fhir_server, finish_background_work, start_database
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, running, wait_for
from embedded.ports import free_port
from esante.wiring.subscriptions import GROUP

PER_SCALE: Final = 10_000
CHANGES: Final = 8_000
WARM: Final = 1_000
"""Changes before the measurement: they load the index of criteria."""
_ENTRIES: Final = 500
_OF_ACCOUNT: Final = 1_000
"""Subscriptions of one account, at most."""
_ACCEPTED: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    for scale in sorted(options.scales):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            endpoint = stack.enter_context(_subscriber())
            servers = start_database(stack, folder)
            origins = {"ESANTE_SUBSCRIPTION_ORIGINS": endpoint}
            server = stack.enter_context(
                fhir_server(servers, processes=1, ESANTE_SUBSCRIPTION_ORIGINS=endpoint)
            )
            settings = origins | {
                "REGIONLAB_KAFKA": servers.kafka,
                "REGIONLAB_LOG_LEVEL": "WARNING",
                "ESANTE_POSTGRES": servers.url,
            }
            rows += _measure(server, settings, endpoint, scale * PER_SCALE)
    notes = (
        "each subscription is to one patient and one code, of authors with system/*.cruds",
        "the role, its database, its broker and the subscriber share the cores",
        "role µs: CPU time of the role per change, its notification included",
        "delivered: until the subscriber has accepted the notification of every change",
    )
    Report("subscriptions", "Subscriptions, one process of the role", rows, notes=notes).show()


def _measure(
    server: FhirServer, settings: dict[str, str], endpoint: str, number: int
) -> Iterator[dict[str, Cell]]:
    for begin in range(0, number, _OF_ACCOUNT):
        some = range(begin, min(begin + _OF_ACCOUNT, number))
        one_account = server.of_account(f"bench-{begin}")
        _create(one_account, (_subscription(endpoint, each) for each in some))
    with _role(settings) as role:
        _wait_for_count(role[0], number)

    for first in (number, 0):
        patients = (first + each % number for each in range(CHANGES))
        _create(server, (_observation(each) for each in patients))
        asyncio.run(finish_background_work(server.database))
        with _role(settings | {"ESANTE_PROCESSES": "1"}) as role:
            found = _measure_role(role, delivers=first == 0)
        what = "one subscription matches" if first == 0 else "no subscription matches"
        size: dict[str, Cell] = {"subscriptions": number, "what": what}
        yield measured("subscriptions", size | found)


def _measure_role(role: tuple[str, int], *, delivers: bool) -> dict[str, Cell]:
    """Rates and CPU time from a started role until it has handled the changes."""
    metrics, process = role
    # The counters are of these processes.
    _wait_for_count(metrics, WARM)
    before, started, cpu = _count(metrics), time.perf_counter(), cpu_seconds_of(process)
    number = CHANGES - before
    _wait_for_count(metrics, CHANGES)
    row: dict[str, Cell] = {
        "changes a second": round(number / (time.perf_counter() - started)),
        "delivered a second": "",
    }
    if delivers:
        _wait_for_delivered(metrics, CHANGES)
        row["delivered a second"] = round(number / (time.perf_counter() - started))
    return row | {"role µs": round((cpu_seconds_of(process) - cpu) / number * 1e6)}


def _subscription(endpoint: str, patient: int) -> dict[str, Any]:
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "bench",
        "criteria": f"Observation?code=http://loinc.org|8000-0&patient={patient}",
        "channel": {"type": "rest-hook", "endpoint": endpoint},
    }


def _observation(patient: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8000-0"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "valueQuantity": {"value": 61.5, "unit": "kg"},
    }


def _create(server: FhirServer, resources: Iterator[dict[str, Any]]) -> None:
    entries = [
        {"resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
        for each in resources
    ]
    for at in range(0, len(entries), _ENTRIES):
        some = entries[at : at + _ENTRIES]
        server.request("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": some})


@contextmanager
def _role(settings: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The role `subscriptions`: the address of its metrics, and its process id."""
    port = free_port()
    command = [sys.executable, "-m", "esante", "subscriptions"]
    with running(command, settings | {"ESANTE_PORT": str(port)}) as process:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}/metrics", process


def _metric(address: str, *words: str) -> int:
    """The sum of the metrics whose line contains all words."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    found = (line for line in lines if line[:1] != "#" and all(each in line for each in words))
    return round(sum(float(line.rpartition(" ")[2]) for line in found))


def _count(metrics: str) -> int:
    return _metric(metrics, "bus_consumed_total", GROUP, "handled")


def _wait_for_count(metrics: str, number: int) -> None:
    while _count(metrics) < number:
        time.sleep(0.1)


def _wait_for_delivered(metrics: str, number: int) -> None:
    while _metric(metrics, "esante_notifications_total", "delivered") < number:
        time.sleep(0.1)


@contextmanager
def _subscriber() -> Iterator[str]:
    """The address of a server that accepts every notification without reading it."""
    loop = asyncio.new_event_loop()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(_ACCEPTED)

    server = loop.run_until_complete(asyncio.start_server(accept, "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
