"""One HTTP connection: uvicorn's, with limits on unread responses.

A client that stops reading holds its connection and our buffers for ever: TCP requires no more of
it than to acknowledge (CWE-400). uvicorn has no limit for it. There are two limits, since unread
bytes can be on either side of the socket:

    in the process   no buffered byte is taken for `STALLED_SECONDS`: the connection is aborted
    in the kernel    sent bytes stay unacknowledged, or the window closed, for `UNTAKEN_SECONDS`:
                     the kernel aborts (TCP_USER_TIMEOUT, RFC 5482; Linux). Otherwise a telephone
                     that lost its network would hold a connection for a quarter of an hour.

Neither limits how long a response lasts, only how long none of it is read.
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
"""Unsent bytes the kernel buffers per connection; by default it buffers megabytes."""

log = logging.getLogger("socle.service")


class Connection(HttpToolsProtocol):
    """One connection, aborted when its client stops reading."""

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
        # Nothing is added while writing is paused: a buffer that does not shrink is not read.
        if self.transport.get_write_buffer_size() < self._waits:
            self._look_again()
            return
        log.info("Nothing is taken any more: connection cut", extra={"waiting": self._waits})
        # Closing would wait for the buffered bytes.
        self.transport.abort()

    def _stop_stalled_timer(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None


def bound_in_kernel(listening: socket.socket, *, seconds: float = UNTAKEN_SECONDS) -> None:
    """Set the kernel's limits for every connection this socket accepts, if it supports them."""
    limits = {"TCP_USER_TIMEOUT": int(seconds * 1000), "TCP_NOTSENT_LOWAT": _UNSENT_BYTES}
    for name, value in limits.items():
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                listening.setsockopt(socket.IPPROTO_TCP, option, value)
