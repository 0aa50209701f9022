"""One HTTP connection: uvicorn's, with an end to what a client may leave untaken.

A client that stops reading holds its connection, what waits in our buffers, and the place of
somebody else, for ever: TCP asks nothing more of it than to be there (CWE-400). uvicorn sees to
none of it. Two limits, since what waits may lie on either side of the socket:

    in the process   bytes wait and not one is taken for `STALLED_SECONDS`: cut here
    in the kernel    what was sent stays unconfirmed, or the window shut, for `UNTAKEN_SECONDS`: the
                     kernel cuts (TCP_USER_TIMEOUT, RFC 5482; Linux). A telephone that left without
                     a word would otherwise be believed for a quarter of an hour.

Neither bounds how long an answer lasts, only how long nothing of it is taken.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STALLED_SECONDS: Final = 30.0
UNTAKEN_SECONDS: Final = 60.0
_UNSENT_BYTES: Final = 128 * 1024
"""What the kernel takes of a connection before it is sent: it would take megabytes."""

log = logging.getLogger("socle.service")


class Connection(HttpToolsProtocol):
    """One connection, cut when nothing is taken from it any more."""

    stalled_seconds = STALLED_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waits = 0
        self._stalled_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_stalled_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        self._stop_stalled_timer()
        super().resume_writing()

    def _look_again(self) -> None:
        self._waits = self.transport.get_write_buffer_size()
        self._stalled_timer = self.loop.call_later(self.stalled_seconds, self._look)

    def _look(self) -> None:
        # Nothing is added while writing is paused: what does not shrink is not taken.
        if self.transport.get_write_buffer_size() < self._waits:
            self._look_again()
            return
        log.info("Nothing is taken any more: connection cut", extra={"waiting": self._waits})
        # Closing would wait for what waits.
        self.transport.abort()

    def _stop_stalled_timer(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None


def bound_in_kernel(listening: socket.socket, *, seconds: float = UNTAKEN_SECONDS) -> None:
    """The kernel's limits, for every connection this socket will accept; where it has them."""
    limits = {"TCP_USER_TIMEOUT": int(seconds * 1000), "TCP_NOTSENT_LOWAT": _UNSENT_BYTES}
    for name, value in limits.items():
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                listening.setsockopt(socket.IPPROTO_TCP, option, value)
