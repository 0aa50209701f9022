"""The FHIR server on one PostgreSQL: the cost of reads, writes, transactions and searches, by size.

Sizes are multiples of 10,000 resources: `--scales 1 10 50` measures up to 500,000.
The service, PostgreSQL, the relay, its broker and the callers share the machine's cores. Requests
skip the gateway, with a token signed as the gateway signs it.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
from joserfc import jwt
from joserfc.jwk import ECKey

from bench.esante.fhir_peer import drop, fill
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, running, wait_for
from embedded.ports import free_port
from socle.auth import ALGORITHM, ISSUER, TOKEN_HEADER, Caller

SECONDS: Final = 5.0
"""Duration of each row's measurement."""
RESOURCES_PER_SCALE: Final = 10_000
_BUNDLE_ENTRIES: Final = 500
_RESOURCES_PER_PATIENT: Final = 10
_CODES: Final = [f"{8000 + n}-{n % 10}" for n in range(100)]
_HAS_UNPUBLISHED_EVENTS: Final = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"
_LOINC: Final = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class _Server:
    """A running FHIR service, or the peer it is compared with."""

    address: str
    process: int
    """Its process id."""
    headers: tuple[str, ...]
    """Header lines of each request, with the caller's token."""
    database: str
    """URL of its PostgreSQL database."""

    def request(self, target: str, body: Any = None) -> Any:
        """Send a GET, or a POST if there is a body; returns the JSON of the response.

        Raises urllib.error.HTTPError for a response of status 400 or more.
        """
        headers = dict(line.split(": ", 1) for line in self.headers)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + target, data, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    with ExitStack() as stack:
        server = _start_server(stack, Path(stack.enter_context(TemporaryDirectory())))
        stored, patients = 0, []
        for scale in sorted(options.scales):
            wanted = scale * RESOURCES_PER_SCALE
            started, cpu = time.perf_counter(), cpu_seconds_of(server.process)
            added, seconds = wanted - stored, 0.0
            while stored < wanted:
                patients += _import(server, min(_BUNDLE_ENTRIES, wanted - stored))
                stored += min(_BUNDLE_ENTRIES, wanted - stored)
            seconds = time.perf_counter() - started
            cpu_time = cpu_seconds_of(server.process) - cpu
            rows.append(
                measured("fhir", _row(wanted, "import, bundles of 500", added, seconds, cpu_time))
            )
            asyncio.run(_finish_background_work(server.database))
            rows += _measure(server, wanted, patients)
            rows += _measure_peer(server, wanted, patients)
    notes = (
        "service µs: CPU time of the one service process (relay included) per request; for an"
        " import, per resource",
        "callers, broker and PostgreSQL (embedded: no fsync) share the cores; no gateway",
        "measured once all events of the import are published and VACUUM (ANALYZE) has run",
        "peer: the same resources as JSONB with a GIN index, FastAPI and asyncpg, one process"
        " (bench/esante/fhir_peer.py): no authorization, validation, history or events",
    )
    Report("fhir", "FHIR R4 server, one process", rows, notes=notes).show()


def _start_server(stack: ExitStack, folder: Path) -> _Server:
    database = _embedded(stack, folder, "postgres")["url"]
    kafka = _embedded(stack, folder, "broker")["address"]
    apply = ("-m", "regionlab", "topics", "apply", "--kafka", kafka)
    subprocess.run((sys.executable, *apply), check=True, stdout=subprocess.DEVNULL)
    key = ECKey.generate_key("P-256")
    jwks = folder / "keys.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"kid": "bench"}]}))
    port = free_port()
    settings = {
        "REGIONLAB_KAFKA": kafka,
        "REGIONLAB_GATEWAY_KEYS": str(jwks),
        "REGIONLAB_LOG_LEVEL": "WARNING",
        "ESANTE_PORT": str(port),
        "ESANTE_POSTGRES": database,
        "ESANTE_BODY_BYTES": str(64 * 1024 * 1024),
    }
    process = stack.enter_context(running([sys.executable, "-m", "esante", "api"], settings))
    address = f"http://127.0.0.1:{port}"
    wait_for(f"{address}/readyz")
    headers = (f"{TOKEN_HEADER.decode()}: {_token(key)}", "Content-Type: application/fhir+json")
    return _Server(address, process, headers, database)


def _embedded(stack: ExitStack, folder: Path, server_name: str) -> dict[str, str]:
    options = ("--data", str(folder / server_name), "--port", "0")
    command = (sys.executable, "-m", "embedded", server_name, *options)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait(30)

    stack.callback(stop)
    assert process.stdout is not None
    announced: dict[str, str] = json.loads(process.stdout.readline())
    return announced


def _token(key: ECKey) -> str:
    caller = Caller(
        "professional", "bench", frozenset({"user/*.cruds"}), None, None, None, "house", {}
    )
    now = int(time.time())
    life = {"iss": ISSUER, "aud": "esante", "nbf": now - 5, "exp": now + 86_400}
    return jwt.encode({"alg": ALGORITHM, "kid": "bench"}, caller.claims() | life, key)


def _patient(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": f"bench-{number}"}],
        "name": [{"family": f"Exemple{number % 997}", "given": ["Lucie", "Marie"]}],
        "gender": "female" if number % 2 else "male",
        "birthDate": f"{1930 + number % 90}-{1 + number % 12:02}-{1 + number % 28:02}",
        "address": [{"city": "Orléans", "postalCode": "45000"}],
    }


