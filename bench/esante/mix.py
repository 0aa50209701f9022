"""The CPU time of the public k6 mix (create, read, update, search, delete), by process
and, with a sampling profiler, by part of the service. Requests skip the gateway.

`make bench ARGS=fhir_mix`; the parts are printed if py-spy is in the PATH (`pip install py-spy`).
The callers share the cores: compare CPU times, not rates.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg

from bench.esante.fhir_server import FhirServer, fhir_server, start_database
from bench.measuring.options import Options
from bench.measuring.report import RESULTS, Cell, Report, measured
from bench.measuring.running import cpu_time_of_tree, descendants, postmaster

_WARM_SECONDS: Final = 10.0
_SECONDS: Final = 30.0
_CLIENTS: Final = 8
_PROCESSES: Final = 2
_SETTLING_SECONDS: Final = 5.0
"""The background work of the last requests is counted too."""
_SAMPLES: Final = 200
"""Samples a second of each process."""
_UNPUBLISHED: Final = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"

PARTS: Final = {
    "AuditEvents made": ("render_audit_events.py",),
    "traces stored": ("trace_recorder.py",),
    "outbox relay": ("outbox/relay.py",),
    "outbox notifier": ("outbox_notifier.py",),
    "subscriptions": ("match_change.py", "dispatch_deliveries.py", "subscriptions/"),
    "home care": ("home_care/",),
    "exports, indexing, expired": (
        "advance_exports.py",
        "discard_expired.py",
        "reindex",
        "follow_parameters",
        "wiring/search_parameters.py",
    ),
    "offset commits": ("group_coordinator.py", "kafka/member.py"),
    "Kafka consumers": ("bus/", "aiokafka/consumer", "kafka/"),
    "Kafka publisher": ("aiokafka/producer",),
    "Kafka connections": ("aiokafka/",),
    "validation": ("esante/validation/",),
    "index building": ("esante/search/domain/indexing", "search_extractors/", "extraction_plan.py"),
    "writes, grouped": ("grouped_writes.py",),
    "requests, other": (
        "fhir_router.py",
        "socle/http/",
        "service/connection.py",
        "uvicorn/protocols",
    ),
    "asyncpg": ("asyncpg/",),
}
"""The parts of the service, each by files of which one is in the stack; the first one counts."""


def main(options: Options) -> None:
    """Measure; print and save the tables. Their size is the same for every scale."""
    with ExitStack() as stack:
        servers = start_database(stack, Path(stack.enter_context(TemporaryDirectory())))
        server = stack.enter_context(fhir_server(servers, processes=_PROCESSES, role="all"))
        _call(server, _WARM_SECONDS)
        asyncio.run(_finish_relay(server.database))
        database, service = postmaster(), server.process
        before = cpu_time_of_tree(service), cpu_time_of_tree(database)
        shares: dict[int, float] = {each: cpu_time_of_tree(each) for each in descendants(service)}
        with _profiled(service) as stacks:
            found = _call(server, _SECONDS)
            time.sleep(_SETTLING_SECONDS)
        after = cpu_time_of_tree(service), cpu_time_of_tree(database)
        waiting = asyncio.run(_traces_waiting(server.database))
        own = {each: cpu_time_of_tree(each) - shares[each] for each in shares}
    requests = sum(found["requests"].values())
    row: dict[str, Cell] = {
        "requests": requests,
        "a second": round(requests / _SECONDS),
        "service µs": round((after[0] - before[0]) / requests * 1e6),
        "PostgreSQL µs": round((after[1] - before[1]) / requests * 1e6),
        "processes µs": ", ".join(str(round(each / requests * 1e6)) for each in own.values()),
        "traces that wait": waiting,
        "failed": json.dumps(found["failures"]) if found["failures"] else "none",
    }
    notes = ("CPU time per request, of all processes; PostgreSQL is embedded (no fsync)",)
    Report("fhir_mix", "The k6 mix", [measured("fhir_mix", row)], notes=notes).show()
    if rows := list(_rows(stacks)):
        lines = "\n".join(f"{stack} {count}" for stack, count in stacks.items())
        (RESULTS / "fhir_mix.stacks").write_text(lines)  # as flame graphs read them
        Report("fhir_mix_parts", "Parts of the service, sampled", rows).show()


def _call(server: FhirServer, seconds: float) -> Any:
    words = (server.address, str(_CLIENTS), str(seconds))
    command = (sys.executable, "-m", "bench.esante.mix_callers", *words)
    text = "\n".join(server.headers)
    done = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


async def _traces_waiting(database: str) -> int:
    """How many AuditEvents are still to be made: later work, which is not counted."""
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval("SELECT head - rendered FROM trace_chain"))
    finally:
        await connection.close()


async def _finish_relay(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        while await connection.fetchval(_UNPUBLISHED):  # noqa: ASYNC110 (a table of another process)
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


@contextmanager
def _profiled(service: int) -> Iterator[Counter[str]]:
    """Sample the workers of the service until the end of the context; yields the stacks, which are
    there afterwards: their frames, the outermost first, joined by `;`."""
    stacks: Counter[str] = Counter()
    profiler = shutil.which("py-spy")
    workers = descendants(service) if profiler else []
    with TemporaryDirectory() as folder:
        files = {each: Path(folder) / str(each) for each in workers}
        running = [
            subprocess.Popen(
                (
                    *(str(profiler), "record", "--format", "raw", "--full-filenames"),
                    *("--rate", str(_SAMPLES), "--nonblocking", "--pid", str(each)),
                    *("--duration", "100000", "--output", str(file)),
                ),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for each, file in files.items()
        ]
        yield stacks
        for process in running:
            process.send_signal(2)
            process.wait(30)
        for file in files.values():
            for line in file.read_text().splitlines() if file.exists() else ():
                stack, _, count = line.rpartition(" ")
                stacks[stack] += int(count)


def _rows(stacks: Mapping[str, int]) -> Iterator[dict[str, Cell]]:
    parts: Counter[str] = Counter()
    for stack, count in stacks.items():
        parts[part_of(stack)] += count
    total = sum(parts.values())
    for part, count in parts.most_common():
        yield {"part": part, "%": round(100 * count / total, 1)}


def part_of(stack: str) -> str:
    """The part of the service that a stack belongs to."""
    for part, files in PARTS.items():
        if any(each in stack for each in files):
            return part
    return "event loop"
