"""HTTP/1.1 as the open door speaks it: the house's connection, with limits on a request's head.

uvicorn waits for ever for the end of a head and keeps all of it; a caller who sends a byte a
minute, or a gigabyte of headers, must not cost a connection or its memory (CWE-400). Bodies and
answers have their limits in the data path.
"""

import asyncio
import secrets
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.api.problems import REQUEST_TIMEOUT
from socle.errors import Refusal
from socle.http import Problem, of_refusal
from socle.http.problems import HEADERS_TOO_LARGE
from socle.service import Connection

HEAD_BYTES: Final = 32 * 1024
HEAD_SECONDS: Final = 10.0
_LINGER_SECONDS: Final = 1.0


class DoorProtocol(Connection):
    """One connection. The head of each request is bounded in bytes and in time."""

    head_seconds = HEAD_SECONDS
    head_bytes = HEAD_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._awaits_head, self._refused = True, False
        self._head_seen = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._awaits_head:
            # uvicorn's keep-alive timer ends with the first byte, be it a stray line ending.
            if self._head_timer is None:
                self._start_head_timer()
            self._head_seen += len(data)
        super().data_received(data)
        if self._head_seen > self.head_bytes and not self._refused:
            detail = f"Les en-têtes de la demande dépassent {self.head_bytes} octets."
            self._refuse(Problem(HEADERS_TOO_LARGE, detail))

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            # Two readers of one request must not see two hosts (RFC 9112 §3.2). The parser makes
            # a bad request of what its callbacks raise.
            raise ValueError("one Host is due")
        self._awaits_head, self._head_seen = False, 0
        self._stop_head_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._awaits_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(of_refusal(Refusal("invalid", "La demande n'est pas du HTTP valide.")))

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        if self._head_seen:
            detail = "Les en-têtes ne sont pas arrivés dans le temps prévu."
            self._refuse(Problem(REQUEST_TIMEOUT, detail))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer below the application, and listen no more: what follows cannot be trusted."""
        self._refused = True
        self._stop_head_timer()
        if self._answering():
            # These bytes would be taken for a part of the answer.
            self.transport.close()
            return
        request_id = secrets.token_hex(16)
        status, headers, body = problem.render(request_id)
        lines = [*headers, (b"x-request-id", request_id.encode()), (b"connection", b"close")]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
        self.transport.write(STATUS_LINE[status] + head + b"\r\n" + body)
        self.refused(status, len(body))
        # Closing with bytes unread resets the connection and the answer is lost: let them fall.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._head_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def refused(self, status: int, size: int) -> None:
        """Called for what was refused here, below the application; `size`: bytes of its body."""

    def _answering(self) -> bool:
        """Whether an answer has begun. One that has not is taken from the application."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        if not cycle.response_started:
            cycle.disconnected = True
            cycle.message_event.set()
        return cycle.response_started
