"""uvicorn embedded in the process, with the runner's loop, signals, logs and socket."""

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from socle.errors import Refusal, Retry
from socle.http import ASGIApp
from socle.service.connection import Connection, bound_in_kernel

# Longer than our clients hold an idle connection (`http_client`: 30 s), so that no request meets a
# connection that its server is closing.
_KEEP_ALIVE: Final = 75
LARGEST_MESSAGE: Final = 1024 * 1024
"""Bytes of one message of a WebSocket."""
_BACKLOG: Final = 2048

log = logging.getLogger("socle.service")


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the runner decides when to stop, with immediate effect.

    uvicorn wakes up ten times a second to see whether it should stop; once is enough, for the
    Date header.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.woken = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.woken.wait()


class Server:
    """One listening socket and the application behind it."""

    def __init__(self, app: ASGIApp, listening: socket.socket, *, grace_seconds: float) -> None:
        self._listening = listening
        self._config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            ws_max_size=LARGEST_MESSAGE,
            # A small message may unpack to a large one.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=max(1, round(grace_seconds)),
        )
        self._config.load()
        self._uvicorn = _Uvicorn(self._config)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def speak(self, protocol: type[Connection]) -> None:
        """Use this protocol class for the connections to come."""
        self._config.http_protocol_class = protocol

    def take_websockets(self) -> None:
        """Answer handshakes of the connections to come."""
        self._config.ws_protocol_class = WebSocketsSansIOProtocol

    async def serve(self) -> None:
        """Serve until `stop`, then until open requests end or the grace period is over."""
        log.info("Listening on %s", self.address, extra={"address": self.address})
        await self._uvicorn.serve(sockets=[self._listening])

    def stop(self) -> None:
        """Accept nothing more; let what is open end."""
        self._uvicorn.should_exit = True
        self._uvicorn.woken.set()

    def abandon(self) -> None:
        """Do not wait for what is open."""
        self._uvicorn.force_exit = True
        self.stop()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises Retry when the address is taken, Refusal when it can never be ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Retry(f"L'adresse {host}:{port} est déjà prise par un autre programme") from error
        raise Refusal(
            "invalid", f"Impossible d'écouter à l'adresse {host}:{port} : {error}"
        ) from error
    bound_in_kernel(listening)
    return listening
