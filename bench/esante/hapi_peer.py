"""HAPI's JPA server on the benchmark's PostgreSQL, as a peer of the FHIR service.

Maven fetches its archives into the cache (280 MB, once); `hapi_server/HapiServer.java` configures
them. It authenticates nobody, validates nothing and publishes no events.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.esante.fhir_server import FhirServer
from bench.measuring.running import running, wait_for
from embedded.java import cache_of, find_java, run_maven
from embedded.ports import free_port

VERSION: Final = "8.8.0"
_FOLDER: Final = Path(__file__).parent / "hapi_server"
_NAME: Final = "HAPI"
_DATABASE: Final = "hapi"
_MEMORY: Final = "-Xmx2g"
_START_SECONDS: Final = 300


def hapi_command() -> list[str]:
    """The command of the server, without its port; fetched and compiled the first time.

    Raises `embedded.processes.StartError` without a Java or Maven.
    """
    program = _FOLDER / "HapiServer.java"
    pom = (_FOLDER / "pom.xml").read_text("utf-8")
    # Another program is compiled anew.
    cache = cache_of("hapi-server", "hapi-fhir-jpaserver-base", pom + program.read_text("utf-8"))
    jars, classes = cache / "jars", cache / "classes"
    java = str(find_java(_NAME).program)
    if not jars.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        partial = cache / "jars.partial"
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
        run_maven(_NAME, pom, cache, goal, partial)
        partial.rename(jars)
    path = ":".join(str(each) for each in sorted(jars.glob("*.jar")))
    if not classes.is_dir():
        compiler = str(next(jars.glob("ecj-*.jar")))
        partial = cache / "classes.partial"
        shutil.rmtree(partial, ignore_errors=True)
        options = ["-17", "-nowarn", "-proc:none", "-cp", path, "-d", str(partial)]
        subprocess.run([java, "-jar", compiler, *options, str(program)], check=True)
        partial.rename(classes)
    return [
        java,
        _MEMORY,
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        "-cp",
        f"{classes}:{path}",
        "HapiServer",
    ]


@contextmanager
def hapi_server(server: FhirServer, command: list[str]) -> Iterator[FhirServer]:
    """Run HAPI's server on a database of its own, on the same PostgreSQL as the service.

    `command`: from `hapi_command`. Raises RuntimeError if it does not answer within five minutes.
    """
    parts = urlsplit(server.database)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    source = f"jdbc:postgresql://{parts.hostname}:{parts.port}/{_DATABASE}"
    settings = {"HAPI_JDBC": f"{source}?user={parts.username}&password={parts.password}"}
    with running([*command, str(port)], settings) as process:
        wait_for(f"{address}/fhir/Patient?_summary=count", _START_SECONDS)
        yield replace(
            server,
            address=address,
            process=process,
            headers=("Content-Type: application/fhir+json",),
            database=urlunsplit(parts._replace(path=f"/{_DATABASE}")),
        )


async def create_database(server: FhirServer) -> None:
    """Create the empty database of HAPI's server."""
    connection = await asyncpg.connect(server.database)
    try:
        await connection.execute(f"CREATE DATABASE {_DATABASE}")
    finally:
        await connection.close()


def without_result_cache(peer: FhirServer) -> FhirServer:
    """The server, asked to calculate each search: it answers from an equal one for a minute."""
    return replace(peer, headers=(*peer.headers, "Cache-Control: no-cache"))