def _observation(subject: str) -> dict[str, Any]:
    day = f"{random.randint(2020, 2025)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
        "code": {"coding": [{"system": _LOINC, "code": random.choice(_CODES)}]},
        "subject": {"reference": subject},
        "effectiveDateTime": f"{day}T08:20:00+01:00",
        "valueQuantity": {
            "value": random.randint(1, 200),
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
    }


def _transaction(resources: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    entries = [
        {
            "fullUrl": name,
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for name, resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _population(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """`count` resources with their fullUrls: a patient, then nine observations of it, and so on."""
    subject = ""
    for number in range(count):
        name = f"urn:uuid:{number}"
        if number % _RESOURCES_PER_PATIENT == 0:
            subject = name
            yield name, _patient(random.getrandbits(40))
        else:
            yield name, _observation(subject)


def _import(server: _Server, count: int) -> list[str]:
    """Create `count` resources in one transaction; returns the ids of the new patients."""
    answer = server.request("/fhir", _transaction(_population(count)))
    places = [entry["response"]["location"].split("/") for entry in answer["entry"]]
    return [each[1] for each in places if each[0] == "Patient"]


async def _finish_background_work(database: str) -> None:
    """Wait for the relay and run VACUUM, so that neither runs during the measurements."""
    connection = await asyncpg.connect(database)
    try:
        # The relay publishes an import's events for a while after it, in the same process.
        while await connection.fetchval(_HAS_UNPUBLISHED_EVENTS):  # noqa: ASYNC110 (a table of another process)
            await asyncio.sleep(1)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _measure_peer(server: _Server, size: int, patients: list[str]) -> Iterator[dict[str, Cell]]:
    """The same reads, searches and creations on the peer, with the same resources."""
    asyncio.run(fill(server.database))
    some = random.sample(patients, min(500, len(patients)))
    port = free_port()
    command = [sys.executable, "-m", "bench.esante.fhir_peer", str(port)]
    with running(command, {"PEER_POSTGRES": server.database}) as process:
        peer = replace(server, address=f"http://127.0.0.1:{port}", process=process)
        wait_for(f"{peer.address}/readyz")
        yield _measured_requests(peer, size, "read · peer", _reads(some), 32)
        for what, targets in _searches(some).items():
            yield _measured_requests(peer, size, f"{what} · peer", targets, 4)
        yield _measured_requests(peer, size, "create · peer", [_lone_patient()], 8)
    asyncio.run(drop(server.database))


def _reads(patients: list[str]) -> list[str]:
    return [f"/fhir/Patient/{each}" for each in patients]


def _lone_patient() -> str:
    return json.dumps({"method": "POST", "target": "/fhir/Patient", "body": _patient(1)})


def _searches(patients: list[str]) -> dict[str, list[str]]:
    codes = [f"{_LOINC}|{each}" for each in _CODES]
    observations = "/fhir/Observation?_count=20&"
    return {
        "search by code": [f"{observations}code={c}" for c in codes],
        "search by patient and date": [
            f"{observations}patient={p}&date=ge2023-01-01&_sort=-date" for p in patients
        ],
        "search chained": [f"{observations}patient.gender=female&code={c}" for c in codes],
        "search _has": [
            f"/fhir/Patient?_has:Observation:patient:code={c}&_count=20" for c in codes
        ],
    }


def _measure(server: _Server, size: int, patients: list[str]) -> Iterator[dict[str, Cell]]:
    some = random.sample(patients, min(500, len(patients)))
    pair = json.dumps({"method": "POST", "target": "/fhir", "body": _transaction(_population(2))})
    record = [f"/fhir/Patient?_id={p}&_revinclude=Observation:patient" for p in some]
    yield _measured_requests(server, size, "read", _reads(some), 32)
    for what, targets in (*_searches(some).items(), ("a patient's record (_revinclude)", record)):
        yield _measured_requests(server, size, what, targets, 4)
    yield _measured_requests(server, size, "create", [_lone_patient()], 8)
    for connections in (1, 8, 32):
        what = f"transaction of two, {connections} clients"
        yield _measured_requests(server, size, what, [pair], connections)


def _measured_requests(
    server: _Server, size: int, what: str, targets: list[str], connections: int
) -> dict[str, Cell]:
    cpu = cpu_seconds_of(server.process)
    seen = load_of(
        server.address, targets, seconds=SECONDS, connections=connections, headers=server.headers
    )
    if seen["failed"]:
        raise RuntimeError(f"{what}: {seen['failed']} failed")
    cpu_time = cpu_seconds_of(server.process) - cpu
    row = _row(size, what, seen["requests"], seen["seconds"], cpu_time)
    return measured(
        "fhir", row | {"p50 ms": round(seen["p50_ms"], 2), "p99 ms": round(seen["p99_ms"], 2)}
    )


def _row(size: int, what: str, count: int, seconds: float, cpu_time: float) -> dict[str, Cell]:
    return {
        "resources": size,
        "what": what,
        "a second": round(count / seconds) if seconds else 0,
        "service µs": round(cpu_time / count * 1e6) if count else 0,
        "p50 ms": "",
        "p99 ms": "",
    }
