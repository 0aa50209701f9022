"""The FHIR service to measure, with the servers it needs."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import asyncpg
from joserfc import jwt
from joserfc.jwk import ECKey

from bench.measuring.running import running, wait_for
from embedded.ports import free_port
from socle.auth import ALGORITHM, ISSUER, TOKEN_HEADER, Caller

_WAITING_TRACES: Final = "SELECT head - rendered FROM trace_chain"
_FEW_TRACES: Final = 100
_HAS_UNPUBLISHED_EVENTS: Final = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"


@dataclass(frozen=True, slots=True)
class Database:
    """A running PostgreSQL and broker."""

    folder: Path
    url: str
    """Of PostgreSQL."""
    kafka: str


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A running FHIR service, or the peer it is compared with."""

    address: str
    process: int
    """Its process id."""
    headers: tuple[str, ...]
    """Header lines of each request, with the caller's token."""
    database: str
    """URL of its PostgreSQL database."""
    key: ECKey = field(repr=False)
    """That signs the tokens."""

    def of_account(self, account: str) -> "FhirServer":
        """The server, called by another account."""
        return replace(self, headers=_headers(self.key, account))

    def of_professional(self, account: str) -> "FhirServer":
        """The server, called by the professional `Practitioner/<account>`."""
        return replace(self, headers=_headers(self.key, account, role="professional"))

    def request(self, target: str, body: Any = None) -> Any:
        """Send a GET, or a POST if there is a body; returns the JSON of the response.

        Raises urllib.error.HTTPError for a response of status 400 or more.
        """
        headers = dict(line.split(": ", 1) for line in self.headers)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + target, data, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def start_database(stack: ExitStack, folder: Path) -> Database:
    """Start the servers; they are stopped at the end of `stack`."""
    database = _embedded(stack, folder, "postgres")["url"]
    kafka = _embedded(stack, folder, "broker")["address"]
    apply = ("-m", "regionlab", "topics", "apply", "--kafka", kafka)
    subprocess.run((sys.executable, *apply), check=True, stdout=subprocess.DEVNULL)
    return Database(folder, database, kafka)


@contextmanager
def fhir_server(
    servers: Database,
    *,
    processes: int = 1,
    program: Sequence[str] = ("esante",),
    role: str = "api",
    **others: str,
) -> Iterator[FhirServer]:
    """Run the service until the end of the context. `program`: its module, and words before the
    `role`. `others`: more of its settings."""
    key = ECKey.generate_key("P-256")
    jwks = servers.folder / "keys.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"kid": "bench"}]}))
    port = free_port()
    settings = {
        "REGIONLAB_KAFKA": servers.kafka,
        "REGIONLAB_GATEWAY_KEYS": str(jwks),
        "REGIONLAB_LOG_LEVEL": "WARNING",
        "ESANTE_PORT": str(port),
        "ESANTE_POSTGRES": servers.url,
        "ESANTE_PROCESSES": str(processes),
        "ESANTE_BODY_BYTES": str(64 * 1024 * 1024),
        **others,
    }
    address = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", *program, role], settings) as process:
        wait_for(f"{address}/readyz")
        yield FhirServer(address, process, _headers(key, "bench"), servers.url, key)


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


def _headers(key: ECKey, account: str, *, role: str = "integrator") -> tuple[str, ...]:
    token = f"{TOKEN_HEADER.decode()}: {_token(key, account, role)}"
    return token, "Content-Type: application/fhir+json"


def _token(key: ECKey, account: str, role: str) -> str:
    scope = "user/*.cruds" if role == "professional" else "system/*.cruds"
    caller = Caller(
        role,
        account,
        frozenset({scope}),
        None,
        None,
        None,
        "house",
        {},
        directory_entry=f"Practitioner/{account}",
    )
    now = int(time.time())
    life = {"iss": ISSUER, "aud": "esante", "nbf": now - 5, "exp": now + 86_400}
    return jwt.encode({"alg": ALGORITHM, "kid": "bench"}, caller.claims() | life, key)


async def finish_background_work(database: str) -> None:
    """Wait for the relay and run VACUUM, so that neither runs during the measurements."""
    connection = await asyncpg.connect(database)
    try:
        # The relay publishes an import's events for a while after it, in the same process.
        while await connection.fetchval(_HAS_UNPUBLISHED_EVENTS):  # noqa: ASYNC110 (a table of another process)
            await asyncio.sleep(1)
    finally:
        await connection.close()
    await vacuum(database)


async def vacuum(database: str) -> None:
    """Do now what PostgreSQL would do in the background, and write its changes to disk."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def stop_autovacuum(database: str) -> None:
    """Leave it to `vacuum`: what it happens to do in a measurement is not its requests' work."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def finish_audit_events(database: str) -> None:
    """Wait until most traces of former requests are AuditEvents: the more wait, the more of a core
    makes them, and the next measurement would count the work of the ones before."""
    connection = await asyncpg.connect(database)
    try:
        while await connection.fetchval(_WAITING_TRACES) > _FEW_TRACES:  # noqa: ASYNC110 (a table of another process)
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
