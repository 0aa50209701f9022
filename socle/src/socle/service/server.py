"""uvicorn inside the process, with the loop, signals, logs and socket of `Lifetime`."""

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn

from socle.errors import Refusal, Retry
from socle.http import ASGIApp
from socle.service.connection import Connection, set_kernel_limits

# Longer than our clients hold an idle connection (`http_client`: 30 s), so that no request meets a
# connection that its server is closing.
_KEEP_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 2048  # connections that wait to be accepted

log = logging.getLogger("socle.service")


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: `Lifetime` decides when to stop.

    uvicorn wakes up ten times a second to check whether it should stop. Once is enough, for the
    Date header; `woken` ends the wait.
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
    """One listening socket and the application behind it.

    `grace_seconds`: how long open requests can take after `stop`; rounded, at least 1.
    """

    def __init__(self, app: ASGIApp, listening: socket.socket, *, grace_seconds: float) -> None:
        self._listening = listening
        self._config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, round(grace_seconds)),
        )
        self._config.load()
        self._uvicorn = _Uvicorn(self._config)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def use_connection_class(self, protocol: type[Connection]) -> None:
        """Use this protocol class for new connections."""
        self._config.http_protocol_class = protocol

    async def serve(self) -> None:
        """Serve until `stop`, then until open requests end or the grace period is over."""
        log.info("Listening on %s", self.address, extra={"address": self.address})
        await self._uvicorn.serve(sockets=[self._listening])

    def stop(self) -> None:
        """Accept no new connection; let open requests end."""
        self._uvicorn.should_exit = True
        self._uvicorn.woken.set()

    def abandon(self) -> None:
        """Stop without waiting for open requests."""
        self._uvicorn.force_exit = True
        self.stop()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises Retry when another program uses the address, Refusal("invalid") when it cannot be used.
    """
    listening = bind(host, port, shared=False)
    listening.listen(_BACKLOG)
    return listening


def bind(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket of that address that does not listen yet; port 0 takes a free one.

    `shared`: whether other sockets of this account may have the same address (SO_REUSEPORT).
    Raises as `listen`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise Retry(f"L'adresse {host}:{port} est déjà prise par un autre programme") from error
        raise Refusal(
            "invalid", f"Impossible d'écouter à l'adresse {host}:{port} : {error}"
        ) from error
    set_kernel_limits(bound)
    return bound
