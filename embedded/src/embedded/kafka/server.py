"""One Apache Kafka node, broker and controller at once (KRaft), in the foreground.

`DIR/logs` has the data; the configuration is rewritten at each start. The first clean stop writes a
class-data archive into the cache, with which later starts take about half the time.
https://kafka.apache.org/documentation/#kraft
"""

import base64
import os
import signal
import subprocess
import sys
import uuid
from importlib.resources import as_file, files
from pathlib import Path

from embedded.folder import lock_folder
from embedded.java import ONE_COMPILER, Java
from embedded.kafka.runtime import cache_folder, fetch_jars, java_for_kafka
from embedded.ports import free_port
from embedded.processes import Foreground, StartError, announce_ready, child_setup

_STOP_SECONDS = 20
"""From SIGTERM to SIGKILL."""
ARCHIVE_SECONDS = 120
"""The same where the archive is written: that takes seconds of processor."""
_STARTED = b"Kafka Server started"
_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ONE_COMPILER,
    "-Djava.awt.headless=true",
    "-Xlog:cds=off",
    "-Xlog:cds+dynamic=off",
)


def main(data: Path, port: int = 0) -> int:
    """Start Kafka on `data`, announce its address, run until stopped.

    Raises `StartError` when Java or Maven is missing, the folder is in use or the start fails.
    """
    data = data.resolve()
    java = java_for_kafka()
    cache = cache_folder()
    jars = fetch_jars(cache)
    lock = lock_folder(data)
    listening = port or free_port()
    properties = data / "server.properties"
    properties.write_text(_properties(data / "logs", listening, free_port()))
    archive = cache / f"java-{java.version}.jsa"
    if not (data / "logs" / "meta.properties").exists():
        _format(java, jars, properties)
    with as_file(files("embedded.kafka").joinpath("log4j2.properties")) as logging:
        options = (*_JVM, f"-Dlog4j2.configurationFile={logging}")
        return _serve(java, jars, properties, options, archive, lock=lock, port=listening)


def _properties(logs: Path, port: int, controller_port: int) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": logs,
        "auto.create.topics.enable": "false",
        # One node stores the only copy of everything.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # A group starts at once instead of waiting for members that will not come.
        "group.initial.rebalance.delay.ms": 0,
        # After a kill, the node waits until its own former registration expires: 9 s by default.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # A small machine, shared with everything else.
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _format(java: Java, jars: Path, properties: Path) -> None:
    """Give the empty folder its cluster id. https://kafka.apache.org/documentation/#kraft_storage"""
    # Kafka's form of an id: 22 characters, never starting with a dash.
    identity = "R" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
    argv = [str(java.program), *_JVM, "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format"]
    argv += ["--ignore-formatted", "--cluster-id", identity, "--config", str(properties)]
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        preexec_fn=child_setup(),
    )
    if done.returncode != 0:
        output = done.stdout.decode(errors="replace")
        raise StartError(f"Apache Kafka n'a pas pu préparer son dossier :\n{output}")


def _serve(
    java: Java,
    jars: Path,
    properties: Path,
    options: tuple[str, ...],
    archive: Path,
    *,
    lock: int,
    port: int,
) -> int:
    is_archived = archive.exists()
    stop_seconds = _STOP_SECONDS if is_archived else ARCHIVE_SECONDS
    foreground = Foreground(stop_with=signal.SIGTERM, stop_seconds=stop_seconds)
    new_archive = archive.with_suffix(f".{os.getpid()}")
    archive_option = (
        f"-XX:SharedArchiveFile={archive}"
        if is_archived
        else f"-XX:ArchiveClassesAtExit={new_archive}"
    )
    argv = [str(java.program), *options, archive_option, "-cp", f"{jars}/*"]
    server = foreground.start(
        [*argv, "kafka.Kafka", str(properties)],
        env=os.environ,
        cwd=properties.parent,
        pass_fds=(lock,),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    started = _forward(server, f"127.0.0.1:{port}")
    status = foreground.wait()
    _store_archive(new_archive, archive, server.returncode)
    if not started and not foreground.stopping:
        raise StartError("Apache Kafka n'a pas démarré ; voir ses messages ci-dessus.")
    return status


def _store_archive(new_archive: Path, archive: Path, status: int) -> None:
    """Store the archive that a server wrote at its end. `status`: of its process; one that a
    signal ended may have written a part of it."""
    if status < 0:
        new_archive.unlink(missing_ok=True)
    elif new_archive.exists():
        new_archive.rename(archive)


def _forward(server: "subprocess.Popen[bytes]", address: str) -> bool:
    """Copy the server's log to stderr until its end; announce it once it has started. Whether it
    did."""
    started = False
    for line in server.stdout or ():
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        if not started and _STARTED in line:
            announce_ready(address=address)
            started = True
    return started
