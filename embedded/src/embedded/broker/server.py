"""The broker as a program: `main` listens on 127.0.0.1 until SIGTERM or SIGINT.

Standard output has one JSON line, once it is ready; the log goes to standard error.
"""

import asyncio
import logging
import resource
import signal
import sys
from pathlib import Path

from embedded.broker.broker import HOST, Broker
from embedded.broker.connection import serve
from embedded.processes import StartError, announce_ready

log = logging.getLogger(__name__)

_READ_BUFFER = 1 << 20
_BACKLOG = 512


def main(data: Path, port: int) -> None:
    """Serve the folder `data` on `port` (0: a free one) until a signal. Raises StartError."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    _allow_many_files()
    asyncio.run(_serve_until_stopped(data, port))


def _allow_many_files() -> None:
    """Raise the limit of open files: every partition and every client needs a descriptor."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


async def _serve_until_stopped(data: Path, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        broker = Broker.open(data)
    except OSError as error:
        raise StartError(f"{data} ne peut servir : {error.strerror}.") from error
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(serve(broker, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    try:
        server = await asyncio.start_server(
            connected, HOST, port, limit=_READ_BUFFER, backlog=_BACKLOG
        )
    except OSError as error:
        broker.close()
        raise StartError(f"Le port {port} ne peut être ouvert : {error.strerror}.") from error
    broker.port = server.sockets[0].getsockname()[1]
    broker.coordinator.start_session_timeouts()
    sweep = loop.create_task(broker.sweep())
    log.info("%s:%d serves %s", HOST, broker.port, data)
    announce_ready(address=f"{HOST}:{broker.port}")
    waiting = [loop.create_task(stopped.wait()), sweep]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    for task in (*waiting, *connections):
        task.cancel()
    await asyncio.gather(*waiting, *connections, return_exceptions=True)
    broker.close()
    if sweep.done() and not sweep.cancelled():
        sweep.result()  # the sweep never ends by itself: raise what ended it
