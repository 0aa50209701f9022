"""One HTTP connection: uvicorn's, with limits on unread responses.

A client that stops reading occupies its connection and our buffers for ever: TCP only requires it
to acknowledge (CWE-400). uvicorn has no limit for it. There are two limits, since unread bytes can
be on either side of the socket:

    in the process   no buffered byte is sent for `STALLED_SECONDS`: the connection is aborted
    in the kernel    sent bytes stay unacknowledged, or the window closed, for
                     `UNACKNOWLEDGED_SECONDS`: the kernel aborts (Linux; TCP_USER_TIMEOUT,
                     RFC 5482). Otherwise a telephone that lost its network would occupy a
                     connection for a quarter of an hour.

Neither limits the duration of a response, only a time without reading.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STALLED_SECONDS: Final = 30.0
UNACKNOWLEDGED_SECONDS: Final = 60.0
_UNSENT_BYTES: Final = 128 * 1024
"""Unsent bytes the kernel buffers per connection; by default it buffers megabytes."""

log = logging.getLogger("socle.service")


class Connection(HttpToolsProtocol):
    """One connection, aborted when its client stops reading."""

    stalled_seconds = STALLED_SECONDS
    aborted = False
    """Whether the client stopped reading, so that bytes of a response were dropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread_bytes = 0
        self._stalled_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_stalled_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._check_later()

    def resume_writing(self) -> None:
        self._stop_stalled_timer()
        super().resume_writing()

    def _check_later(self) -> None:
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._stalled_timer = self.loop.call_later(self.stalled_seconds, self._check)

    def _check(self) -> None:
        # Nothing is added while writing is paused: a buffer that does not shrink is not read.
        if self.transport.get_write_buffer_size() < self._unread_bytes:
            self._check_later()
            return
        log.info(
            "The client does not read: connection aborted", extra={"waiting": self._unread_bytes}
        )
        # Closing would wait for the buffered bytes.
        self.aborted = True
        self.transport.abort()

    def _stop_stalled_timer(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None


def set_kernel_limits(listening: socket.socket, *, seconds: float = UNACKNOWLEDGED_SECONDS) -> None:
    """Set the kernel's limits for every connection this socket accepts, if it supports them."""
    limits = {"TCP_USER_TIMEOUT": int(seconds * 1000), "TCP_NOTSENT_LOWAT": _UNSENT_BYTES}
    for name, value in limits.items():
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                listening.setsockopt(socket.IPPROTO_TCP, option, value)
